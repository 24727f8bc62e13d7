import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lr_tb.plugin.numbers import plain, shortest

_FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(_FLOAT32, max_size=30))
def test_short_numbers_mean_the_same_float32(values):
    written = json.loads(json.dumps(shortest(np.array(values))))

    assert [np.float32(number) for number in written] == [np.float32(value) for value in values]


@given(st.floats(2**-43, 2**63, width=32))
def test_no_number_is_longer_than_numpys_shortest_by_more_than_rounding_makes_it(value):
    [number] = shortest(np.array([value]))

    def digits(text):
        return len(text.partition("e")[0].replace(".", "").strip("0"))

    assert digits(f"{number!r}") <= max(6, digits(np.format_float_scientific(np.float32(value))))


@pytest.mark.parametrize("value", [0.1, 0.001, 3e-3, 0.98, 12345.678, 1e-9, 1 / 3])
def test_a_float32_prints_as_it_was_typed(value):
    rounded = float(f"{value:.7g}")

    assert shortest(np.array([np.float32(rounded)], dtype=float)) == [rounded]


def test_what_json_cannot_hold_is_null():
    assert shortest(np.array([math.nan, math.inf, -math.inf, 0.0, -0.0])) == [
        *(None, None, None),
        *(0.0, 0.0),
    ]


def test_no_numbers_are_an_empty_list():
    assert shortest(np.array([])) == []


def test_plain_values_round_floats_only():
    values = {"a": (1 / 3, 2**53, True, "x", None), "b": [math.nan, {"c": -math.inf}]}

    assert plain(values, digits=3) == {
        "a": [0.333, 2**53, True, "x", None],
        "b": [None, {"c": None}],
    }


def test_plain_arrays_become_lists():
    values = {"i": np.array([1, 2**40]), "f": np.array([math.pi, math.nan, 0.0])}

    assert plain(values, digits=4) == {"i": [1, 2**40], "f": [3.142, None, 0.0]}


def test_without_digits_every_one_is_kept():
    assert plain([1 / 3, np.array([1 / 3])], digits=None) == [1 / 3, [1 / 3]]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_nine_digits_are_within_half_a_unit_of_the_ninth(value):
    [number] = plain(np.array([value]))

    assert number == pytest.approx(value, rel=5.0000001e-9, abs=1e-320)
