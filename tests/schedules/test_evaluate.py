"""A schedule called on many steps gives what it gives for each of them."""

import logging

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

from lr_tb.schedules.evaluate import Evaluator, evaluate


def _warmed():
    return schedules.CosineDecay(0.0, 60, warmup_target=0.5, warmup_steps=40)


def _formula(step):
    cosine = 0.25 * (1 + np.cos(np.pi * np.clip(step - 40, 0, 60) / 60))
    return np.where(step < 40, 0.5 * step / 40, cosine)


class _Constant(schedules.LearningRateSchedule):
    """Takes one step or many, and answers with one rate."""

    def __call__(self, step):
        return keras.ops.convert_to_tensor(0.25)


@pytest.mark.parametrize("count", [1, 2, 41, 1000, 1025])
def test_a_schedule_that_takes_one_step_only_is_mapped(count):
    steps = np.arange(count)

    np.testing.assert_allclose(_formula(steps), Evaluator(_warmed())(steps), atol=1e-7)


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.CosineDecay(3e-3, 5000),
        schedules.ExponentialDecay(4e-3, 5000, 0.01),
        schedules.PolynomialDecay(3e-3, 5000, 0.0, power=1.5),
        _warmed(),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_a_rate_is_the_same_to_the_bit_in_whatever_company(schedule):
    rates = Evaluator(schedule)
    together = rates(np.arange(5000))

    for begin, end in [(9, 10), (1, 8), (0, 63), (5, 69), (100, 165), (999, 2000), (2001, 5000)]:
        np.testing.assert_array_equal(together[begin:end], rates(np.arange(begin, end)))


def test_calls_of_any_length_follow_each_other():
    rates = Evaluator(_warmed())

    for count in (10, 3, 0, 17, 1):
        np.testing.assert_allclose(_formula(np.arange(count)), rates(np.arange(count)), atol=1e-7)


def test_a_schedule_is_traced_once_however_often_it_is_called():
    traced = []

    class Counted(schedules.CosineDecay):
        def __call__(self, step):
            traced.append(step.shape)
            return super().__call__(step)

    rates = Evaluator(Counted(0.0, 60, warmup_target=0.5, warmup_steps=40))
    rates(np.arange(10))
    calls = len(traced)
    for count in range(11, 30):
        rates(np.arange(count))

    assert calls == len(traced)


def test_many_evaluations_of_a_mapped_schedule_say_nothing(caplog):
    with caplog.at_level(logging.WARNING):
        for count in range(12):
            evaluate(_warmed(), np.arange(count + 1))

    assert [] == caplog.messages


def test_one_rate_for_many_steps_is_given_to_each():
    assert [0.25, 0.25, 0.25] == Evaluator(_Constant())(np.arange(3)).tolist()


def test_the_shape_of_the_steps_is_kept():
    assert (2, 3) == evaluate(_warmed(), np.arange(6).reshape(2, 3)).shape
    assert () == evaluate(_warmed(), 7).shape
    np.testing.assert_allclose(_formula(7), evaluate(_warmed(), 7), atol=1e-7)


def test_a_number_is_the_rate_of_every_step():
    assert [0.5, 0.5] == evaluate(0.5, [3, 4]).tolist()
