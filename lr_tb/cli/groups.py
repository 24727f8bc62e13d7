"""From what was chosen on the command line to the trainings that it means."""

import dataclasses
import functools
import hashlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
from keras.callbacks import LearningRateScheduler
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.backup import Logs, TrainingFolder
from lr_tb.cli.begun import trainings_folder
from lr_tb.cli.builtin import EPOCH_FUNCTION, PLATEAU, Chosen
from lr_tb.cli.errors import UsageError
from lr_tb.cli.plateau import Plateau
from lr_tb.cli.train import Group
from lr_tb.plan import Plan, Schedule
from lr_tb.schedules import from_spec


@dataclasses.dataclass(frozen=True)
class Horizon:
    """How long each training is.

    Attributes:
        images: Images trained on in an epoch.
        batch_size: Images in a step.
        epochs: Epochs of a training.
    """

    images: int
    batch_size: int
    epochs: int

    @property
    def steps_per_epoch(self) -> int:
        """Steps in an epoch; the last one may be short."""
        return math.ceil(self.images / self.batch_size)

    @property
    def total_steps(self) -> int:
        """Steps of a training."""
        return self.steps_per_epoch * self.epochs

    def schedule(self, chosen: Chosen, peak: float | None = None) -> LearningRateSchedule | float:
        """Return the schedule that a spec describes over this length.

        Raises:
            UsageError: The spec cannot be read.
        """
        try:
            return from_spec(
                chosen.spec(peak),
                total_steps=self.total_steps,
                steps_per_epoch=self.steps_per_epoch,
                epochs=self.epochs,
            )
        except (TypeError, ValueError) as error:
            raise UsageError(f"{chosen.name}: {error}") from error


def build_groups(
    chosen: Sequence[Chosen],
    horizon: Horizon,
    *,
    seeds: int,
    logdir: Path,
    peak: float | None = None,
    note: str | None = None,
) -> list[Group]:
    """Return the trainings: all schedules with the first seed, then with the next.

    Args:
        chosen: The schedules.
        horizon: Length of each training.
        seeds: Trainings under each schedule; their seeds are 0, 1 and so on.
        logdir: Folder of all run groups.
        peak: Highest rate of the built-in schedules, or None for their own.
        note: What a reader of the results must know.

    Raises:
        UsageError: A schedule cannot be built, or gives a rate that is not finite.
    """
    return [
        Group(
            name=one.name,
            seed=seed,
            log_dir=_log_dir(logdir, one.name, seed, seeds),
            folder=_folder(logdir, one, horizon, seed, peak),
            **_scheduled(one, horizon, peak, {"note": note, "seed": seed}),
        )
        for seed in range(seeds)
        for one in chosen
    ]


def halved_each_epoch(rate: float) -> Callable[[int], float]:
    """Return a Python function of the epoch: the rate, halved at the end of each epoch.

    Example:
        >>> function = halved_each_epoch(0.008)
        >>> function(0), function(3)
        (0.008, 0.001)
    """
    return lambda epoch: float(rate * 0.5**epoch)


def _scheduled(
    chosen: Chosen, horizon: Horizon, peak: float | None, about: dict[str, Any]
) -> dict[str, Any]:
    """Return the schedule, its plan and the callbacks of a training."""
    schedule = horizon.schedule(chosen, peak)
    planned, label, callbacks = _method(chosen, schedule, horizon.steps_per_epoch)
    try:
        plan = Plan.from_schedule(
            planned,
            horizon.total_steps,
            steps_per_epoch=horizon.steps_per_epoch,
            name=chosen.name,
        )
    except ValueError as error:
        raise UsageError(f"{chosen.name}: {error}") from error
    plan = plan.replace(schedule=label or plan.schedule, **about)
    return {"schedule": schedule, "plan": plan, "callbacks": callbacks}


def _method(
    chosen: Chosen, schedule: LearningRateSchedule | float, steps_per_epoch: int
) -> tuple[Schedule, str | None, Callable[[Sequence[Logs]], Sequence[keras.callbacks.Callback]]]:
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


def _log_dir(logdir: Path, name: str, seed: int, seeds: int) -> Path:
    return logdir / name / f"seed{seed}" if seeds > 1 else logdir / name


def _folder(
    logdir: Path, chosen: Chosen, horizon: Horizon, seed: int, peak: float | None
) -> TrainingFolder:
    """Return the folder of a training, empty to a training of another kind."""
    words = f"{chosen.kind} {chosen.spec(peak)} {horizon}"
    key = hashlib.sha256(words.encode()).hexdigest()[:12]
    return TrainingFolder(trainings_folder(logdir) / chosen.name / f"seed{seed}", key)
