"""All that lr_tb takes as a schedule becomes a schedule or a float."""

import math

import keras
import pytest
from keras.optimizers import schedules as keras_schedules

from lr_tb.schedules import Table, resolve

_SIZES = {"total_steps": 1000, "steps_per_epoch": 100, "epochs": 10}


def test_a_schedule_resolves_to_itself():
    schedule = keras_schedules.CosineDecay(0.1, 9)

    assert schedule is resolve(schedule)


def test_a_function_of_the_step_becomes_a_table():
    found = resolve(lambda step: 0.1 / (1 + step), total_steps=4)

    assert Table([0.1, 0.05, 0.1 / 3, 0.025]).values == found.values


def test_a_function_of_the_step_needs_the_length():
    with pytest.raises(ValueError, match="`total_steps` must be known.*tabulated"):
        resolve(lambda step: 0.1)


def test_a_factory_is_called_with_the_sizes_that_it_names():
    def factory(steps_per_epoch, *, total_steps, epochs=None, hp="none", rate=0.1):
        return f"CosineDecay({rate}, {total_steps} + {steps_per_epoch} + {epochs}, name='{hp}')"

    found = resolve(factory, total_steps=100, steps_per_epoch=10, epochs=3)

    assert ("none", 113) == (found.name, found.decay_steps)
    assert "seen" == resolve(factory, **_SIZES, hp="seen").name


def test_a_factory_may_return_a_schedule_or_a_number():
    schedule = keras_schedules.CosineDecay(0.1, 9)

    assert schedule is resolve(lambda total_steps: schedule, total_steps=9)
    assert 0.5 == resolve(lambda hp: 1 / 2, hp="any")


def test_a_factory_that_needs_what_is_unknown_says_what_to_pass():
    with pytest.raises(ValueError, match="`epochs` must be known.*Pass `epochs`: the factory"):
        resolve(lambda total_steps, epochs: 0.1, total_steps=5)


@pytest.mark.parametrize(
    "schedule",
    [
        None,
        True,
        [0.1],
        object(),
        keras_schedules.CosineDecay,
        lambda: 0.1,
        lambda step, other: 0.1,
        lambda *, step: 0.1,
        lambda total_steps: lambda step: 0.1,
        lambda total_steps: None,
    ],
)
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(TypeError, match="`schedule` must be"):
        resolve(schedule, total_steps=5)


@pytest.mark.parametrize("value", [-0.1, math.nan, None, "0.1", True])
def test_a_function_that_gives_no_rate_names_the_step(value):
    with pytest.raises((TypeError, ValueError), match=r"<lambda>\(2\)="):
        resolve(lambda step: value if step == 2 else 0.1, total_steps=5)


def test_a_rate_that_is_a_tensor_or_an_array_is_a_number():
    found = resolve(lambda step: keras.ops.convert_to_tensor(0.5) * step, total_steps=3)

    assert [0.0, 0.5, 1.0] == found.values
