"""What the page on schedules says is true: every spec in it, and every pair of its tables."""

import html
import importlib.util
import json
import pathlib
import re

import numpy as np
import pytest

from lr_tb.schedules import from_spec, resolve
from lr_tb.schedules.evaluate import evaluate
from lr_tb.schedules.known import KERAS, KNOWN

_DOCS = pathlib.Path(__file__).parents[2] / "docs"
_PAGE = (_DOCS / "schedules.md").read_text(encoding="utf-8")
_FOREIGN, _SPECS = _PAGE.split("## Coming from another library")[1].split("## Specs")
_REFERENCE = pathlib.Path(__file__).with_name("reference")
_SIZES = {"total_steps": 1000, "steps_per_epoch": 100, "epochs": 10}
_COMPUTED = {
    case["source"]: case
    for path in sorted(_REFERENCE.glob("*.json"))
    for case in json.loads(path.read_text())["cases"]
}
_PAIRS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", _FOREIGN, re.MULTILINE)
_CALLS = sorted(
    {
        found
        for found in re.findall(r"[`\"]([A-Z]\w+\([^`\"]*\))[`\"]", _PAGE)
        if found.partition("(")[0] in KNOWN and "..." not in found
    }
)


def _ours(code):
    if code.startswith("lambda"):
        return resolve(eval(code), total_steps=100)
    return from_spec(code)


@pytest.mark.parametrize(("theirs", "ours"), _PAIRS)
def test_a_pair_gives_the_rates_that_the_other_library_gave(theirs, ours):
    case = _COMPUTED[theirs]
    rates = evaluate(_ours(ours), case["steps"])

    # Keras' own compute in float32, from 1 down to 0.
    precision = 1e-6 * max(case["rates"]) if any(name in ours for name in KERAS) else 1e-15
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-6, atol=precision)


def test_every_row_of_the_tables_is_such_a_pair():
    rows = [line for line in _FOREIGN.splitlines() if line.startswith("| `")]

    assert len(rows) == len(_PAIRS) >= 60


@pytest.mark.parametrize("spec", _CALLS)
def test_a_schedule_in_the_text_is_a_spec(spec):
    in_the_text = spec.replace("Sequence([a, b]", "Sequence([0.1, 0.2]")
    in_the_text = in_the_text.replace("(schedule, n)", "(0.1, 10)").replace("(schedule", "(0.1")

    assert np.isfinite(evaluate(from_spec(in_the_text, **_SIZES), np.arange(1000))).all()


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", _DOCS / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_gallery_shows_every_schedule(gallery):
    specs = [spec for group in gallery.SPECS.values() for spec in group]

    assert set(KNOWN) == set(re.findall(r"[A-Z]\w+(?=\()", " ".join(specs)))


def test_the_picture_in_the_page_is_the_one_that_the_gallery_draws(gallery):
    drawn, kept = gallery.draw(), (_DOCS / "schedules.svg").read_text(encoding="utf-8")
    numbers = re.compile(r"\d+\.\d+(?=[HLV\s\"])")

    assert numbers.sub("", drawn) == numbers.sub("", kept)
    coordinates = [np.array(numbers.findall(svg), float) for svg in (drawn, kept)]
    np.testing.assert_allclose(*coordinates, atol=0.11)
    titles = re.findall("<title>(.*?)</title>", kept)
    specs = [spec for group in gallery.SPECS.values() for spec in group]
    assert specs == list(map(html.unescape, titles))


def test_the_error_in_the_page_is_the_one_that_is_raised():
    with pytest.raises(ValueError) as caught:
        from_spec("Warmup(CosineDecy(0.1, 900), 100)")

    expected = re.sub("Known: .*", "Known: ...", str(caught.value))
    assert expected in _SPECS
