"""A plan is the curve that trains: sampled from the schedule itself, few points, exact jumps."""

import math

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

import logdirs
from lr_tb import Plan, log_plans
from lr_tb.records import PLAN_TAG

_N = 2**20
_BOUNDARIES = [100_000, 400_000, 700_001]


def _cosine(step):
    warm = np.minimum(step / 50_000, 1.0) * 0.1
    decayed = 0.05 * (1 + np.cos(np.pi * np.clip((step - 50_000) / 900_000, 0, 1)))
    return np.where(step < 50_000, warm, decayed)


def _restarts(step):
    cycle, length = step.copy().astype(float), np.full(step.shape, 50_000.0)
    while np.any(cycle >= length):
        later = cycle >= length
        cycle[later] -= length[later]
        length[later] *= 2
    return 0.05 * (1 + np.cos(np.pi * cycle / length))


_MILLION = {
    "ExponentialDecay": (
        schedules.ExponentialDecay(0.1, 100_000, 0.5),
        lambda s: 0.1 * 0.5 ** (s / 100_000),
    ),
    "staircase": (
        schedules.ExponentialDecay(0.1, 100_000, 0.5, staircase=True),
        lambda s: 0.1 * 0.5 ** (s // 100_000),
    ),
    "InverseTimeDecay": (
        schedules.InverseTimeDecay(0.1, 1_000, 0.5),
        lambda s: 0.1 / (1 + 0.5 * s / 1_000),
    ),
    "PiecewiseConstantDecay": (
        schedules.PiecewiseConstantDecay(_BOUNDARIES, [0.1, 0.05, 0.01, 0.001]),
        lambda s: np.array([0.1, 0.05, 0.01, 0.001])[np.searchsorted(_BOUNDARIES, s)],
    ),
    "PolynomialDecay": (
        schedules.PolynomialDecay(0.1, 900_000, 0.01, power=2.0),
        lambda s: 0.09 * (1 - np.minimum(s, 900_000) / 900_000) ** 2 + 0.01,
    ),
    "CosineDecay": (
        schedules.CosineDecay(0.0, 900_000, warmup_target=0.1, warmup_steps=50_000),
        _cosine,
    ),
    "CosineDecayRestarts": (schedules.CosineDecayRestarts(0.1, 50_000), _restarts),
}


@pytest.mark.parametrize(("schedule", "formula"), _MILLION.values(), ids=_MILLION)
def test_a_million_steps_are_drawn_within_the_error_that_is_told(schedule, formula):
    plan = Plan.from_schedule(schedule, _N)

    steps = np.arange(_N)
    difference = np.abs(plan.at(steps) - formula(steps))
    assert len(plan.steps) <= 2000
    assert plan.max_error <= 1e-3 * 0.1
    near_restart = np.zeros(_N, bool)
    if "Restarts" in type(schedule).__name__:  # Keras' own logarithm may restart one step off.
        for k in range(1, 5):
            near_restart[50_000 * (2**k - 1) - 1 : 50_000 * (2**k - 1) + 1] = True
    assert np.max(difference[~near_restart]) <= plan.max_error + 2e-6 * 0.1 + 3e-8


@pytest.mark.parametrize("name", ["staircase", "PiecewiseConstantDecay", "CosineDecayRestarts"])
def test_each_jump_of_a_million_steps_is_at_the_step_where_keras_jumps(name):
    schedule, formula = _MILLION[name]
    plan = Plan.from_schedule(schedule, _N)

    jumps = np.flatnonzero(np.abs(np.diff(formula(np.arange(_N)))) > 1e-3)
    assert len(jumps)
    for step in [step + offset for step in jumps for offset in (-1, 0, 1, 2)]:
        expected = float(schedule(keras.ops.convert_to_tensor(step)))
        assert expected == pytest.approx(float(plan.at(step)), abs=2 * plan.max_error + 1e-9)


def test_more_than_a_million_steps_still_jump_at_their_exact_step():
    schedule = schedules.PiecewiseConstantDecay([3_000_001, 7_654_321], [0.1, 0.05, 0.01])

    plan = Plan.from_schedule(schedule, 10_000_000)

    assert [0.1, 0.1, 0.05, 0.05, 0.01] == pytest.approx(
        plan.at([0, 3_000_001, 3_000_002, 7_654_321, 7_654_322]).tolist()
    )
    assert 9_999_999 == plan.steps[-1]


def test_the_ends_clamp():
    plan = Plan.from_schedule(schedules.PolynomialDecay(1.0, 10, 0.0), 10)

    assert [1.0, 1.0, 0.9, 0.1, 0.1, 0.1] == pytest.approx(plan.at([-1, 0, 1, 9, 10, 99]).tolist())


def test_a_staircase_holds_its_rate_between_its_points():
    plan = Plan.from_schedule(schedules.PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.1]), 10)

    assert "previous" == plan.interpolation
    assert [1.0, 1.0, 0.5, 0.5, 0.1] == pytest.approx(plan.at([0, 2, 3, 5, 6]).tolist())


def test_a_number_is_a_flat_line():
    plan = Plan.from_schedule(1e-3, 100, steps_per_epoch=10, name="flat")

    assert ([0, 99], [1e-3, 1e-3]) == (plan.steps.tolist(), plan.rates.tolist())
    assert ("flat", "float", "0.001", 100, 10) == (
        plan.name,
        plan.schedule,
        plan.spec,
        plan.total_steps,
        plan.steps_per_epoch,
    )


def test_one_step_is_a_plan_of_one_point():
    plan = Plan.from_schedule(schedules.CosineDecay(0.1, 10), 1)

    assert ([0], [pytest.approx(0.1)]) == (plan.steps.tolist(), plan.rates.tolist())


def test_the_spec_rebuilds_the_curve():
    plan = Plan.from_schedule(schedules.InverseTimeDecay(0.1, 10, 0.5), 100)

    again = Plan.from_schedule(plan.spec, 100)

    np.testing.assert_array_equal(plan.rates, again.rates)
    assert plan.schedule == again.schedule == "InverseTimeDecay"


def test_a_copy_with_a_note_is_still_a_plan():
    plan = Plan.from_schedule(0.1, 10).replace(note="synthetic digits")

    assert (Plan, "synthetic digits") == (type(plan), plan.note)


@pytest.mark.parametrize("total_steps", [0, -1, 1.5, "10", None, True])
def test_a_length_that_is_no_count_is_refused(total_steps):
    with pytest.raises((TypeError, ValueError), match="`total_steps` must be .*. Received: total_"):
        Plan.from_schedule(0.1, total_steps)


def test_a_schedule_that_is_not_finite_names_the_step():
    class Broken(schedules.LearningRateSchedule):
        def __call__(self, step):
            return keras.ops.where(keras.ops.cast(step, "float32") < 5, 0.1, math.nan)

        def get_config(self):
            return {}

    with pytest.raises(ValueError, match="`schedule` must give finite rates.*nan at step 5"):
        Plan.from_schedule(Broken(), 10)


def test_plans_are_written_for_each_name(tmp_path):
    plans = log_plans(
        tmp_path,
        {"flat": 0.1, "deep/cosine": "CosineDecay(0.1, total_steps)"},
        total_steps=50,
        steps_per_epoch=5,
    )

    read = logdirs.read(tmp_path / "deep/cosine").records[PLAN_TAG]
    assert ["flat", "deep/cosine"] == list(plans)
    assert ("deep/cosine", 50, 5) == (read.name, read.total_steps, read.steps_per_epoch)
    np.testing.assert_array_equal(plans["deep/cosine"].rates, read.rates)
    assert PLAN_TAG in logdirs.read(tmp_path / "flat").records


@pytest.mark.parametrize("name", ["", ".", "..", "../out", "/abs", "a//b", "a/../../b", 5])
def test_a_name_that_leaves_the_logdir_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(ValueError, match="must be the path of a folder inside `logdir`"):
        log_plans(tmp_path / "logs", {"good": 0.1, name: 0.1}, total_steps=10)

    assert not (tmp_path / "logs").exists()


def test_one_bad_schedule_writes_no_plan_at_all(tmp_path):
    with pytest.raises(ValueError, match="NoSuchDecay"):
        log_plans(tmp_path / "logs", {"good": 0.1, "bad": "NoSuchDecay(0.1)"}, total_steps=10)

    assert not (tmp_path / "logs").exists()
