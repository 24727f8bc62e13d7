import math

import pytest

from lr_tb.comparison import Training, compare
from lr_tb.comparison.profiles import ProfileSummary, fold_profiles
from lr_tb.records import ProfileRecord, StepTime


def _profile(*rows):
    return ProfileRecord(capture="2026_01_02_03_04_05", device="GPU", rows=rows)


def test_times_are_those_of_one_step_whatever_an_execution_holds():
    rows = [
        StepTime(step=0, steps=4, wall_ms=8.0, device_ms=4.0, input_ms=1.0),
        StepTime(step=4, steps=1, wall_ms=12.0, device_ms=1.0, input_ms=2.0),
    ]

    summary = fold_profiles([_profile(*rows)])

    assert (5, 20 / 5, 5 / 5, 5 / 20, 3 / 5) == (
        summary.profiled_steps,
        summary.profiled_ms,
        summary.device_ms,
        summary.device_busy,
        summary.input_ms,
    )


def test_what_is_unknown_of_a_step_does_not_count_for_the_others():
    rows = [
        StepTime(step=0, wall_ms=10.0),
        StepTime(step=1, wall_ms=4.0, device_ms=3.0),
        StepTime(step=2, device_ms=5.0, input_ms=0.5),
    ]

    summary = fold_profiles([_profile(*rows)])

    assert summary.profiled_ms == 7.0
    assert summary.device_ms == 4.0
    assert summary.device_busy == 0.75
    assert summary.input_ms == 0.5


@pytest.mark.parametrize("wall", [math.nan, 0.0])
def test_a_share_of_nothing_is_not_known(wall):
    assert (
        fold_profiles([_profile(StepTime(step=0, wall_ms=wall, device_ms=1.0))]).device_busy is None
    )


@pytest.mark.parametrize("records", [[], [_profile()], [_profile(StepTime(step=3, steps=0))]])
def test_without_profiled_steps_nothing_is_known(records):
    assert fold_profiles(records) == ProfileSummary(profiled_steps=0)


def test_trainings_of_a_row_count_alike_however_many_steps_each_has():
    many = _profile(*(StepTime(step=k, wall_ms=2.0, device_ms=2.0) for k in range(9)))
    one = _profile(StepTime(step=0, wall_ms=4.0, device_ms=1.0))
    profiles = [many, one, None]
    trainings = [
        Training(group=f"a/{seed}", name="a", seed=seed, profile=profile)
        for seed, profile in enumerate(profiles)
    ]

    values = compare(trainings).rows[0].as_dict()

    assert {
        "profiled_steps": 10,
        "profiled_ms": 3.0,
        "device_ms": 1.5,
        "device_busy": 0.625,
        "input_ms": None,
    }.items() <= values.items()


def test_a_row_without_a_profile_has_the_same_keys():
    assert set(compare([Training(group="a", name="a")]).rows[0].as_dict()) == set(
        compare([Training(group="a", name="a", profile=_profile(StepTime(step=0)))])
        .rows[0]
        .as_dict()
    )
