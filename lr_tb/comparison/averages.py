"""Means and deviations of values some of which may be missing."""

from collections.abc import Iterable

import numpy as np


def mean_of(values: Iterable[float | None]) -> float | None:
    """Return the mean of those values that are there, or None without any."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def std_of(values: Iterable[float | None]) -> float | None:
    """Return the sample standard deviation (n - 1), or None for fewer than two values."""
    there = [value for value in values if value is not None]
    return float(np.std(there, ddof=1)) if len(there) > 1 else None
