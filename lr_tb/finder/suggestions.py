"""Rules that read a learning rate off the curve of a range test; numpy only."""

from collections.abc import Callable, Sequence

import numpy as np

_SMOOTHING = 0.98
_SLIDE_STEPS = 15
_SLIDE_SLOPE = 5e-3


class MovingAverage:
    """The exponential moving average of losses, free of the bias of its start.

    average(i) = sum over k <= i of 0.98**(i - k) * losses[k], divided by the sum of
    these weights.

    Example:
        >>> average = MovingAverage()
        >>> average.add(1.0), round(average.add(3.0), 4)
        (1.0, 2.0101)
    """

    def __init__(self) -> None:
        self._total = self._weight = 0.0

    def add(self, loss: float) -> float:
        """Return the average of the losses so far and this one."""
        self._total = _SMOOTHING * self._total + loss
        self._weight = _SMOOTHING * self._weight + 1.0
        return self._total / self._weight


def suggest(rates: Sequence[float], smoothed: Sequence[float]) -> dict[str, float | None]:
    """Return the rate that each rule suggests, None where it finds nothing.

    The first tenth of the points, where the mean is still of few losses, and the last
    five, where the loss may have exploded, are left out.

    - `valley`: the middle of the longest fall. That is the longest sequence of points, not
      necessarily neighbours, each of which is below the one before; its middle is half as
      many points before its end as it has.
    - `slide`: where a window of 15 steps comes to rest that slides from the right end to the
      left for as long as the slopes at its two ends differ by more than 0.005 a step.
    - `minimum`: a tenth of the rate at the lowest loss.
    - `steep`: where the loss falls fastest, by the logarithm of the rate.

    Args:
        rates: Rising, of shape `[n]`.
        smoothed: Smoothed losses, of shape `[n]`.

    Example:
        >>> suggest(np.geomspace(1e-6, 1.0, 61), np.linspace(1.0, 0.0, 61))["minimum"]
        0.03162277660168379
    """
    kept = slice(len(rates) // 10, max(0, len(rates) - 5))
    x, y = np.asarray(rates, float)[kept], np.asarray(smoothed, float)[kept]
    return {name: rule(x, y) if len(x) > 1 else None for name, rule in RULES.items()}


def valley(rates: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate in the middle of the longest fall."""
    lengths = np.ones(len(losses), int)
    for i, loss in enumerate(losses):
        lengths[i] += max(lengths[:i][losses[:i] > loss], default=0)
    end = int(np.argmax(lengths))
    length = int(lengths[end])
    middle = max(0, end - length + length // 3 + length // 6)
    return float(rates[middle]) if length > 1 else None


def slide(rates: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate at which the sliding window comes to rest."""
    slopes = np.gradient(losses)
    left = len(losses) - 1 - _SLIDE_STEPS
    found = None
    while left >= 0 and abs(slopes[left + _SLIDE_STEPS] - slopes[left]) > _SLIDE_SLOPE:
        found = float(rates[left])
        left -= 1
    return found


def minimum(rates: np.ndarray, losses: np.ndarray) -> float | None:
    """Return a tenth of the rate at the lowest loss."""
    return float(rates[np.argmin(losses)]) / 10


def steep(rates: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate at which the steepest fall begins."""
    slopes = np.diff(losses) / np.diff(np.log(rates))
    return float(rates[np.argmin(slopes)]) if slopes.min() < 0 else None


RULES: dict[str, Callable[[np.ndarray, np.ndarray], float | None]] = {
    "valley": valley,
    "slide": slide,
    "minimum": minimum,
    "steep": steep,
}
"""The rules by name."""
