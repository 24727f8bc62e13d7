"""Which steps count towards step times, and what examples per second are measured over."""

import numpy as np
import pytest

from lr_tb.monitor import step_times
from lr_tb.monitor.step_times import LEVELS, StepClock


@pytest.fixture
def clock_time(monkeypatch):
    """A clock that stands still until it is told to move."""
    now = [100.0]
    monkeypatch.setattr(step_times.time, "perf_counter", lambda: now[0])
    return now


def _epoch(clock, milliseconds, *, steps=1, skipped=0, profiled=()):
    clock.begin_epoch()
    for index, value in enumerate(milliseconds):
        clock.add(value, steps, skipped, 32.0 * (index + 1), profiled=index in profiled)
    clock.end_epoch()


def _record(clock):
    return clock.record("CPU", "tensorflow")


def test_a_clock_that_saw_nothing_says_so():
    record = _record(StepClock())

    assert (0, None, None) == (record.count, record.mean_ms, record.examples_per_second)
    assert [] == record.levels == record.milliseconds


def test_the_fits_first_two_and_the_borders_of_each_epoch_are_left_out():
    clock = StepClock()
    clock.begin_fit()

    _epoch(clock, [900, 90, 1, 2, 3, 50])
    _epoch(clock, [60, 4, 5, 6, 7, 70])

    record = _record(clock)
    assert (7, 5) == (record.count, record.left_out)
    assert 4.0 == record.mean_ms
    assert np.quantile([1, 2, 3, 4, 5, 6, 7], LEVELS).tolist() == record.milliseconds


def test_a_second_fit_leaves_out_its_own_first_two():
    clock = StepClock()
    for values in ([900, 90, 1, 50], [800, 80, 3, 40]):
        clock.begin_fit()
        _epoch(clock, values)

    assert (2, 6, 2.0) == (_record(clock).count, _record(clock).left_out, _record(clock).mean_ms)


def test_an_execution_of_several_steps_counts_as_so_many():
    clock = StepClock()

    _epoch(clock, [9, 1, 3, 9], steps=7)

    record = _record(clock)
    assert (14, 14, 2.0) == (record.count, record.left_out, record.mean_ms)
    assert 1.0 == record.milliseconds[LEVELS.index(0.25)]
    assert 3.0 == record.milliseconds[LEVELS.index(0.75)]


def test_profiled_and_skipped_steps_are_counted_apart():
    clock = StepClock()

    _epoch(clock, [9, 1, 500, 500, 3, 9], profiled=(2, 3), skipped=1)

    record = _record(clock)
    assert (2, 4, 2.0, 6) == (record.count, record.left_out, record.mean_ms, record.skipped)


def test_examples_per_second_are_taken_over_the_whole_epoch(clock_time):
    clock = StepClock()
    clock.begin_epoch()
    clock_time[0] += 4.0
    clock.add(1.0, 1, 0, 32.0, profiled=False)
    clock_time[0] += 4.0
    clock.add(1.0, 1, 0, 64.0, profiled=False)

    clock.end_epoch()
    clock_time[0] += 100.0
    clock.end_epoch()

    assert 64.0 / 8.0 == _record(clock).examples_per_second


def test_examples_per_second_leave_out_what_warms_up(clock_time):
    clock = StepClock()
    clock.begin_fit()
    clock.begin_epoch()
    for index, seconds in enumerate([30.0, 3.0, 1.0, 1.0]):
        clock_time[0] += seconds
        clock.add(1.0, 1, 0, 10.0 * (index + 1), profiled=False)
    clock.end_epoch()

    assert 20.0 / 2.0 == _record(clock).examples_per_second


def _timed_epoch(clock, clock_time, seconds, *, profiled=(), examples=None):
    """Run an epoch whose executions of 10 examples end after so many seconds each."""
    clock.begin_epoch()
    for index, duration in enumerate(seconds):
        clock_time[0] += duration
        seen = 10.0 * (index + 1) if examples is None else examples[index]
        clock.add(1.0, 1, 0, seen, profiled=index in profiled)
    clock.end_epoch()
    clock_time[0] += 1000.0


@pytest.mark.parametrize(
    ("profiled", "expected"),
    [
        ((), 50 / (1 + 2 + 4 + 8 + 16)),
        ((0,), 40 / (2 + 4 + 8 + 16)),
        ((2, 3), 30 / (1 + 2 + 16)),
        ((3, 4), 30 / (1 + 2 + 4)),
        ((0, 1, 2, 3), 10 / 16),
        ((0, 1, 2, 3, 4), None),
    ],
)
def test_examples_per_second_leave_out_what_was_profiled(clock_time, profiled, expected):
    clock = StepClock()

    _timed_epoch(clock, clock_time, [1, 2, 4, 8, 16], profiled=profiled)

    assert expected == _record(clock).examples_per_second


def test_what_a_profiler_takes_to_start_and_to_stop_is_left_out(clock_time):
    clock = StepClock()
    clock.begin_epoch()
    for index, (before, duration, after) in enumerate([(0, 1, 0), (50, 2, 70), (0, 4, 0)]):
        # A monitor counts an execution once it has stopped the profiler.
        clock_time[0] += before + duration + after
        clock.add(1.0, 1, 0, 10.0 * (index + 1), profiled=index == 1)
    clock.end_epoch()

    assert 20 / (1 + 4) == _record(clock).examples_per_second


def test_examples_per_second_are_taken_over_all_epochs_and_fits(clock_time):
    clock = StepClock()
    for _ in range(2):
        clock.begin_fit()
        _timed_epoch(clock, clock_time, [100, 50, 1, 3])
        _timed_epoch(clock, clock_time, [4, 4, 4, 4])

    assert (2 * (20 + 40)) / (2 * (4 + 16)) == _record(clock).examples_per_second


def test_the_time_after_an_epochs_last_execution_is_not_its(clock_time):
    clock = StepClock()
    clock.begin_epoch()
    clock_time[0] += 2.0
    clock.add(1.0, 1, 0, 10.0, profiled=False)
    clock_time[0] += 5.0
    clock.end_epoch()

    assert 5.0 == _record(clock).examples_per_second


def test_an_evaluate_in_a_callback_sets_the_count_of_examples_back(clock_time):
    clock = StepClock()

    # The third execution comes after an evaluate of 100 seconds, which reset the count.
    _timed_epoch(clock, clock_time, [1, 2, 100 + 4, 8], examples=[10, 20, 10, 20])

    assert (20 + 10) / (1 + 2 + 8) == _record(clock).examples_per_second
    assert 2 == _record(clock).count
