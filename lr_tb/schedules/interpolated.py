"""Straight lines or half cosines between given points."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import Borders, half_cosine, to_float
from lr_tb.schedules.base import Schedule


@keras.saving.register_keras_serializable(package="lr_tb")
class PiecewiseInterpolated(Schedule):
    """Rates at given steps, and a line or half a cosine between them.

    rate(boundaries[i]) = values[i]

    Between two boundaries it goes from a to b as a + (b - a) * p (`"linear"`) or as
    b + (a - b) * (1 + cos(pi p)) / 2 (`"cosine"`), p being the share of the way. Up to the
    first boundary the rate is the first value, from the last one on the last.

    Args:
        boundaries: Steps, strictly rising, >= 0; at least one.
        values: The rate at each boundary, >= 0.
        interpolation: `"linear"` or `"cosine"`.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: The boundaries do not rise, there are not as many values as
            boundaries, or an argument is outside its range.

    Example:
        >>> schedule = PiecewiseInterpolated([0, 10, 30], [0.0, 1.0, 0.5])
        >>> [float(schedule(s)) for s in (0, 5, 10, 20, 30, 99)]
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]

    Covers optax's `piecewise_interpolate_schedule`, which takes factors where this takes
    rates.
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        *,
        interpolation: str = "linear",
    ) -> None:
        self.boundaries = checks.boundaries("boundaries", boundaries)
        self.values = checks.rates("values", values)
        if len(self.values) != len(self.boundaries):
            requirement = f"have as many items as boundaries={self.boundaries!r}"
            raise checks.error("values", requirement, self.values)
        self.interpolation = checks.choice("interpolation", interpolation, ("linear", "cosine"))
        self._borders = Borders(self.boundaries)

    def _rate(self, step: Any) -> Any:
        rates = to_float(np.array(self.values))
        last = len(self.values) - 1
        low = ops.clip(self._borders.passed(step) - 1, 0, max(last - 1, 0))
        high = ops.minimum(low + 1, last)
        passed, left = self._shares(step, low, high)
        return ops.take(rates, low) * left + ops.take(rates, high) * passed

    def _shares(self, step: Any, low: Any, high: Any) -> tuple[Any, Any]:
        """Return the shares of the way that have passed and are left."""
        lengths = to_float(np.append(np.diff(self.boundaries), 1.0))
        length = ops.take(lengths, low)
        passed = ops.clip(self._borders.since(step, low) / length, 0.0, 1.0)
        left = ops.clip(-self._borders.since(step, high) / length, 0.0, 1.0)
        if len(self.values) == 1:
            left = 1.0 - passed
        return (
            (passed, left)
            if self.interpolation == "linear"
            else (half_cosine(passed), half_cosine(left))
        )
