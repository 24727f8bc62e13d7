"""A steady counter is read seldom, and never believed without a reading."""

import pytest

from lr_tb.monitor.steady_count import SteadyCount


class _Counter:
    def __init__(self):
        self.value, self.reads = 0, 0

    def read(self):
        self.reads += 1
        return self.value


def _steady(executions, gain=4):
    counter = _Counter()
    count = SteadyCount(counter.read)
    for _ in range(executions):
        counter.value += gain
        assert gain == count.advance(may_predict=True)
    return counter, count


@pytest.mark.parametrize(("executions", "predicted"), [(64, 0), (65, 0), (66, 1)])
def test_it_is_read_until_sixty_four_executions_in_a_row_were_alike(executions, predicted):
    counter, count = _steady(executions)

    assert (counter.value, predicted) == (count.value, count.predicted)
    assert 1 + executions - predicted == counter.reads


def test_what_came_true_is_confirmed_and_goes_on():
    counter, count = _steady(100)
    reads = counter.reads

    assert count.confirm()
    assert (0, reads + 1) == (count.predicted, counter.reads)
    assert count.confirm()
    counter.value += 4
    assert 4 == count.advance(may_predict=True)
    assert reads + 1 == counter.reads


@pytest.mark.parametrize("off", [-4, -1, 1])
def test_a_counter_that_broke_its_habit_is_always_read(off):
    counter, count = _steady(100)
    counter.value += off

    assert not count.confirm()
    assert counter.value == count.value
    for _ in range(100):
        counter.value += 4
        count.advance(may_predict=True)
    assert 0 == count.predicted


def test_an_execution_that_broke_off_may_have_counted_or_not():
    for counted in (0, 4):
        counter, count = _steady(100)
        counter.value += counted
        assert count.confirm(is_unfinished=True)
        assert counter.value == count.value

    counter, count = _steady(100)
    counter.value += 2
    assert not count.confirm(is_unfinished=True)


def test_one_unlike_execution_begins_the_count_anew():
    counter, count = _steady(60)
    counter.value += 2
    assert 2 == count.advance(may_predict=True)

    for _ in range(64):
        counter.value += 4
        count.advance(may_predict=True)
    assert 0 == count.predicted


def test_an_execution_of_unknown_length_is_read_and_teaches_nothing():
    counter, count = _steady(100)
    assert count.confirm()
    counter.value += 1

    assert 1 == count.advance(may_predict=False)
    counter.value += 4
    assert 4 == count.advance(may_predict=True)
    assert 1 == count.predicted
