"""Folds trainings into rows and says which schedule won."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from lr_tb.comparison.averages import mean_of, std_of
from lr_tb.comparison.metrics import Direction, direction_of, order_metrics
from lr_tb.comparison.paired import PairedDifference, paired_difference
from lr_tb.comparison.profiles import fold_profiles
from lr_tb.comparison.result import ScheduleResult, Status, fold_step_times
from lr_tb.comparison.trainings import Training


class UnknownMetricError(ValueError):
    """A metric was asked for that no training has."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The table.

    Attributes:
        metric: Name of the metric that it judges by, or None where there is none.
        direction: Whether more of it is better (`"max"`) or less (`"min"`), or None.
        target: The target value, or None.
        metrics: All metrics found, the best ones to judge by first.
        rows: One row per schedule, best first.
    """

    metric: str | None
    direction: Direction | None
    target: float | None
    metrics: tuple[str, ...]
    rows: tuple[ScheduleResult, ...]


def compare(
    trainings: Iterable[Training],
    *,
    metric: str | None = None,
    mode: Direction | None = None,
    target: float | None = None,
    metrics: Sequence[str] | None = None,
) -> Comparison:
    """Compare schedules by the best value of a metric in each training.

    Trainings of one name and parent are one row. A schedule is *tied* with the best where
    the 95 % confidence interval of the paired differences, over the seeds that both were
    trained with, holds 0. The best is the row with the best mean among those with at least
    two seeds.

    Args:
        trainings: The trainings.
        metric: Name of the metric, such as `"val_accuracy"`; by default a validation
            accuracy, then the validation loss, then the same of the training data.
        mode: `"max"` or `"min"`; by default as the metric's name tells.
        target: Count the steps until the metric reaches this value.
        metrics: Names of all metrics, where `trainings` holds only some of them.

    Returns:
        The rows, best first; those without a value last, by name.

    Raises:
        UnknownMetricError: No training has `metric`.

    Example:
        >>> import numpy as np
        >>> from lr_tb.comparison import Series
        >>> def training(name, seed, value):
        ...     series = Series(np.array([9]), np.array([value]))
        ...     return Training(group=f"{name}/{seed}", name=name, seed=seed,
        ...                     metrics={"val_accuracy": series})
        >>> table = compare([training("a", 0, 0.98), training("a", 1, 0.97),
        ...                  training("b", 0, 0.90), training("b", 1, 0.89)])
        >>> [(row.name, row.status, row.tied) for row in table.rows]
        [('a', 'best', True), ('b', 'worse', False)]
    """
    trainings = list(trainings)
    found = order_metrics(
        metrics if metrics is not None else [name for t in trainings for name in t.metrics]
    )
    chosen = choose_metric(found, metric)
    direction = (mode or direction_of(chosen)) if chosen else None
    rows = _judge([_row(fold, chosen, direction, target) for fold in _folds(trainings)], direction)
    return Comparison(chosen, direction, target, tuple(found), tuple(rows))


def choose_metric(found: Sequence[str], metric: str | None) -> str | None:
    """Return the metric to judge by: the one asked for, or the first of those found.

    Raises:
        UnknownMetricError: It is not among those found.
    """
    if metric is None:
        return found[0] if found else None
    if metric not in found:
        known = ", ".join(found) or "none: nothing is logged yet"
        raise UnknownMetricError(
            f"`metric` must be one that is logged ({known}). Received: metric={metric[:100]!r}."
        )
    return metric


def _folds(trainings: Iterable[Training]) -> list[list[Training]]:
    folds: dict[tuple[str, str], list[Training]] = {}
    for training in trainings:
        folds.setdefault((training.parent, training.name), []).append(training)
    return [sorted(fold, key=_seed_order) for fold in folds.values()]


def _seed_order(training: Training) -> tuple[bool, int, str]:
    return training.seed is None, training.seed or 0, training.group


def _row(
    fold: list[Training], metric: str | None, direction: Direction | None, target: float | None
) -> ScheduleResult:
    """Fold trainings into a row; its status is judged later."""
    series = [training.metrics.get(metric) if metric else None for training in fold]
    bests = [s.best(direction) if s and direction else None for s in series]
    values = [best[1] if best else None for best in bests]
    finals = [s.last() if s else None for s in series]
    times = fold_step_times([t.step_times for t in fold if t.step_times])
    return ScheduleResult(
        schedule=_first(training.schedule for training in fold),
        spec=_first(training.spec for training in fold),
        values=tuple(values),
        mean=mean_of(values),
        std=std_of(values),
        n=sum(value is not None for value in values),
        tied=None,
        best_step=_best_step([best for best in bests if best], direction),
        examples_per_second=times.examples_per_second if times else None,
        name=fold[0].name,
        parent=fold[0].parent,
        groups=tuple(training.group for training in fold),
        seeds=tuple(training.seed for training in fold),
        status="no data",
        explanation=f"no {metric} yet" if metric else "nothing logged yet",
        final_values=tuple(finals),
        final_mean=mean_of(finals),
        final_std=std_of(finals),
        loss=mean_of([training.loss for training in fold]),
        **_target_columns(fold, metric, direction, target),
        unit=fold[0].unit,
        total_steps=_first(training.total_steps for training in fold),
        steps_per_epoch=_first(training.steps_per_epoch for training in fold),
        sampled=any(training.sampled for training in fold),
        note=_first(training.note for training in fold),
        step_times=times,
        profile=fold_profiles(t.profile for t in fold if t.profile),
    )


def _target_columns(
    fold: list[Training], metric: str | None, direction: Direction | None, target: float | None
) -> dict[str, Any]:
    if target is None or metric is None or direction is None:
        return {"steps_to_target": None, "reached": None}
    series = [training.metrics[metric] for training in fold if metric in training.metrics]
    steps = [s.first_step_at(target, direction) for s in series]
    there = [step for step in steps if step is not None]
    is_complete = len(there) == len(fold)
    return {
        "steps_to_target": sum(there) / len(there) if is_complete else None,
        "reached": len(there),
    }


def _best_step(bests: list[tuple[int, float]], direction: Direction | None) -> int | None:
    if not bests:
        return None
    choose = max if direction == "max" else min
    return choose(bests, key=lambda best: best[1])[0]


def _judge(rows: list[ScheduleResult], direction: Direction | None) -> list[ScheduleResult]:
    """Sort the rows, best first, and tell for each whether it is tied with the best."""
    sign = -1.0 if direction == "max" else 1.0
    rows = sorted(rows, key=lambda r: (r.mean is None, sign * (r.mean or 0.0), r.parent, r.name))
    leader = next((row for row in rows if len(_by_seed(row)) >= 2), None)
    return [_judged(row, leader, sign) for row in rows]


def _judged(row: ScheduleResult, leader: ScheduleResult | None, sign: float) -> ScheduleResult:
    if row.mean is None:
        return row
    difference = paired_difference(_by_seed(row), _by_seed(leader)) if leader else None
    if leader is None or difference is None:
        whose = f" in common with {leader.name}" if leader else ""
        text = f"fewer than two seeds{whose}: a difference may be noise"
        return _with(row, None, "one seed", text)
    if row is leader:
        return _with(row, True, "best", f"best mean over {difference.n} seeds{_missing(row)}")
    if difference.is_noise:
        return _with(row, True, "tied", _words(row, leader, difference, "not told apart"))
    if sign * difference.mean > 0:
        return _with(row, False, "worse", _words(row, leader, difference, "worse"))
    verdict = "better on the common seeds, worse over all"
    return _with(row, None, "unclear", _words(row, leader, difference, verdict))


def _with(row: ScheduleResult, tied: bool | None, status: Status, words: str) -> ScheduleResult:
    return dataclasses.replace(row, tied=tied, status=status, explanation=words)


def _words(
    row: ScheduleResult, leader: ScheduleResult, difference: PairedDifference, verdict: str
) -> str:
    low = difference.mean - difference.half_width
    high = difference.mean + difference.half_width
    return (
        f"{verdict}: {difference.mean:+.3g} to {leader.name} over {difference.n} common seeds, "
        f"95 % interval {low:+.3g} to {high:+.3g}{_missing(row)}"
    )


def _missing(row: ScheduleResult) -> str:
    missing = len(row.values) - row.n
    return f"; {missing} of {len(row.values)} trainings without a value" if missing else ""


def _by_seed(row: ScheduleResult) -> dict[int, float]:
    pairs = zip(row.seeds, row.values, strict=True)
    return {seed: value for seed, value in pairs if seed is not None and value is not None}


def _first(items: Iterable[Any]) -> Any:
    return next((item for item in items if item is not None), None)
