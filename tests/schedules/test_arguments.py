"""Arguments that make no schedule are refused at once, by name and with what was given."""

import inspect
import math

import keras
import pytest

from lr_tb.schedules import (
    Clip,
    Cyclical,
    EveryEpoch,
    OneCycle,
    PiecewiseInterpolated,
    PowerDecay,
    Product,
    Repeat,
    Sequence,
    Table,
    TanhDecay,
    Warmup,
    WarmupStableDecay,
)
from lr_tb.schedules.known import OURS

_NUMBER = ("1.0", [1.0], True, 1j, math.nan, math.inf, -math.inf, 10**400)
_OR_NONE = (-1e-9, -1, *_NUMBER)
_NOT_NEGATIVE = (None, *_OR_NONE)
_POSITIVE = (0, 0.0, *_NOT_NEGATIVE)
_RATE = (1e39, *_NOT_NEGATIVE)
_STEPS = (2.0**64, *_POSITIVE)
_STEPS_OR_ZERO = (2.0**64, *_NOT_NEGATIVE)
_CHOICE = ("", "cosin", "Linear", None, 1)
_FLAG = (0, 1, None, "True")
_PART = (-1e-9, None, "1.0", [1.0], True, math.nan, keras.optimizers.SGD)
_PARTS = (None, 1.0, "ab", [], [0.1, None], [0.1, -1.0], [0.1, "Table([1.0])"])
_RATES = (None, 1.0, "1.0", [], [-1.0], [None], [math.nan], [True], [[1.0]])
_BOUNDARIES = (None, 5, "5", [-1], [5, 5], [5, 2], [math.inf], ["1"], [1, 2, 3])

_VALID = {
    OneCycle: {"peak_learning_rate": 1.0, "total_steps": 10},
    Cyclical: {"base_learning_rate": 0.1, "peak_learning_rate": 1.0, "step_size_up": 5},
    WarmupStableDecay: {
        "peak_learning_rate": 1.0,
        "warmup_steps": 2,
        "stable_steps": 2,
        "decay_steps": 2,
    },
    PowerDecay: {"initial_learning_rate": 1.0, "timescale": 10},
    TanhDecay: {"initial_learning_rate": 1.0, "decay_steps": 10},
    PiecewiseInterpolated: {"boundaries": [1, 5], "values": [1.0, 0.1]},
    Table: {"values": [1.0, 0.1]},
    Warmup: {"schedule": 1.0, "warmup_steps": 5},
    Sequence: {"schedules": [1.0, 0.1], "boundaries": [5]},
    Product: {"schedules": [1.0, 0.1]},
    Repeat: {"schedule": 1.0, "period": 5},
    Clip: {"schedule": 1.0, "minimum": 0.5},
    EveryEpoch: {"schedule": 1.0, "steps_per_epoch": 5},
}
_INVALID = {
    OneCycle: {
        "peak_learning_rate": _RATE,
        "total_steps": _STEPS,
        "warmup_fraction": (1.1, *_NOT_NEGATIVE),
        "start_divisor": _POSITIVE,
        "end_divisor": _POSITIVE,
        "anneal": _CHOICE,
        "three_phase": _FLAG,
    },
    Cyclical: {
        "base_learning_rate": _RATE,
        "peak_learning_rate": (0.09, *_RATE),
        "step_size_up": _STEPS,
        "step_size_down": (2.0**64, *_OR_NONE),
        "mode": _CHOICE,
        "gamma": _NOT_NEGATIVE,
    },
    WarmupStableDecay: {
        "peak_learning_rate": _RATE,
        "warmup_steps": _STEPS_OR_ZERO,
        "stable_steps": _STEPS_OR_ZERO,
        "decay_steps": _STEPS_OR_ZERO,
        "end_learning_rate": _RATE,
        "decay": _CHOICE,
    },
    PowerDecay: {"initial_learning_rate": _RATE, "timescale": _STEPS, "power": _NOT_NEGATIVE},
    TanhDecay: {
        "initial_learning_rate": _RATE,
        "decay_steps": _STEPS,
        "lower": (None, *_NUMBER),
        "upper": (None, -7.0, -8, *_NUMBER),
        "end_learning_rate": _RATE,
    },
    PiecewiseInterpolated: {
        "boundaries": ([], *_BOUNDARIES[:-1]),
        "values": ([1.0, 0.1, 0.01], *_RATES),
        "interpolation": _CHOICE,
    },
    Table: {"values": _RATES},
    Warmup: {
        "schedule": _PART,
        "warmup_steps": _STEPS_OR_ZERO,
        "initial_learning_rate": _RATE,
        "power": _POSITIVE,
    },
    Sequence: {"schedules": _PARTS, "boundaries": ([], *_BOUNDARIES)},
    Product: {"schedules": _PARTS},
    Repeat: {
        "schedule": _PART,
        "period": _STEPS,
        "period_multiplier": _POSITIVE,
        "decay": _NOT_NEGATIVE,
        "cycles": (0, -1, 1.5, 5.0, "1", True, math.nan),
    },
    Clip: {"schedule": _PART, "minimum": _RATE, "maximum": (0.49, 1e39, *_OR_NONE)},
    EveryEpoch: {"schedule": _PART, "steps_per_epoch": _STEPS},
}
_CASES = [
    pytest.param(cls, name, value, id=f"{cls.__name__}-{name}-{str(value)[:12]}")
    for cls, arguments in _INVALID.items()
    for name, values in arguments.items()
    for value in values
]


@pytest.mark.parametrize(("cls", "name", "value"), _CASES)
def test_the_error_names_the_argument_and_what_was_given(cls, name, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        cls(**{**_VALID[cls], name: value})

    message = str(caught.value)
    received = message.partition("Received: ")[2]
    assert message.startswith(f"`{name}")
    assert received.startswith(name)
    assert any(repr(item) in received for item in (value, *_items(value)))


def _items(value):
    return value if isinstance(value, list) else ()


def test_every_argument_of_every_class_is_in_the_table():
    arguments = {cls: list(inspect.signature(cls).parameters) for cls in OURS.values()}

    assert arguments == {cls: list(_INVALID[cls]) for cls in OURS.values()}


@pytest.mark.parametrize("cls", _VALID, ids=lambda cls: cls.__name__)
def test_what_the_table_calls_valid_is_valid(cls):
    assert _VALID[cls].items() <= cls(**_VALID[cls]).arguments().items()


@pytest.mark.parametrize("name", ["start_divisor", "end_divisor"])
def test_a_divisor_so_small_that_the_rate_overflows_is_refused(name):
    with pytest.raises(ValueError, match=f"`{name}` must leave the rate a float32. .*=1e-37"):
        OneCycle(1e3, 10, **{name: 1e-37})


def test_cycles_of_unequal_length_are_counted_up_to_a_limit():
    with pytest.raises(ValueError, match="`cycles` must be at most 1048576. .*=1048577. With"):
        Repeat(1.0, 5, period_multiplier=2.0, cycles=2**20 + 1)


@pytest.mark.parametrize("value", [0.29 * 100, 29.000000001, 29])
def test_a_number_of_steps_that_is_whole_but_for_rounding_is_whole(value):
    assert "Warmup(1.0, 29)" == repr(Warmup(1.0, value))
