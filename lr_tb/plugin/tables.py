"""From run groups to the comparison's trainings: what the tab and `lr-tb report` compare."""

from collections.abc import Iterable, Mapping

import numpy as np

from lr_tb.comparison import Comparison, Direction, Series, Training, compare
from lr_tb.comparison.metrics import LOSS, VALIDATION_PREFIX
from lr_tb.comparison.rows import choose_metric
from lr_tb.plugin.data import LogReader, Points
from lr_tb.plugin.groups import Group, metrics_of, plan_values
from lr_tb.plugin.recognise import Curve


def compare_groups(
    reader: LogReader,
    groups: Iterable[Group],
    *,
    metric: str | None = None,
    mode: Direction | None = None,
    target: float | None = None,
) -> Comparison:
    """Compare run groups; only the series that this takes are read.

    A range test is no training and has no row.

    Args:
        reader: Reads the series.
        groups: The run groups.
        metric: See `lr_tb.comparison.compare`.
        mode: See there.
        target: See there.

    Raises:
        UnknownMetricError: No group has `metric`.
    """
    groups = [group for group in groups if not group.is_range_test]
    found = metrics_of(groups)
    chosen = choose_metric(found, metric)
    names = {VALIDATION_PREFIX + LOSS, LOSS} | ({chosen} if chosen else set())
    curves = {group.name: _only(group.metrics, names) for group in groups}
    read = reader.series(curve.tag for by_name in curves.values() for curve in by_name.values())
    trainings = [_training(group, curves[group.name], read) for group in groups]
    return compare(trainings, metric=chosen, mode=mode, target=target, metrics=found)


def _only(metrics: Mapping[str, Curve], names: set[str]) -> dict[str, Curve]:
    return {name: curve for name, curve in metrics.items() if name in names}


def _training(
    group: Group, curves: Mapping[str, Curve], read: Mapping[str, Mapping[str, Points]]
) -> Training:
    plan = plan_values(group.plans)
    points = {
        name: read[curve.run][curve.tag]
        for name, curve in curves.items()
        if curve.tag in read.get(curve.run, {})
    }
    counts_epochs = any(curve.unit == "epoch" for curve in curves.values())
    per_epoch = plan["steps_per_epoch"]
    return Training(
        group=group.name,
        name=group.row,
        parent=group.parent,
        seed=group.seed,
        metrics={
            name: Series(_steps(points[name], curves[name], per_epoch), points[name].values)
            for name in points
        },
        **plan,
        step_times=group.step_times,
        profile=group.profile,
        unit="epoch" if counts_epochs and not per_epoch else "step",
        sampled=any(series.sampled for series in points.values()),
    )


def _steps(points: Points, curve: Curve, steps_per_epoch: int | None) -> np.ndarray:
    if curve.unit == "step" or not steps_per_epoch:
        return points.steps
    return (points.steps + 1) * steps_per_epoch - 1
