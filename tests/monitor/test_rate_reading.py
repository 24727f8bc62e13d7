"""A rate is read until it is sure, after each assignment, and never believed without a reading."""

import keras
import pytest
import tensorflow as tf

from lr_tb.monitor.rate_reading import RateReading
from lr_tb.rates.source import RateSource


class _Reading:
    """A reading of one variable that counts how often it is read."""

    def __init__(self, value=0.5, function=None):
        self.variable = keras.Variable(value)
        self.reads = 0
        self.dropped = []
        source = RateSource("float", None, (self.variable,), function)
        counting = _Counting(source, self)
        self.reading = RateReading({"sgd": counting}, self.dropped.append)

    def execute(self, times=1):
        """Make executions and return what the last one used."""
        for _ in range(times):
            self.reading.before_execution()
            products = self.reading.products
            self.reading.end()
        return products[0]

    def set_unseen(self, value):
        self.variable.value.assign(value)


class _Counting:
    def __init__(self, source, owner):
        self.variables, self.function = source.variables, source.function
        self._source, self._owner = source, owner

    def read(self):
        self._owner.reads += 1
        return self._source.read()


@pytest.mark.parametrize(("executions", "reads"), [(63, 63), (64, 64), (65, 64), (200, 64)])
def test_it_is_read_until_sixty_four_readings_in_a_row_were_alike(executions, reads):
    made = _Reading()

    assert 0.5 == made.execute(executions)

    assert (reads, executions - reads) == (made.reads, made.reading.unconfirmed)


def test_what_keras_assigns_is_read_before_the_next_execution_and_then_trusted():
    made = _Reading()
    made.execute(100)

    made.variable.assign(0.25)
    assert 0.25 == made.execute()
    made.variable.assign_add(value=0.5)
    assert 0.75 == made.execute(10)
    made.variable.assign(0.125)

    assert 0.125 == made.execute()
    assert [] == made.dropped
    # Before the first and the third assignment it was made sure that nothing had changed.
    assert 64 + 2 + 3 == made.reads


def test_a_rate_that_is_assigned_before_each_execution_is_read_at_each():
    made = _Reading()
    for number in range(100):
        made.variable.assign(number)
        assert number == made.execute()

    assert 100 == made.reads


def test_what_was_so_is_confirmed_by_one_reading():
    made = _Reading()
    made.execute(80)

    made.reading.confirm()
    made.reading.confirm()

    assert (65, 0, []) == (made.reads, made.reading.unconfirmed, made.dropped)


@pytest.mark.parametrize("confirm", ["confirm", "assign"])
def test_what_changes_unseen_is_dropped_and_read_at_each_execution_from_then_on(confirm):
    made = _Reading()
    made.execute(80)
    made.set_unseen(0.25)

    if confirm == "confirm":
        made.reading.confirm()
    else:
        made.variable.assign(0.25)

    assert [16] == made.dropped
    for value in (0.25, 0.125, 0.0625):
        made.set_unseen(value)
        assert value == made.execute(100)
    assert [16] == made.dropped


def test_the_execution_under_way_is_not_known_either():
    made = _Reading()
    made.execute(70)
    made.reading.before_execution()
    made.set_unseen(0.25)

    made.reading.confirm()

    assert made.reading.products is None
    assert [6] == made.dropped
    made.reading.end()
    assert 0.25 == made.execute()


def test_an_assignment_before_the_execution_is_ended_does_not_doubt_it():
    made = _Reading()
    made.execute(70)
    made.reading.before_execution()
    made.variable.assign(0.25)
    made.reading.end()

    made.reading.confirm()

    assert 0.25 == made.execute()
    assert [] == made.dropped


def test_changes_unseen_from_the_start_are_read_as_they_come():
    made = _Reading()
    for number in range(200):
        made.set_unseen(number % 2)
        assert number % 2 == made.execute()

    made.reading.confirm()
    assert [] == made.dropped


def test_a_function_is_asked_before_every_execution():
    values = iter(range(100))
    made = _Reading(2.0, function=lambda: float(next(values)))

    assert [2.0 * number for number in range(100)] == [made.execute() for _ in range(100)]


def test_a_variable_that_a_traced_function_assigns_is_read_before_every_execution():
    made = _Reading()

    @tf.function
    def halve():
        made.variable.assign(made.variable * 0.5)

    for number in range(70):
        assert 0.5**number == 2 * made.execute()
        halve()

    assert [] == made.dropped


def test_a_closed_reading_leaves_the_variable_as_it_was():
    made = _Reading()

    made.reading.close()
    made.reading.close()

    assert "assign" not in vars(made.variable)
