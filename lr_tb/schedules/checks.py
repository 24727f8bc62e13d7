"""Checks of constructor arguments: one voice for every error."""

import difflib
import math
import numbers
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

MAX_RATE = 3.4028234663852886e38
"""The largest float32: rates are handed to optimizers as float32."""

MAX_STEPS = 2.0**63
"""Steps are counted in 64 bits."""

_SMALLEST = 1.1754943508222875e-38  # Below it processors may take a float32 for 0.


def error(name: str, requirement: str, value: Any, advice: str = "") -> ValueError:
    """Return a ValueError that names the argument, the requirement and the value.

    Example:
        >>> str(error("power", "be > 0", -1))
        '`power` must be > 0. Received: power=-1.'
    """
    return ValueError(message(name, requirement, value, advice))


def message(name: str, requirement: str, value: Any, advice: str = "") -> str:
    """Return the text of an error about an argument."""
    text = f"`{name}` must {requirement}. Received: {name}={value!r}."
    return f"{text} {advice}" if advice else text


def number(name: str, value: Any) -> float:
    """Return a finite number as a float.

    Raises:
        TypeError: It is not a number; a bool is not one.
        ValueError: It is infinite, NaN or too large for a float.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(message(name, "be a number", value))
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise error(name, "be finite", value)
    return result


def rate(name: str, value: Any) -> float:
    """Return a learning rate: a finite number that is not negative."""
    result = not_negative(name, value)
    if result > MAX_RATE:
        raise error(name, "be a float32", value)
    return result


def not_negative(name: str, value: Any) -> float:
    """Return a finite number >= 0 as a float."""
    result = number(name, value)
    if result < 0:
        raise error(name, "be >= 0", value)
    return result + 0.0


def positive(name: str, value: Any) -> float:
    """Return a finite number > 0 as a float, one that can be divided by."""
    result = number(name, value)
    if result <= 0:
        raise error(name, "be > 0", value)
    return max(result, _SMALLEST)


def steps(name: str, value: Any) -> int | float:
    """Return a number of steps, > 0: an int where it is whole, but for rounding."""
    return _at_most_max_steps(name, positive(name, value))


def steps_or_zero(name: str, value: Any) -> int | float:
    """Return a number of steps, >= 0: an int where it is whole, but for rounding."""
    result = not_negative(name, value)
    return _at_most_max_steps(name, result if result >= _SMALLEST else 0.0)


def _at_most_max_steps(name: str, value: float) -> int | float:
    if value > MAX_STEPS:
        raise error(name, "be at most 2**63", value)
    return whole_if_near(value)


def fraction(name: str, value: Any) -> float:
    """Return a number from 0 to 1 as a float."""
    result = number(name, value)
    if not 0 <= result <= 1:
        raise error(name, "be from 0 to 1", value)
    return result + 0.0


def count(name: str, value: Any) -> int:
    """Return an integer >= 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(message(name, "be an integer", value))
    if value < 1:
        raise error(name, "be >= 1", value)
    return int(value)


def whole_if_near(value: float) -> int | float:
    """Return a number of steps as an int where it is whole but for rounding.

    Example:
        >>> whole_if_near(0.29 * 100), whole_if_near(2.5)
        (29, 2.5)
    """
    is_near = abs(value) < 2**53 and abs(value - round(value)) <= 1e-9 * abs(value)
    return round(value) if is_near else value


def flag(name: str, value: Any) -> bool:
    """Return a bool; numbers are not taken for one."""
    if not isinstance(value, bool):
        raise TypeError(message(name, "be True or False", value))
    return value


def choice(name: str, value: Any, options: Sequence[str]) -> str:
    """Return a string that is one of the options."""
    if not isinstance(value, str) or value not in options:
        known = ", ".join(map(repr, options))
        raise error(name, f"be one of {known}", value, did_you_mean(value, options))
    return value


def items(name: str, value: Any, *, may_be_empty: bool = False) -> list[Any]:
    """Return the items of a list, tuple or array.

    Raises:
        TypeError: It is not iterable, or a string.
        ValueError: It is empty.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(message(name, "be a list", value))
    result = list(value)
    if not result and not may_be_empty:
        raise error(name, "not be empty", value)
    return result


def rates(name: str, value: Any) -> list[float]:
    """Return a list of learning rates."""
    return [rate(f"{name}[{i}]", item) for i, item in enumerate(items(name, value))]


def boundaries(name: str, value: Any, *, may_be_empty: bool = False) -> list[int | float]:
    """Return a list of numbers of steps, strictly rising: ints where they are whole."""
    found = items(name, value, may_be_empty=may_be_empty)
    result = [steps_or_zero(f"{name}[{i}]", item) for i, item in enumerate(found)]
    for i, (low, high) in enumerate(pairwise(result), start=1):
        if high <= low:
            raise error(name, "rise strictly", result, f"{name}[{i}] is not above {low!r}.")
    return result


def did_you_mean(found: Any, known: Iterable[str]) -> str:
    """Return "Did you mean ...?" for the nearest known name, or an empty text.

    Example:
        >>> did_you_mean("cosin", ["linear", "cosine"])
        "Did you mean 'cosine'?"
    """
    lowered = {name.lower(): name for name in known}
    near = difflib.get_close_matches(str(found).lower(), lowered, n=1, cutoff=0.5)
    return f"Did you mean {lowered[near[0]]!r}?" if near else ""
