"""Records survive a round trip, and nothing that is read back can hurt a reader."""

import json
import math

import numpy as np
import pytest

from lr_tb import records


def _plan(**changes):
    values = dict(name="a", schedule="CosineDecay", total_steps=3, steps=[0, 2], rates=[0.1, 0.0])
    return records.PlanRecord(**{**values, **changes})


def test_a_plan_comes_back_as_it_was_written():
    plan = _plan(spec="CosineDecay(0.1, 3)", seed=1, steps_per_epoch=2, note="synthetic digits")

    read = records.decode("lr_tb/plan/adam", records.encode(plan))

    assert read.steps.dtype == np.int64
    assert read.rates.dtype == np.float64
    np.testing.assert_array_equal([0, 2], read.steps)
    np.testing.assert_array_equal([0.1, 0.0], read.rates)
    assert ("a", "CosineDecay(0.1, 3)", 1, 2) == (
        read.name,
        read.spec,
        read.seed,
        read.steps_per_epoch,
    )
    assert "synthetic digits" == read.note


def test_every_record_is_json_with_a_version():
    times = records.StepTimesRecord(count=1, mean_ms=1.5, levels=[0.5], milliseconds=[1.5])
    profile = records.ProfileRecord(
        capture="c", device=None, rows=(records.StepTime(step=7, wall_ms=2.0),)
    )

    assert 1 == json.loads(records.encode(times))["version"]
    assert times == records.decode(records.STEP_TIMES_TAG, records.encode(times))
    row = json.loads(records.encode(profile))["rows"][0]
    assert {"step": 7, "steps": 1, "wall_ms": 2.0, "device_ms": None} == {
        key: row[key] for key in ("step", "steps", "wall_ms", "device_ms")
    }


def test_an_unknown_time_is_null_in_the_text_and_nan_when_read():
    profile = records.ProfileRecord(capture="c", device="GPU", rows=(records.StepTime(step=0),))

    text = records.encode(profile)

    assert "NaN" not in text
    assert math.isnan(records.decode(records.PROFILE_TAG, text).rows[0].device_ms)


def test_a_finder_that_diverged_to_nan_can_be_written_and_read():
    finder = records.FinderRecord(
        rates=[0.1, 1.0], losses=[2.0, math.nan], smoothed=[2.0, 2.0], suggestions={"valley": None}
    )

    read = records.decode(records.FINDER_TAG, records.encode(finder))

    assert 2.0 == read.losses[0]
    assert math.isnan(read.losses[1])
    assert {"valley": None} == read.suggestions


def test_unknown_keys_are_ignored():
    values = json.loads(records.encode(_plan())) | {"colour": "red"}

    assert isinstance(records.decode(records.PLAN_TAG, json.dumps(values)), records.PlanRecord)


def test_a_newer_version_is_named_as_such():
    read = records.decode(records.PLAN_TAG, '{"version": 2, "curve": "fancy"}')

    assert read.reason.startswith("written by a newer lr_tb")


_GOOD = json.loads(records.encode(_plan()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        b"\xff\xfe",
        "[" * 100_000,
        "{}",
        json.dumps(_GOOD | {"steps": [0]}),
        json.dumps(_GOOD | {"steps": [2, 0]}),
        json.dumps(_GOOD | {"steps": [0, 1e300]}),
        json.dumps(_GOOD | {"steps": "0"}),
        json.dumps(_GOOD | {"rates": [math.nan, 1.0]}),
        json.dumps(_GOOD | {"rates": [None, 1.0]}),
        json.dumps(_GOOD | {"rates": ["<b>", 1.0]}),
        json.dumps(_GOOD | {"rates": [[0.1], 1.0]}),
        json.dumps(_GOOD | {"name": 5}),
        json.dumps(_GOOD | {"total_steps": True}),
        json.dumps(_GOOD | {"interpolation": "cubic"}),
    ],
)
def test_a_broken_plan_is_unreadable_and_says_so(text):
    read = records.decode(records.PLAN_TAG, text)

    assert isinstance(read, records.Unreadable)
    assert read.reason


@pytest.mark.parametrize(
    "rows", [None, 5, [5], [{}], [{"step": "x"}], [{"step": 1, "wall_ms": []}]]
)
def test_a_broken_profile_is_unreadable(rows):
    text = json.dumps({"version": 1, "capture": "c", "device": None, "rows": rows})

    assert isinstance(records.decode(records.PROFILE_TAG, text), records.Unreadable)


def test_a_tag_of_somebody_else_is_unreadable():
    assert isinstance(records.decode("lr_tb/other", "{}"), records.Unreadable)


def test_the_tag_names_the_optimizer_where_there_are_several():
    assert "lr_tb/plan" == records.tag_of(_plan())
    assert "lr_tb/plan/adam" == records.tag_of(_plan(), "adam")
