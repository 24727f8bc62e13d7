"""Our schedules against rates that other libraries computed.

The values come from torch, transformers, timm and optax themselves, and from formulas
written out from fastai and TensorFlow Model Garden; see `reference/compute.py`.
"""

import json
import pathlib
import re

import numpy as np
import pytest

from lr_tb.schedules import Table, from_spec
from lr_tb.schedules.evaluate import evaluate
from lr_tb.schedules.known import KERAS, OURS

_FOLDER = pathlib.Path(__file__).parent / "reference"
_CASES = [
    pytest.param(case, id=f"{path.stem}-{case['source']}")
    for path in sorted(_FOLDER.glob("*.json"))
    for case in json.loads(path.read_text())["cases"]
]


def _built(code):
    if code.startswith("Table.from_function"):
        return eval(code, {"Table": Table})
    return from_spec(code)


def _precision(case):
    """Ours are exact to 1e-6 relative; Keras' own compute in float32 from 1 down to 0."""
    if any(name in case["ours"] for name in KERAS):
        return {"rtol": 1e-6, "atol": 1e-6 * max(case["rates"])}
    return {"rtol": 1e-6, "atol": 1e-15}


@pytest.mark.parametrize("case", _CASES)
def test_rates_are_those_of_the_other_library(case):
    rates = evaluate(_built(case["ours"]), case["steps"])

    np.testing.assert_allclose(rates, case["rates"], **_precision(case))


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_class_is_held_against_at_least_three_sets_of_parameters(name):
    written = [case.values[0]["ours"] for case in _CASES]
    sets = {ours for ours in written if re.search(rf"\b{name}\b", ours)}

    assert len(sets) >= 3
