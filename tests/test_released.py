"""What each released version has written can be read for ever."""

import math
from pathlib import Path

import pytest

import logdirs
from lr_tb.cli import main
from lr_tb.records import FINDER_TAG, PLAN_TAG, PROFILE_TAG, STEP_TIMES_TAG

_DATA = Path(__file__).with_name("data")
_RELEASES = sorted(path.name for path in _DATA.iterdir() if path.is_dir())
_each_release = pytest.mark.parametrize("release", _RELEASES)


@_each_release
def test_its_plan_is_the_curve_it_drew(release):
    plan = logdirs.read(_DATA / release / "cosine/seed0").records[PLAN_TAG]

    assert ("cosine", "CosineDecay", 0) == (plan.name, plan.schedule, plan.seed)
    assert ("CosineDecay(0.1, 20)", "synthetic digits") == (plan.spec, plan.note)
    assert (20, 10, "linear") == (plan.total_steps, plan.steps_per_epoch, plan.interpolation)
    for step, rate in zip(plan.steps, plan.rates, strict=True):
        assert rate == pytest.approx(0.05 * (1 + math.cos(math.pi * step / 20)), abs=1e-7)


@_each_release
def test_its_other_records_are_whole(release):
    records = logdirs.read(_DATA / release / "cosine/seed0").records

    assert (17, 3, 1000.0) == (
        records[STEP_TIMES_TAG].count,
        records[STEP_TIMES_TAG].left_out,
        records[STEP_TIMES_TAG].examples_per_second,
    )
    first, second = records[PROFILE_TAG].rows
    assert (4, 1, 2.25, 0.5) == (first.step, first.steps, first.wall_ms, first.input_ms)
    assert math.isnan(first.device_ms)
    assert (5, 2, 1.5, 0.0) == (second.step, second.steps, second.device_ms, second.compile_ms)
    assert {"valley": 0.01, "slide": None} == records[FINDER_TAG].suggestions


@_each_release
def test_its_scalars_stand_at_the_steps_of_the_optimizer(release):
    train = logdirs.read(_DATA / release / "cosine/seed0/train").scalars
    validation = logdirs.read(_DATA / release / "cosine/seed0/validation").scalars

    assert list(range(20)) == list(train["step/learning_rate"]) == list(train["step/loss"])
    assert 0.1 == pytest.approx(train["step/learning_rate"][0])
    assert {9: 0.25, 19: 0.25} == validation["epoch/accuracy"]


@_each_release
def test_it_is_reported(release, capsys):
    assert 0 == main(["report", str(_DATA / release)])

    assert "cosine" in capsys.readouterr().out
