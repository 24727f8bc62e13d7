"""From a schedule counted in epochs to one counted in steps."""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.rates.source import float32_repr
from lr_tb.schedules.composition import EveryEpoch, Sequence
from lr_tb.schedules.evaluate import evaluate
from lr_tb.schedules.table import Table


@dataclasses.dataclass(frozen=True, kw_only=True)
class FitLength:
    """How far a fit goes, as is known when its first epoch begins.

    Attributes:
        epoch: Number of that epoch.
        epochs: Number after the last epoch.
        step: The optimizer's step when it begins; it need not be a multiple of anything.
        steps_per_epoch: Steps in an epoch, or None where unknown.

    Example:
        >>> length = FitLength(epoch=1, epochs=3, step=12, steps_per_epoch=10)
        >>> length.first_step, length.total_steps
        (2, 32)
    """

    epoch: int
    epochs: int
    step: int
    steps_per_epoch: int | None

    @property
    def first_step(self) -> int:
        """The step at which epoch 0 began, or must have begun."""
        return max(0, self.step - self.epoch * (self.steps_per_epoch or 0))

    @property
    def total_steps(self) -> int | None:
        """The steps so far and those to come."""
        if self.steps_per_epoch is None:
            return None
        return self.step + (self.epochs - self.epoch) * self.steps_per_epoch


def tabulate(
    function: Callable[..., Any], arguments: int, epochs: int, initial_rate: float
) -> Table:
    """Call Keras' `f(epoch)` or `f(epoch, lr)` ahead of time, for epochs 0, 1, ...

    Args:
        function: A pure function.
        arguments: How many arguments it takes, 1 or 2.
        epochs: Number of epochs, >= 1.
        initial_rate: What `lr` is in epoch 0; afterwards it is the rate before.

    Returns:
        The rates by epoch.

    Raises:
        TypeError: `function` returns something that is not a number.
        ValueError: A rate is negative or not finite.

    Example:
        >>> tabulate(lambda epoch, lr: lr / 2, 2, 3, 1.0).values
        [0.5, 0.25, 0.125]
    """
    if arguments == 1:
        return Table.from_function(function, epochs)
    rate = initial_rate

    @functools.wraps(function)
    def after_the_rate_before(epoch: int) -> Any:
        nonlocal rate
        rate = function(epoch, rate)
        return rate

    return Table.from_function(after_the_rate_before, epochs)


def in_steps(
    by_epoch: LearningRateSchedule, length: FitLength, steps_per_epoch: int
) -> LearningRateSchedule:
    """Return a schedule that is called with the step for one that is called with the epoch.

    Args:
        by_epoch: Rates by epoch.
        length: Says at which step the fit's first epoch begins.
        steps_per_epoch: Steps in an epoch.

    Example:
        >>> length = FitLength(epoch=1, epochs=3, step=12, steps_per_epoch=10)
        >>> in_steps(Table([0.3, 0.2, 0.1]), length, 10)
        Sequence([0.3, EveryEpoch(Table([0.3, 0.2, 0.1]), 10)], [2])
    """
    before = min(length.epoch, length.step // steps_per_epoch)
    if before < length.epoch:
        left = evaluate(by_epoch, np.arange(length.epoch - before, length.epochs))
        by_epoch = Table([float32_repr(rate) for rate in left])
    start = length.step - before * steps_per_epoch
    rates = EveryEpoch(by_epoch, steps_per_epoch)
    if not start:
        return rates
    return Sequence([float32_repr(float(evaluate(by_epoch, 0))), rates], [start])


def count_arguments(function: Callable[..., Any], allowed: tuple[int, ...]) -> int:
    """Return how many positional arguments to call a function with.

    Args:
        function: The function.
        allowed: The counts that may be, the preferred one first. As in Keras, a function
            that can take epoch and rate gets both.

    Raises:
        TypeError: It takes none of them.

    Example:
        >>> count_arguments(lambda epoch: 0.1, (2, 1))
        1
        >>> count_arguments(lambda epoch, lr: lr, (2, 1))
        2
    """
    for count in allowed:
        if _takes(function, count):
            return count
    arguments = "one argument, the step" if allowed == (1,) else "the epoch, or epoch and rate"
    raise TypeError(
        f"`schedule` must take {arguments}. "
        f"Received: schedule={getattr(function, '__name__', function)!r}."
    )


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True
