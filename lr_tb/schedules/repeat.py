"""Warm restarts of any schedule."""

from typing import Any

import keras
import numpy as np
from keras import ops

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import Borders, cycles, power, product, since, to_float
from lr_tb.schedules.base import Schedule
from lr_tb.schedules.parts import Part, part, rate_of

_MAX_CYCLES = 2**20
_LAST_STEP = 2.0**53
_SHORTEST = 1e-6


@keras.saving.register_keras_serializable(package="lr_tb")
class Repeat(Schedule):
    """A schedule that starts again and again.

    rate(s) = schedule(period * p) * decay**k

    Cycle k, counted from 0, is period * period_multiplier**k steps long and p is the
    share of it that has passed: a longer cycle runs the same curve more slowly. At the
    first step of a cycle the schedule is at its step 0. After `cycles` cycles the rate
    stays at the end of the last one: schedule(period) * decay**(cycles - 1).

    Args:
        schedule: What is repeated: a schedule or a float.
        period: Length of the first cycle in steps, > 0.
        period_multiplier: Length of a cycle divided by that of the one before, > 0. Below
            1 the cycles have all passed at period / (1 - period_multiplier): without
            `cycles`, those shorter than a millionth of a step are not counted.
        decay: Factor from one cycle to the next, >= 0. The rate stays finite where a
            decay above 1 lets it grow without end.
        cycles: Number of cycles, an integer >= 1, or None for no end. Where
            `period_multiplier` is not 1, at most 2**20.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> fall = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)
        >>> schedule = Repeat(fall, 4, decay=0.5, cycles=2)
        >>> [float(schedule(s)) for s in (0, 2, 4, 6, 8)]
        [1.0, 0.5, 0.5, 0.25, 0.0]

    Covers SGDR (`Repeat(CosineDecay(rate, period), period)`), torch's
    `CosineAnnealingWarmRestarts` and the cycles of timm. Source: Loshchilov and Hutter,
    https://arxiv.org/abs/1608.03983
    """

    def __init__(
        self,
        schedule: Part,
        period: float,
        *,
        period_multiplier: float = 1.0,
        decay: float = 1.0,
        cycles: int | None = None,
    ) -> None:
        self.schedule = part("schedule", schedule)
        self.period = checks.steps("period", period)
        self.period_multiplier = checks.positive("period_multiplier", period_multiplier)
        self.decay = checks.not_negative("decay", decay)
        self.cycles = None if cycles is None else checks.count("cycles", cycles)
        if self.period_multiplier != 1.0:
            self._prepare()

    def _prepare(self) -> None:
        """Tabulate where the cycles start, so that no logarithm has to find it."""
        if self.cycles is not None and self.cycles > _MAX_CYCLES:
            advice = "With period_multiplier=1 there is no limit."
            raise checks.error("cycles", f"be at most {_MAX_CYCLES}", self.cycles, advice)
        count = self.cycles or _MAX_CYCLES
        with np.errstate(over="ignore", under="ignore"):
            stretch = self.period_multiplier ** np.arange(float(count))
            factors = self.decay ** np.arange(float(count))
            lengths = self.period * stretch
            starts = np.concatenate([[0.0], np.cumsum(lengths)])
        kept = starts[:-1] < _LAST_STEP
        if self.cycles is None:
            kept &= (lengths >= _SHORTEST) | (np.arange(count) == 0)
        kept_count = int(np.argmin(kept)) if not kept.all() else count
        self._end = float(min(starts[kept_count], 2 * _LAST_STEP))
        self._starts = Borders(starts[:kept_count])
        self._stretch = np.maximum(stretch[:kept_count], np.finfo(float).tiny)
        self._factors = np.minimum(factors[:kept_count], checks.MAX_RATE)

    def _rate(self, step: Any) -> Any:
        step = ops.maximum(step, 0)
        inner, factor = self._even(step) if self.period_multiplier == 1.0 else self._uneven(step)
        return product(rate_of(self.schedule, inner), factor)

    def _even(self, step: Any) -> tuple[Any, Any]:
        """Return the step within a cycle and the factor, for cycles of equal length."""
        cycle, inner = cycles(step, self.period)
        cycle = to_float(cycle)
        if self.cycles is not None:
            is_over = cycle >= float(self.cycles)
            inner = ops.where(is_over, to_float(self.period), to_float(inner))
            cycle = ops.minimum(cycle, float(self.cycles - 1))
        return inner, power(self.decay, cycle)

    def _uneven(self, step: Any) -> tuple[Any, Any]:
        last = len(self._factors) - 1
        cycle = ops.clip(self._starts.passed(step) - 1, 0, last)
        inner = self._starts.since(step, cycle) / ops.take(to_float(self._stretch), cycle)
        is_over = since(step, self._end) >= 0
        inner = ops.where(is_over, float(self.period), ops.clip(inner, 0.0, float(self.period)))
        return inner, ops.take(to_float(self._factors), ops.where(is_over, last, cycle))
