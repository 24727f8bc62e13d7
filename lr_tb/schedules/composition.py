"""Schedules made of schedules, one after or on top of another."""

from collections.abc import Sequence as Items
from typing import Any

import keras
from keras import ops

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import as_step, cycles, product, progress, since, whole
from lr_tb.schedules.base import Schedule
from lr_tb.schedules.parts import Part, part, parts, rate_of


@keras.saving.register_keras_serializable(package="lr_tb")
class Warmup(Schedule):
    """A rise to where a schedule starts, then that schedule.

    rate(s) = initial + (schedule(0) - initial) * (s / warmup_steps) ** power
    for s < warmup_steps, and schedule(s - warmup_steps) from then on.

    At s = 0 the rate is the initial one; at s = warmup_steps it is schedule(0). The warmup
    comes on top: a schedule of 100 steps after 10 steps of warmup ends at step 110.

    Args:
        schedule: What follows: a schedule or a float.
        warmup_steps: Length of the rise in steps, >= 0.
        initial_learning_rate: First rate, >= 0.
        power: 1 for a straight line, > 0.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> schedule = Warmup(1.0, 4)
        >>> [float(schedule(s)) for s in (0, 1, 4, 99)]
        [0.0, 0.25, 1.0, 1.0]

    Covers the warmup of every library. Source: Goyal et al.,
    https://arxiv.org/abs/1706.02677
    """

    def __init__(
        self,
        schedule: Part,
        warmup_steps: float,
        *,
        initial_learning_rate: float = 0.0,
        power: float = 1.0,
    ) -> None:
        self.schedule = part("schedule", schedule)
        self.warmup_steps = checks.steps_or_zero("warmup_steps", warmup_steps)
        self.initial_learning_rate = checks.rate("initial_learning_rate", initial_learning_rate)
        self.power = checks.positive("power", power)

    def _rate(self, step: Any) -> Any:
        after = since(step, self.warmup_steps)
        main = rate_of(self.schedule, ops.maximum(after, 0))
        if not self.warmup_steps:
            return main
        risen, left = progress(step, 0, self.warmup_steps)
        if self.power != 1.0:
            risen = ops.power(risen, self.power)
            left = 1.0 - risen
        target = rate_of(self.schedule, as_step(0))
        return ops.where(after < 0, self.initial_learning_rate * left + target * risen, main)


@keras.saving.register_keras_serializable(package="lr_tb")
class Sequence(Schedule):
    """Schedules one after another.

    rate(s) = schedules[i](s - boundaries[i - 1])  for boundaries[i - 1] <= s < boundaries[i]

    The first schedule starts at s = 0 and the last has no end: past it, the rate is what
    that schedule gives past its own. At a boundary the next schedule begins, at its own
    step 0.

    Args:
        schedules: The parts in order: schedules or floats.
        boundaries: Where each part but the first begins, in steps: strictly rising,
            >= 0, one fewer than schedules. After a fractional one the next part is called
            with the fractional number of steps since then.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: The boundaries do not rise, or their number does not fit.

    Example:
        >>> decay = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)
        >>> schedule = Sequence([0.5, decay], [10])
        >>> [float(schedule(s)) for s in (9, 10, 11, 14)]
        [0.5, 1.0, 0.75, 0.0]

    Covers optax's `join_schedules`, torch's `SequentialLR` and fastai's `combine_scheds`.
    """

    def __init__(self, schedules: Items[Part], boundaries: Items[float]) -> None:
        self.schedules = parts("schedules", schedules)
        self.boundaries = checks.boundaries("boundaries", boundaries, may_be_empty=True)
        if len(self.boundaries) != len(self.schedules) - 1:
            requirement = f"have one item fewer than the {len(self.schedules)} schedules"
            raise checks.error("boundaries", requirement, self.boundaries)

    def _rate(self, step: Any) -> Any:
        result = rate_of(self.schedules[0], step)
        for schedule, boundary in zip(self.schedules[1:], self.boundaries, strict=True):
            passed = since(step, boundary)
            rate = rate_of(schedule, ops.maximum(passed, 0))
            result = ops.where(passed >= 0, rate, result)
        return result


@keras.saving.register_keras_serializable(package="lr_tb")
class Product(Schedule):
    """The product of schedules.

    rate(s) = schedules[0](s) * schedules[1](s) * ...

    All parts are called with the same step, so at 0, at each of their boundaries and past
    their ends the product does what they do.

    Args:
        schedules: The factors: schedules or floats, at least one. All but one are
            usually factors around 1 rather than rates.

    Raises:
        TypeError: A factor is neither a schedule nor a number.
        ValueError: There is none, or one is negative or not finite.

    Example:
        >>> schedule = Product([0.5, keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)])
        >>> [float(schedule(s)) for s in (0, 1, 4)]
        [0.5, 0.375, 0.0]

    Covers torch's `ChainedScheduler`.
    """

    def __init__(self, schedules: Items[Part]) -> None:
        self.schedules = parts("schedules", schedules)

    def _rate(self, step: Any) -> Any:
        first, *others = (rate_of(schedule, step) for schedule in self.schedules)
        for other in others:
            first = product(first, other)
        return first


@keras.saving.register_keras_serializable(package="lr_tb")
class Clip(Schedule):
    """A schedule held between two rates.

    rate(s) = min(max(schedule(s), minimum), maximum)

    At s = 0, at each boundary of the schedule and past its end the rate is the schedule's,
    unless that is out of bounds.

    Args:
        schedule: A schedule or a float.
        minimum: Lowest rate, >= 0.
        maximum: Highest rate, >= minimum; None for no limit.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> decay = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)
        >>> schedule = Clip(decay, 0.25)
        >>> [float(schedule(s)) for s in (0, 2, 4)]
        [1.0, 0.5, 0.25]

    Unlike `CosineDecay(alpha=...)` this is an absolute floor, and the curve above it is not
    squeezed: the `min_lr` of other libraries differs in this. Covers the `end_value` of
    optax's `exponential_decay`.
    """

    def __init__(self, schedule: Part, minimum: float = 0.0, maximum: float | None = None) -> None:
        self.schedule = part("schedule", schedule)
        self.minimum = checks.rate("minimum", minimum)
        self.maximum = None if maximum is None else checks.rate("maximum", maximum)
        if self.maximum is not None and self.maximum < self.minimum:
            raise checks.error("maximum", f"be >= minimum={minimum!r}", maximum)

    def _rate(self, step: Any) -> Any:
        rate = ops.maximum(rate_of(self.schedule, step), self.minimum)
        return rate if self.maximum is None else ops.minimum(rate, self.maximum)


@keras.saving.register_keras_serializable(package="lr_tb")
class EveryEpoch(Schedule):
    """A schedule that counts epochs.

    rate(s) = schedule(s // steps_per_epoch)

    The schedule is called with the 0-based epoch, an integer, so the rate is the same
    through an epoch and changes at its first step. At s = 0 it is schedule(0); past the
    schedule's last epoch it does what the schedule does past its end.

    Args:
        schedule: Called with the epoch: a schedule or a float.
        steps_per_epoch: Length of an epoch in steps, > 0.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> schedule = EveryEpoch(keras.optimizers.schedules.PolynomialDecay(1.0, 2, 0.0), 100)
        >>> [float(schedule(s)) for s in (0, 99, 100, 199, 200)]
        [1.0, 1.0, 0.5, 0.5, 0.0]

    Covers schedules that are stepped once per epoch, as is usual in torch and timm.
    """

    def __init__(self, schedule: Part, steps_per_epoch: float) -> None:
        self.schedule = part("schedule", schedule)
        self.steps_per_epoch = checks.steps("steps_per_epoch", steps_per_epoch)

    def _rate(self, step: Any) -> Any:
        epoch, _ = cycles(step, self.steps_per_epoch)
        return rate_of(self.schedule, whole(epoch))
