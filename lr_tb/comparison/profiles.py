"""What a profiler saw of the steps, folded over trainings."""

import dataclasses
import math
from collections.abc import Callable, Iterable

from lr_tb.comparison.averages import mean_of
from lr_tb.records import ProfileRecord, StepTime


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProfileSummary:
    """Times of a step by the profiler's clock; None where the profiler does not know.

    Attributes:
        profiled_steps: Steps that were profiled.
        profiled_ms: From the begin of a step to its end.
        device_ms: Time in which the device computed.
        device_busy: Share of the step in which the device computed.
        input_ms: Time spent waiting for input.
    """

    profiled_steps: int = 0
    profiled_ms: float | None = None
    device_ms: float | None = None
    device_busy: float | None = None
    input_ms: float | None = None


def fold_profiles(records: Iterable[ProfileRecord]) -> ProfileSummary:
    """Fold the profiles of several trainings: steps are summed, times averaged.

    Example:
        >>> rows = (StepTime(step=9, wall_ms=4.0, device_ms=1.0), StepTime(step=10, wall_ms=6.0))
        >>> fold_profiles([ProfileRecord(capture="c", device=None, rows=rows)])
        ProfileSummary(profiled_steps=2, profiled_ms=5.0, device_ms=1.0, device_busy=0.25, \
input_ms=None)
    """
    summaries = [_summary(record.rows) for record in records]
    return ProfileSummary(
        profiled_steps=sum(summary.profiled_steps for summary in summaries),
        profiled_ms=mean_of([summary.profiled_ms for summary in summaries]),
        device_ms=mean_of([summary.device_ms for summary in summaries]),
        device_busy=mean_of([summary.device_busy for summary in summaries]),
        input_ms=mean_of([summary.input_ms for summary in summaries]),
    )


def _summary(rows: Iterable[StepTime]) -> ProfileSummary:
    rows = list(rows)
    return ProfileSummary(
        profiled_steps=sum(row.steps for row in rows),
        profiled_ms=_ratio(rows, lambda row: row.wall_ms, lambda row: row.steps),
        device_ms=_ratio(rows, lambda row: row.device_ms, lambda row: row.steps),
        device_busy=_ratio(rows, lambda row: row.device_ms, lambda row: row.wall_ms),
        input_ms=_ratio(rows, lambda row: row.input_ms, lambda row: row.steps),
    )


def _ratio(
    rows: list[StepTime], part: Callable[[StepTime], float], whole: Callable[[StepTime], float]
) -> float | None:
    """Divide the sums over those rows that know both."""
    known = [(part(row), whole(row)) for row in rows]
    known = [pair for pair in known if all(map(math.isfinite, pair))]
    total = sum(pair[1] for pair in known)
    return sum(pair[0] for pair in known) / total if total > 0 else None
