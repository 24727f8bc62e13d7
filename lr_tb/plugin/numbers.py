"""Numbers in short decimal form, for small replies."""

import math
from typing import Any

import numpy as np


def shortest(values: np.ndarray) -> list[float | None]:
    """Return float32 values as the decimal numbers with the fewest digits that mean them.

    Args:
        values: float64 `[K]` that hold float32 values.

    Returns:
        Numbers that print short and round to the same float32; None for NaN and infinity.

    Example:
        >>> shortest(np.array([np.float32(0.1), np.nan]))
        [0.1, None]
    """
    result = np.asarray(values, dtype=np.float64).copy()
    pending = np.isfinite(result) & (result != 0)
    original = result.copy()
    for digits in range(6, 10):
        where = np.flatnonzero(pending)
        rounded = round_to(original[where], digits)
        same = rounded.astype(np.float32) == original[where].astype(np.float32)
        result[where[same]] = rounded[same]
        pending[where[same]] = False
    return none_for_nan(result)


def round_to(values: np.ndarray, digits: int) -> np.ndarray:
    """Round finite values other than 0 to a number of significant digits.

    Example:
        >>> round_to(np.array([0.0012345678, 12345678.0]), 3).tolist()
        [0.00123, 12300000.0]
    """
    exponents = digits - 1 - np.floor(np.log10(np.abs(values))).astype(int)
    # Dividing by an exact power of ten gives the float nearest to the decimal number.
    with np.errstate(over="ignore", invalid="ignore"):
        scale = 10.0 ** np.abs(exponents)
        shrunk = np.rint(values / scale) * scale
        grown = np.rint(values * scale) / scale
    rounded = np.where(exponents > 0, grown, shrunk)
    return np.where(np.isfinite(rounded), rounded, values)


def none_for_nan(values: np.ndarray) -> list[float | None]:
    """Return a list of numbers, None for NaN and infinity."""
    plain: list[float | None] = values.tolist()
    for index in np.flatnonzero(~np.isfinite(values)):
        plain[index] = None
    return plain


def plain(value: Any, digits: int | None = 9) -> Any:
    """Return what JSON can hold: arrays as lists, NaN as None, floats to some digits.

    Args:
        value: Dicts, lists, tuples, arrays, numbers, strings, None.
        digits: Significant digits of floats, or None for all.

    Example:
        >>> plain({"rates": np.array([1 / 3, np.inf]), "names": ("a", None)})
        {'rates': [0.333333333, None], 'names': ['a', None]}
    """
    if isinstance(value, dict):
        return {key: plain(item, digits) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        if not np.issubdtype(value.dtype, np.floating):
            return value.tolist()
        return none_for_nan(value if digits is None else _rounded(value, digits))
    if isinstance(value, list | tuple):
        return [plain(item, digits) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return value if digits is None else float(f"{value:.{digits}g}")
    return value


def _rounded(values: np.ndarray, digits: int) -> np.ndarray:
    result = np.array(values, dtype=np.float64)
    where = np.isfinite(result) & (result != 0)
    result[where] = round_to(result[where], digits)
    return result
