"""Who observes a method of an object is told of each call, until it wants to know no more."""

import pytest

from lr_tb.monitor.observed import forget, observe


class _Counter:
    value = 0

    def add(self, amount, *, times=1):
        self.value += amount * times
        return self.value


def test_each_observer_is_told_before_the_call_with_its_arguments():
    counter, told = _Counter(), []
    for observer in "ab":
        observe(counter, "add", observer, lambda *given, **named: told.append((given, named)))
    observe(counter, "add", "c", lambda *given, **named: told.append(counter.value))

    assert 6 == counter.add(2, times=3)

    assert [((2,), {"times": 3}), ((2,), {"times": 3}), 0] == told


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_the_last_one_to_leave_gives_the_method_back(order):
    counter, told = _Counter(), []
    for observer in "ab":
        observe(counter, "add", observer, lambda amount, who=observer: told.append(who))

    forget(counter, "add", order[0])
    counter.add(1)
    for observer in order:  # The first one leaves twice.
        forget(counter, "add", observer)
    counter.add(1)

    assert [order[1]] == told
    assert "add" not in vars(counter)
    assert 2 == counter.value


def test_other_objects_of_the_class_are_not_observed():
    counter, told = _Counter(), []
    observe(counter, "add", "a", told.append)

    _Counter().add(1)

    assert [] == told
