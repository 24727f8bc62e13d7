"""A schedule's spec is the code that a person would write for it, where there is one."""

import numpy as np
import pytest
from keras.optimizers import schedules as keras_schedules

from lr_tb import Plan
from lr_tb.schedules import Sequence, Table, Warmup, from_spec, to_spec
from lr_tb.schedules.known import KNOWN

_CODE = [
    "CosineDecay(0.0, 90, alpha=0.1, warmup_target=0.1, warmup_steps=10)",
    "CosineDecayRestarts(0.1, 20, t_mul=1.5, m_mul=0.9)",
    "ExponentialDecay(0.1, 10, 0.5, staircase=True)",
    "InverseTimeDecay(0.1, 10, 0.5)",
    "PiecewiseConstantDecay([10, 20], [0.1, 0.05, 0.01])",
    "PolynomialDecay(0.1, 50, end_learning_rate=0.01, power=2.0, cycle=True)",
    "OneCycle(0.1, 99, warmup_fraction=0.2, anneal='linear', three_phase=True)",
    "Cyclical(0.01, 0.1, 2.5, step_size_down=7, mode='exp_range', gamma=0.99)",
    "WarmupStableDecay(0.1, 10, 20, 30, end_learning_rate=0.01, decay='1-sqrt')",
    "PowerDecay(0.1, 10, power=0.7)",
    "TanhDecay(0.1, 90, lower=-6.0, upper=2.0, end_learning_rate=0.001)",
    "PiecewiseInterpolated([0, 10.5, 40], [0.0, 0.1, 0.05], interpolation='cosine')",
    "Table([0.1, 0.2, 0.3])",
    "Warmup(0.1, 10, initial_learning_rate=0.01, power=2.0)",
    "Sequence([0.1, PowerDecay(0.1, 10), 0.01], [5, 50])",
    "Product([0.1, Sequence([1.0, 0.5], [50])])",
    "Repeat(TanhDecay(0.1, 10), 10, period_multiplier=2.0, decay=0.5, cycles=3)",
    "Clip(PowerDecay(0.1, 10), minimum=0.05, maximum=0.08)",
    "EveryEpoch(Warmup(0.1, 5), 12.5)",
]


def test_the_spec_of_a_schedule_leaves_out_what_is_the_default():
    schedule = keras_schedules.CosineDecay(0.1, 900, alpha=0.01)

    assert "CosineDecay(0.1, 900, alpha=0.01)" == to_spec(schedule)
    assert "0.001" == to_spec(1e-3)


@pytest.mark.parametrize("code", _CODE)
def test_the_spec_of_a_plan_is_the_code_that_rebuilds_it(code):
    plan = Plan.from_schedule(from_spec(code), 100)
    again = Plan.from_schedule(plan.spec, 100)

    assert code == plan.spec == again.spec
    np.testing.assert_array_equal(plan.steps, again.steps)
    np.testing.assert_array_equal(plan.rates, again.rates)


def test_every_schedule_is_among_them():
    assert set(KNOWN) == {code.partition("(")[0] for code in _CODE}


def test_a_plan_of_a_class_that_no_spec_knows_has_none():
    assert Plan.from_schedule(_Mine(0.1, 9), 100).spec is None


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
