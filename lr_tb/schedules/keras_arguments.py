"""Checks of the arguments of Keras' own schedules, which check little themselves."""

from collections.abc import Callable
from typing import Any

from lr_tb.schedules import checks


def _rate_or_none(name: str, value: Any) -> float | None:
    return None if value is None else checks.rate(name, value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(checks.message(name, "be a string", value))
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "alpha": checks.not_negative,
    "boundaries": checks.boundaries,
    "cycle": checks.flag,
    "decay_rate": checks.not_negative,
    "decay_steps": checks.steps,
    "end_learning_rate": checks.rate,
    "first_decay_steps": checks.steps,
    "initial_learning_rate": checks.rate,
    "m_mul": checks.not_negative,
    "name": _text,
    "power": checks.not_negative,
    "staircase": checks.flag,
    "t_mul": checks.positive,
    "values": checks.rates,
    "warmup_steps": checks.steps_or_zero,
    "warmup_target": _rate_or_none,
}


def checked(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of one of Keras' schedules, rates as floats.

    Keras computes in the type of the rate that it is given: with `1` for `1.0` it
    would compute in integers.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is out of its range.

    Example:
        >>> checked({"initial_learning_rate": 1, "decay_steps": 90.0})
        {'initial_learning_rate': 1.0, 'decay_steps': 90}
    """
    return {name: _CHECKS[name](name, value) for name, value in arguments.items()}
