"""The one-cycle policy."""

from typing import Any

import keras
from keras import ops

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import half_cosine, progress, since
from lr_tb.schedules.base import Schedule


@keras.saving.register_keras_serializable(package="lr_tb")
class OneCycle(Schedule):
    """One rise to the peak, then one fall to almost nothing, as torch puts them.

    With start = peak_learning_rate / start_divisor, end = start / end_divisor and
    N = total_steps, the rate passes through

        start  at s = 0
        peak   at s = warmup_fraction * N - 1
        end    at s = N - 1

    and with `three_phase`

        start  at s = 0
        peak   at s = warmup_fraction * N - 1
        start  at s = 2 * warmup_fraction * N - 2
        end    at s = N - 1

    From a to b it goes as a + (b - a) * p (`"linear"`) or
    b + (a - b) * (1 + cos(pi p)) / 2 (`"cosine"`). A border belongs to the part before
    it, and may lie between two steps. Where the first border is below 0 (a small
    `warmup_fraction`), the fall has begun before s = 0, as in torch. A rise without
    length (warmup_fraction * N = 1, where torch divides by zero) starts at the peak.
    From s = N on the rate is `end`.

    Args:
        peak_learning_rate: Highest rate, >= 0.
        total_steps: Length of the cycle in steps, > 0.
        warmup_fraction: Share of the cycle in which the rate rises, in [0, 1].
        start_divisor: Peak divided by the first rate, > 0.
        end_divisor: First rate divided by the last, > 0.
        anneal: `"cosine"` or `"linear"`.
        three_phase: Whether the fall mirrors the rise before the last part.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> schedule = OneCycle(1.0, 10)
        >>> [round(float(schedule(s)), 6) for s in (0, 2, 9, 99)]
        [0.04, 1.0, 4e-06, 4e-06]

    The same as torch's `OneCycleLR` and optax's `cosine_onecycle_schedule` (which puts its
    borders one step later). Source: Smith and Topin, https://arxiv.org/abs/1708.07120
    """

    def __init__(
        self,
        peak_learning_rate: float,
        total_steps: float,
        *,
        warmup_fraction: float = 0.3,
        start_divisor: float = 25.0,
        end_divisor: float = 1e4,
        anneal: str = "cosine",
        three_phase: bool = False,
    ) -> None:
        self.peak_learning_rate = checks.rate("peak_learning_rate", peak_learning_rate)
        self.total_steps = checks.steps("total_steps", total_steps)
        self.warmup_fraction = checks.fraction("warmup_fraction", warmup_fraction)
        self.start_divisor = checks.positive("start_divisor", start_divisor)
        self.end_divisor = checks.positive("end_divisor", end_divisor)
        self.anneal = checks.choice("anneal", anneal, ("cosine", "linear"))
        self.three_phase = checks.flag("three_phase", three_phase)
        self._start = _divided(self.peak_learning_rate, "start_divisor", self.start_divisor)
        self._end = _divided(self._start, "end_divisor", self.end_divisor)

    def _rate(self, step: Any) -> Any:
        last = self.total_steps - 1
        *parts, (border, target) = self._parts(last)
        previous = parts[-1] if parts else (0, self._start)
        result = self._between(step, previous, (border, target))
        for i in reversed(range(len(parts))):
            before = parts[i - 1] if i else (0, self._start)
            is_here = since(step, min(parts[i][0], last)) <= 0
            result = ops.where(is_here, self._between(step, before, parts[i]), result)
        return result

    def _parts(self, last: float) -> list[tuple[float, float]]:
        """Return the end of each part and the rate there."""
        # The order of the products is torch's: it decides whether a border is a step.
        rise = (self.warmup_fraction * self.total_steps - 1, self.peak_learning_rate)
        fall = (2 * self.warmup_fraction * self.total_steps - 2, self._start)
        return [rise, *([fall] if self.three_phase else []), (last, self._end)]

    def _between(self, step: Any, low: tuple[float, float], high: tuple[float, float]) -> Any:
        passed, left = progress(step, low[0], high[0])
        if self.anneal == "cosine":
            passed, left = half_cosine(passed), half_cosine(left)
        return low[1] * left + high[1] * passed


def _divided(rate: float, name: str, divisor: float) -> float:
    result = rate / divisor
    if result > checks.MAX_RATE:
        raise checks.error(name, "leave the rate a float32", divisor)
    return result
