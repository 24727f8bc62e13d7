"""A schedule's spec is the code that a person would write for it, where there is one."""

import numpy as np
import pytest
from keras.optimizers import schedules as keras_schedules

from lr_tb.schedules import Sequence, Table, Warmup, to_spec


def test_the_spec_of_a_schedule_leaves_out_what_is_the_default():
    schedule = keras_schedules.CosineDecay(0.1, 900, alpha=0.01)

    assert "CosineDecay(0.1, 900, alpha=0.01)" == to_spec(schedule)
    assert "0.001" == to_spec(1e-3)


def test_numpy_numbers_have_a_spec():
    schedule = keras_schedules.PiecewiseConstantDecay(
        [np.int64(5)], [np.float32(0.5), np.float64(0.25)]
    )

    assert "PiecewiseConstantDecay([5], [0.5, 0.25])" == to_spec(schedule)


class _Mine(keras_schedules.CosineDecay):
    pass


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (_Mine(0.1, 9), "must have a spec"),
        (Warmup(_Mine(0.1, 9), 5), "must have a spec"),
        (Sequence([0.1, _Mine(0.1, 9)], [5]), "must have a spec"),
        (keras_schedules.PolynomialDecay(1, 9), "rates that are floats"),
        (keras_schedules.PiecewiseConstantDecay([5], [1, 0]), "rates that are floats"),
        (Table([0.123456789] * 400), "at most 2000 characters"),
    ],
)
def test_a_schedule_without_a_spec_says_why(schedule, message):
    with pytest.raises(ValueError, match=message):
        to_spec(schedule)


@pytest.mark.parametrize("schedule", [None, "0.1", "CosineDecay(0.1, 9)", len, True])
def test_only_schedules_and_numbers_have_a_spec(schedule):
    with pytest.raises(TypeError, match="`schedule` must be"):
        to_spec(schedule)
