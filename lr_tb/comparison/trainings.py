"""What is known of each training before trainings are compared."""

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np

from lr_tb.comparison.metrics import LOSS, VALIDATION_PREFIX, Direction
from lr_tb.records import ProfileRecord, StepTimesRecord


@dataclasses.dataclass(frozen=True, eq=False)
class Series:
    """A metric over a training.

    Attributes:
        steps: int64 `[K]`, increasing.
        values: float64 `[K]`; NaN where the training diverged.
    """

    steps: np.ndarray
    values: np.ndarray

    def best(self, direction: Direction) -> tuple[int, float] | None:
        """Return the step and value of the best point, the first of equals; None without any."""
        finite = np.isfinite(self.values)
        if not finite.any():
            return None
        signed = self.values if direction == "max" else -self.values
        index = int(np.argmax(np.where(finite, signed, -np.inf)))
        return int(self.steps[index]), float(self.values[index])

    def last(self) -> float | None:
        """Return the last value; None without one, or where it is not a finite number."""
        if not len(self.values) or not np.isfinite(self.values[-1]):
            return None
        return float(self.values[-1])

    def first_step_at(self, target: float, direction: Direction) -> int | None:
        """Return the first step whose value is the target or better.

        Both are compared as float32, which is what logs hold: an accuracy of 0.9 stands
        there as 0.89999998.
        """
        with np.errstate(over="ignore"):
            values, aim = self.values.astype(np.float32), np.float32(target)
        reached = np.flatnonzero(values >= aim if direction == "max" else values <= aim)
        return int(self.steps[reached[0]]) if len(reached) else None


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Training:
    """One training under one schedule: what a run group holds.

    Attributes:
        group: Path of the run group below the log directory; unique.
        name: Name of the row: trainings of the same name and parent differ only by seed.
        parent: Path of the folder that holds the group.
        seed: Seed, or None where it is not known.
        metrics: Epoch series by the name that Keras gives the metric (`val_` for those of
            the validation data).
        schedule: Class of the schedule, or None.
        spec: Keras code that rebuilds the schedule, or None.
        total_steps: Planned steps, or None.
        steps_per_epoch: Steps in an epoch, or None.
        note: What a reader must know, or None.
        step_times: The step times, or None.
        profile: The profile, or None.
        unit: What the steps of `metrics` count.
        sampled: Whether points of `metrics` are missing.
    """

    group: str
    name: str
    parent: str = ""
    seed: int | None = None
    metrics: Mapping[str, Series] = dataclasses.field(default_factory=dict)
    schedule: str | None = None
    spec: str | None = None
    total_steps: int | None = None
    steps_per_epoch: int | None = None
    note: str | None = None
    step_times: StepTimesRecord | None = None
    profile: ProfileRecord | None = None
    unit: Literal["step", "epoch"] = "step"
    sampled: bool = False

    @property
    def loss(self) -> float | None:
        """The last validation loss, or training loss where there is no validation."""
        for name in (VALIDATION_PREFIX + LOSS, LOSS):
            if name in self.metrics:
                return self.metrics[name].last()
        return None
