"""From a schedule back to its spec."""

import numbers
from typing import Any

from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules import checks
from lr_tb.schedules.code import arguments, code
from lr_tb.schedules.known import KERAS, KNOWN
from lr_tb.schedules.spec import from_spec

_RATES = ("initial_learning_rate", "values")
_WHY = "A spec can only hold Keras' and lr_tb's own schedules, with Python numbers for arguments"


def to_spec(schedule: LearningRateSchedule | float) -> str:
    """Return the spec of a schedule: Keras code that rebuilds it.

    Arguments that have their default are left out. `from_spec` of the result gives the
    same curve.

    Args:
        schedule: One of Keras' schedules or lr_tb's, or a number.

    Raises:
        TypeError: `schedule` is neither a schedule nor a number.
        ValueError: It has no spec: a class that a spec does not know, an argument that
            is no Python value, an integer for a rate (Keras then computes in
            integers), or more than 2000 characters.

    Example:
        >>> import keras
        >>> to_spec(keras.optimizers.schedules.CosineDecay(0.1, 900, alpha=0.01))
        'CosineDecay(0.1, 900, alpha=0.01)'
        >>> to_spec(0.001)
        '0.001'
    """
    if not isinstance(schedule, LearningRateSchedule):
        return repr(checks.rate("schedule", schedule))
    _check(schedule)
    spec = code(schedule)
    try:
        from_spec(spec)
    except ValueError as error:
        raise ValueError(f"`schedule` must have a spec. Received: {spec[:200]}. {error}") from error
    return spec


def _check(value: Any) -> None:
    """Check that a schedule, and each within it, is of a class that a spec knows."""
    if isinstance(value, list):
        for item in value:
            _check(item)
    if not isinstance(value, LearningRateSchedule):
        return
    if KNOWN.get(type(value).__name__) is not type(value):
        raise checks.error("schedule", "have a spec", value, f"{_WHY}.")
    values = arguments(value)
    if type(value).__name__ in KERAS and any(_is_integer(values.get(name)) for name in _RATES):
        raise checks.error("schedule", "have rates that are floats", code(value))
    for item in values.values():
        _check(item)


def _is_integer(rate: Any) -> bool:
    first = rate[0] if isinstance(rate, list | tuple) and rate else rate
    return isinstance(first, numbers.Integral)
