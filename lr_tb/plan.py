"""Plans: the curve of any schedule, drawn before training by the code that trains."""

import dataclasses
import math
import os
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeAlias

import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.events import EventWriter, local_path
from lr_tb.records import PlanRecord
from lr_tb.schedules import checks
from lr_tb.schedules.evaluate import evaluate
from lr_tb.schedules.rebuild import to_spec
from lr_tb.schedules.resolve import resolve
from lr_tb.simplify import RELATIVE_ERROR, jumps, simplify

MAX_EVALUATIONS = 2**20

Schedule: TypeAlias = LearningRateSchedule | float | str | Callable[..., Any]


class Plan(PlanRecord):
    """The learning rate that a schedule gives at each step of a training.

    A plan is sampled from the schedule itself, by the `__call__` that training
    uses, never from a second formula. Up to 2**20 steps all are evaluated, beyond
    that as many evenly spaced ones and those around every jump. At most 2000 points
    are kept; see `max_error`. The attributes are those of `PlanRecord`:
    `steps` (int64 `[K]`), `rates` (float64 `[K]`), `name`, `schedule`, `spec`,
    `total_steps`, `steps_per_epoch`, `interpolation`, `max_error`, `seed`, `note`.

    Example:
        >>> plan = Plan.from_schedule("PolynomialDecay(0.1, total_steps, 0.0)", 100)
        >>> plan.steps.tolist(), plan.schedule
        ([0, 99], 'PolynomialDecay')
        >>> round(float(plan.at(50)), 4)
        0.05
    """

    @classmethod
    def from_schedule(
        cls,
        schedule: Schedule,
        total_steps: int,
        *,
        steps_per_epoch: int | None = None,
        name: str | None = None,
    ) -> Self:
        """Sample a schedule.

        Args:
            schedule: A Keras `LearningRateSchedule`, a number, a spec, a function of
                the step, or a factory.
            total_steps: Steps of the training, >= 1; the plan ends at the last one.
            steps_per_epoch: Steps in an epoch, where known.
            name: Name of the curve; the schedule's class by default.

        Returns:
            The plan.

        Raises:
            TypeError: `schedule` is nothing that lr_tb takes as a schedule.
            ValueError: `total_steps` is below 1, the spec cannot be read, or the
                schedule gives a rate that is not finite.
        """
        total_steps = checks.count("total_steps", total_steps)
        if steps_per_epoch is not None:
            steps_per_epoch = checks.count("steps_per_epoch", steps_per_epoch)
        resolved = resolve(schedule, total_steps=total_steps, steps_per_epoch=steps_per_epoch)
        steps, rates = _sample(resolved, total_steps)
        curve = simplify(steps, rates)
        label = type(resolved).__name__
        return cls(
            name=name or label,
            schedule=label,
            spec=spec_or_none(resolved),
            total_steps=total_steps,
            steps_per_epoch=steps_per_epoch,
            interpolation=curve.interpolation,
            max_error=curve.max_error,
            steps=steps[curve.kept],
            rates=rates[curve.kept],
        )

    def at(self, step: Any) -> np.ndarray:
        """Return the planned rate at a step, or at each step of an array.

        Args:
            step: Number or array, in steps. Below 0 it counts as 0, past the end as
                the last step.

        Returns:
            float64 of the shape of `step`.

        Example:
            >>> Plan.from_schedule(0.1, 10).at([-5, 0, 99]).tolist()
            [0.1, 0.1, 0.1]
        """
        step = np.asarray(step)
        if self.interpolation == "linear":
            return np.asarray(np.interp(step, self.steps, self.rates))
        index = np.searchsorted(self.steps, step, side="right") - 1
        return np.asarray(self.rates[np.maximum(index, 0)])

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other attributes, such as `note="synthetic digits"`."""
        return dataclasses.replace(self, **changes)


def log_plans(
    logdir: str | os.PathLike[str],
    schedules: Mapping[str, Schedule],
    *,
    total_steps: int,
    steps_per_epoch: int | None = None,
) -> dict[str, Plan]:
    """Write the plan of each schedule for the tab to show, without training.

    Writes the record `lr_tb/plan` into the run `<logdir>/<name>` of each schedule. A
    training that logs there later replaces it. All plans are sampled before the
    first one is written.

    Args:
        logdir: Folder that TensorBoard will be started on.
        schedules: From name to anything that lr_tb takes as a schedule.
        total_steps: Steps of the training, >= 1.
        steps_per_epoch: Steps in an epoch, where known.

    Returns:
        The plans by name.

    Raises:
        ValueError: A name is not the path of a folder inside `logdir`, or see
            `Plan.from_schedule`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as logdir:
        ...     plans = log_plans(logdir, {"flat": 1e-3}, total_steps=100)
        >>> plans["flat"].rates.tolist()
        [0.001, 0.001]
    """
    root = local_path(logdir)
    plans = {
        _folder(name): Plan.from_schedule(
            schedule, total_steps, steps_per_epoch=steps_per_epoch, name=name
        )
        for name, schedule in schedules.items()
    }
    for name, plan in plans.items():
        writer = EventWriter(root / name, starts_session=False)
        writer.add_record(plan)
        writer.close()
    return plans


def spec_or_none(schedule: LearningRateSchedule | float) -> str | None:
    """Return the Keras code that rebuilds a schedule, or None where there is none."""
    try:
        return to_spec(schedule)
    except (TypeError, ValueError):
        return None


def _sample(
    schedule: LearningRateSchedule | float, total_steps: int
) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(schedule, LearningRateSchedule):
        steps = np.unique([0, total_steps - 1])
        return steps, np.full(len(steps), float(schedule))
    if total_steps <= MAX_EVALUATIONS:
        steps = np.arange(total_steps)
        return steps, _finite(schedule, steps)
    grid = np.unique(np.linspace(0, total_steps - 1, MAX_EVALUATIONS).astype(np.int64))
    return _with_exact_jumps(schedule, grid, _finite(schedule, grid))


def _with_exact_jumps(
    schedule: LearningRateSchedule, steps: np.ndarray, rates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Evaluate every step between the two sides of each jump of a grid."""
    at = jumps(rates, RELATIVE_ERROR * float(np.max(np.abs(rates))))
    at = at[: MAX_EVALUATIONS // max(1, math.ceil(np.max(np.diff(steps))))]
    if not len(at):
        return steps, rates
    between = [np.arange(steps[i] + 1, steps[i + 1]) for i in at]
    steps = np.union1d(steps, np.concatenate(between))
    return steps, _finite(schedule, steps)


def _finite(schedule: LearningRateSchedule, steps: np.ndarray) -> np.ndarray:
    rates = evaluate(schedule, steps)
    wrong = np.flatnonzero(~np.isfinite(rates))
    if len(wrong):
        raise ValueError(
            f"`schedule` must give finite rates. Received: schedule={schedule!r}, "
            f"which gives {rates[wrong[0]]} at step {steps[wrong[0]]}."
        )
    return rates


def _folder(name: str) -> str:
    parts = name.replace("\\", "/").split("/") if isinstance(name, str) else []
    if not parts or any(part in ("", ".", "..") for part in parts):
        raise ValueError(
            "Each name in `schedules` must be the path of a folder inside `logdir`. "
            f"Received: name={name!r}."
        )
    return name
