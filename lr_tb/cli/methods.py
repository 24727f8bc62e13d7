"""From what was chosen on the command line to what schedules the rate of a training."""

import dataclasses
import functools
from collections.abc import Callable, Sequence

import keras
from keras.callbacks import LearningRateScheduler
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.backup import Logs
from lr_tb.cli.builtin import EPOCH_FUNCTION, PLATEAU, Chosen
from lr_tb.cli.errors import UsageError
from lr_tb.cli.plateau import Plateau
from lr_tb.plan import Plan, Schedule
from lr_tb.schedules import from_spec
from lr_tb.tuner.horizon import Horizon

MakeCallbacks = Callable[[Sequence[Logs]], Sequence[keras.callbacks.Callback]]


@dataclasses.dataclass(frozen=True)
class Method:
    """A way of scheduling the rate.

    Attributes:
        name: Name of its row.
        spec: What the optimizer is given.
        plan: The planned curve.
        callbacks: Makes the callbacks that schedule the rate, from the epochs so far.
    """

    name: str
    spec: str
    plan: Plan
    callbacks: MakeCallbacks


def build_methods(
    chosen: Sequence[Chosen],
    horizon: Horizon,
    *,
    peak: float | None = None,
    note: str | None = None,
) -> list[Method]:
    """Return what was chosen, ready to train under.

    Args:
        chosen: The schedules.
        horizon: Length of each training.
        peak: Highest rate of the built-in schedules, or None for their own.
        note: What a reader of the results must know.

    Raises:
        UsageError: A schedule cannot be built, or gives a rate that is not finite.
    """
    return [_method(one, horizon, peak, note) for one in chosen]


def schedule_of(
    chosen: Chosen, horizon: Horizon, peak: float | None = None
) -> LearningRateSchedule | float:
    """Return the schedule that a spec describes over the length of a training.

    Raises:
        UsageError: The spec cannot be read.
    """
    try:
        return from_spec(
            chosen.spec(peak),
            total_steps=horizon.total_steps,
            steps_per_epoch=horizon.steps_per_epoch,
            epochs=horizon.epochs,
        )
    except (TypeError, ValueError) as error:
        raise UsageError(f"{chosen.name}: {error}") from error


def halved_each_epoch(rate: float) -> Callable[[int], float]:
    """Return a Python function of the epoch: the rate, halved at the end of each epoch.

    Example:
        >>> function = halved_each_epoch(0.008)
        >>> function(0), function(3)
        (0.008, 0.001)
    """
    return lambda epoch: float(rate * 0.5**epoch)


def _method(chosen: Chosen, horizon: Horizon, peak: float | None, note: str | None) -> Method:
    schedule = schedule_of(chosen, horizon, peak)
    planned, label, callbacks = _parts(chosen, schedule, horizon.steps_per_epoch)
    try:
        plan = Plan.from_schedule(
            planned,
            horizon.total_steps,
            steps_per_epoch=horizon.steps_per_epoch,
            name=chosen.name,
        )
    except ValueError as error:
        raise UsageError(f"{chosen.name}: {error}") from error
    plan = plan.replace(schedule=label or plan.schedule, note=note)
    return Method(chosen.name, chosen.spec(peak), plan, callbacks)


def _parts(
    chosen: Chosen, schedule: LearningRateSchedule | float, steps_per_epoch: int
) -> tuple[Schedule, str | None, MakeCallbacks]:
    """Return what to plan, its label where it is not the class, and the callbacks."""
    if chosen.kind == EPOCH_FUNCTION:
        function = halved_each_epoch(schedule)
        planned = functools.partial(_at_step, function, steps_per_epoch)
        return planned, "LearningRateScheduler", lambda _: [LearningRateScheduler(function)]
    if chosen.kind == PLATEAU:
        return schedule, "ReduceLROnPlateau", lambda seen: [Plateau(seen, factor=0.2, patience=1)]
    return schedule, None, lambda _: []


def _at_step(function: Callable[[int], float], steps_per_epoch: int, step: int) -> float:
    return function(step // steps_per_epoch)
