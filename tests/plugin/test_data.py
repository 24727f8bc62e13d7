import math
import types

import numpy as np
import pytest

from lr_tb.plugin.data import MAX_RECORD_BYTES, LogReader, read_record, to_points
from lr_tb.plugin.logdir import Datum
from lr_tb.records import StepTimesRecord, Unreadable, encode


def _data(steps, values=None):
    values = range(len(steps)) if values is None else values
    return [
        Datum(step, wall_time=100.0 + place, value=value)
        for place, (step, value) in enumerate(zip(steps, values, strict=True))
    ]


@pytest.mark.parametrize(
    "steps, kept",
    [
        ([0, 1, 2], [0, 1, 2]),
        ([5], [0]),
        ([0, 1, 2, 1, 2, 3], [0, 3, 4, 5]),
        ([0, 1, 1], [0, 2]),
        ([0, 5, 9, 3], [0, 3]),
        ([4, 4, 4], [2]),
        ([9, 0], [1]),
        ([-1, 0], [0, 1]),
    ],
)
def test_a_training_that_went_back_replaces_what_it_repeats(steps, kept):
    points = to_points(_data(steps))

    assert points.steps.tolist() == [steps[place] for place in kept]
    assert points.values.tolist() == kept
    assert points.wall_times.tolist() == [100.0 + place for place in kept]


def test_numbers_are_kept_whatever_they_are():
    values = [math.nan, math.inf, -math.inf, np.float32(0.1), 7]

    points = to_points(_data(range(5), values))

    np.testing.assert_array_equal(points.values, np.array(values, dtype=float))
    assert (points.steps.dtype, points.values.dtype) == (np.int64, np.float64)


@pytest.mark.parametrize("values", [["text"], [None, object()], [[1.0, 2.0]]])
def test_what_is_no_number_is_no_series(values):
    assert to_points(_data(range(len(values)), values)) is None


def test_no_points_are_no_series():
    assert to_points([]) is None


@pytest.mark.parametrize(
    "steps, limit, sampled",
    [
        ([0, 1, 2, 5], 4, True),
        ([0, 1, 2, 5], 5, False),
        ([0, 1, 2, 5], 3, True),
        ([0, 2, 4, 6], 4, False),
        ([0], 1, False),
    ],
)
def test_as_many_points_as_were_asked_for_at_uneven_steps_are_a_sample(steps, limit, sampled):
    assert to_points(_data(steps), limit).sampled is sampled


class _Provider:
    """Answers every run at once, or raises where the broken one is among them."""

    def __init__(self, broken=()):
        self.broken = broken
        self.asked = []

    def list_runs(self, context, *, experiment_id):
        return [types.SimpleNamespace(run_name=name, start_time=math.nan) for name in "abc"]

    def read_scalars(self, context, *, downsample, run_tag_filter, **others):
        self.asked.append(downsample)
        runs = run_tag_filter.runs or "abc"
        if set(self.broken) & set(runs):
            raise ValueError("malformed")
        return {run: {"tag": _data([0, 1])} for run in runs}


@pytest.mark.parametrize("broken", [(), ("b",), ("a", "c"), ("a", "b", "c")])
def test_a_broken_run_spoils_no_other(caplog, broken):
    found = LogReader(_Provider(broken)).series(["tag"])

    assert set(found) == set("abc") - set(broken)
    assert all(f"{run!r}" in caplog.text for run in broken)


def test_without_tags_nothing_is_asked():
    provider = _Provider()

    assert LogReader(provider).series([]) == {}
    assert provider.asked == []


@pytest.mark.parametrize(
    "hints, points, asked",
    [
        (None, None, 1000),
        ({"scalars": 50}, None, 50),
        ({"scalars": 50}, 20, 20),
        ({"scalars": 50}, 60, 50),
        ({"scalars": None}, None, 1000),
        ({"images": 5}, None, 1000),
    ],
)
def test_as_many_points_are_asked_for_as_tensorboard_keeps(hints, points, asked):
    provider = _Provider()

    LogReader(provider, sampling_hints=hints).series(["tag"], points)

    assert provider.asked == [asked]


def test_a_hint_of_zero_means_all_and_not_none():
    provider = _Provider()

    LogReader(provider, sampling_hints={"scalars": 0}).series(["tag"])

    assert provider.asked[0] > 2**40


def test_a_time_that_is_no_number_is_not_known():
    assert LogReader(_Provider()).runs() == {"a": None, "b": None, "c": None}


def _step_times(count):
    return encode(StepTimesRecord(count=count, mean_ms=None, levels=[], milliseconds=[]))


@pytest.mark.parametrize("count, fits", [(2**53, True), (2**53 + 1, False), (-(2**53) - 1, False)])
def test_integers_that_javascript_cannot_hold_are_refused(count, fits):
    record = read_record("lr_tb/step_times", _step_times(count))

    assert isinstance(record, Unreadable) is not fits


@pytest.mark.parametrize("extra, fits", [(0, True), (1, False)])
def test_a_record_that_is_too_large_for_the_page_is_refused(extra, fits):
    text = _step_times(1)
    text += " " * (MAX_RECORD_BYTES - len(text) + extra)

    assert isinstance(read_record("lr_tb/step_times", text), Unreadable) is not fits
