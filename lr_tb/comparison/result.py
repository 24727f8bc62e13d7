"""One row of the table."""

import dataclasses
from typing import Any, Literal

import numpy as np

from lr_tb.comparison.averages import mean_of
from lr_tb.comparison.profiles import ProfileSummary
from lr_tb.records import StepTimesRecord

Status = Literal["best", "tied", "worse", "one seed", "unclear", "no data"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScheduleResult:
    """What came of one schedule: the trainings under it, folded over their seeds.

    Attributes:
        schedule: Class of the schedule, or None where there is no plan.
        spec: Keras code that rebuilds it, or None.
        values: Best value of the metric in each training; None where there is none.
        mean: Mean of `values`, or None without any.
        std: Their standard deviation (n - 1), or None for fewer than two.
        n: How many values there are.
        tied: True where the schedule cannot be told apart from the best (also for the best
            itself), False where it is worse, None where that cannot be said.
        best_step: Where the best of `values` was reached, in `unit`.
        examples_per_second: Mean over the trainings, or None.
        name: Name of the row.
        parent: Path of the folder that holds the trainings.
        groups: Their run groups.
        seeds: Their seeds, None where not known.
        status: `"best"`, `"tied"`, `"worse"`; `"one seed"` where fewer than two seeds are
            shared with the best; `"unclear"` where the schedule is better on the shared
            seeds and worse over all; `"no data"` without a value.
        explanation: The reason for the status, in words.
        final_values: Last value of the metric in each training.
        final_mean: Mean of `final_values`.
        final_std: Their standard deviation.
        loss: Mean of the last losses; of the validation where there is one.
        steps_to_target: Mean of the first steps, in `unit`, at which the target is
            reached; None unless all trainings reach it.
        reached: How many trainings reach the target, or None without a target.
        unit: What steps count: `"step"` or, in logs of others, `"epoch"`.
        total_steps: Planned steps, or None.
        steps_per_epoch: Steps in an epoch, or None.
        sampled: Whether points of a series that this row is made from are missing.
        note: What a reader must know, or None.
        step_times: Step times, means over the trainings, or None.
        profile: What the profiler saw; its times are None where nothing was profiled.
    """

    schedule: str | None
    spec: str | None
    values: tuple[float | None, ...]
    mean: float | None
    std: float | None
    n: int
    tied: bool | None
    best_step: int | None
    examples_per_second: float | None
    name: str
    parent: str
    groups: tuple[str, ...]
    seeds: tuple[int | None, ...]
    status: Status
    explanation: str
    final_values: tuple[float | None, ...]
    final_mean: float | None
    final_std: float | None
    loss: float | None
    steps_to_target: float | None
    reached: int | None
    unit: Literal["step", "epoch"]
    total_steps: int | None
    steps_per_epoch: int | None
    sampled: bool
    note: str | None
    step_times: StepTimesRecord | None
    profile: ProfileSummary = ProfileSummary()

    @property
    def step_ms_p50(self) -> float | None:
        """Median step time in milliseconds."""
        return self._quantile(0.5)

    @property
    def step_ms_p95(self) -> float | None:
        """Step time in milliseconds that 95 % of the steps stay within."""
        return self._quantile(0.95)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the attributes, those of the step times and the profile."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del values["step_times"], values["profile"]
        times = dataclasses.asdict(self.step_times or _NO_STEP_TIMES)
        percentiles = {"step_ms_p50": self.step_ms_p50, "step_ms_p95": self.step_ms_p95}
        others = {key: value for key, value in times.items() if key not in values}
        return values | others | percentiles | dataclasses.asdict(self.profile)

    def _quantile(self, level: float) -> float | None:
        times = self.step_times
        if times is None or not times.levels:
            return None
        return float(np.interp(level, times.levels, times.milliseconds))


_NO_STEP_TIMES = StepTimesRecord(count=0, mean_ms=None, levels=[], milliseconds=[])


def fold_step_times(records: list[StepTimesRecord]) -> StepTimesRecord | None:
    """Fold the step times of several trainings: counts are summed, times averaged.

    Example:
        >>> short = StepTimesRecord(count=8, mean_ms=1.0, levels=[0.5], milliseconds=[1.0])
        >>> long = StepTimesRecord(count=8, mean_ms=3.0, levels=[0.5], milliseconds=[3.0])
        >>> fold_step_times([short, long]).mean_ms, fold_step_times([short, long]).count
        (2.0, 16)
    """
    if not records:
        return None
    timed = [record for record in records if record.levels]
    levels = timed[0].levels if timed else []
    quantiles = [np.interp(levels, record.levels, record.milliseconds) for record in timed]
    return StepTimesRecord(
        count=sum(record.count for record in records),
        mean_ms=mean_of([record.mean_ms for record in records]),
        levels=levels,
        milliseconds=np.mean(quantiles, axis=0).tolist() if timed else [],
        left_out=sum(record.left_out for record in records),
        skipped=sum(record.skipped for record in records),
        examples_per_second=mean_of([record.examples_per_second for record in records]),
        device=_joined([record.device for record in records]),
        backend=_joined([record.backend for record in records]),
    )


def _joined(names: list[str | None]) -> str | None:
    return ", ".join(dict.fromkeys(name for name in names if name)) or None
