"""What each route answers, as plain values; see `http_api.md`."""

import concurrent.futures
import dataclasses
from typing import Any

import numpy as np

from lr_tb.comparison import Comparison, Direction
from lr_tb.plugin.data import LogReader, Points
from lr_tb.plugin.design import Designer
from lr_tb.plugin.groups import Group, find_groups, kind_of, metrics_of, natural_order, optimizer_of
from lr_tb.plugin.numbers import plain, shortest
from lr_tb.plugin.tables import compare_groups
from lr_tb.records import Unreadable

API_VERSION = 1


def runs(reader: LogReader) -> dict[str, Any]:
    """Answer `/runs`."""
    groups = read_groups(reader)
    metrics = metrics_of(groups)
    return {
        "version": API_VERSION,
        "groups": [plain(group.as_dict(), digits=None) for group in groups],
        "metrics": metrics,
        "default_metric": metrics[0] if metrics else None,
    }


def records(reader: LogReader, kind: str) -> dict[str, Any]:
    """Answer `/records`.

    Args:
        reader: Reads the logs.
        kind: One of `KINDS`.
    """
    found = reader.records()
    return {
        "kind": kind,
        "records": [
            {"group": run, "optimizer": optimizer_of(tag), **_record(found[run][tag].record)}
            for run in sorted(found, key=natural_order)
            for tag in sorted(found[run])
            if kind_of(tag) == kind
        ],
    }


def series(reader: LogReader, tag: str, points: int | None = None) -> dict[str, Any]:
    """Answer `/series`.

    Args:
        reader: Reads the logs.
        tag: The tag.
        points: Most points of a run, or None for all.
    """
    found = reader.series([tag], points)
    return {
        "tag": tag,
        "runs": {run: _points(found[run][tag]) for run in sorted(found) if tag in found[run]},
    }


def compare(
    reader: LogReader,
    metric: str | None = None,
    target: float | None = None,
    *,
    mode: Direction | None = None,
) -> dict[str, Any]:
    """Answer `/compare`; `lr-tb report` prints the same.

    Args:
        reader: Reads the logs.
        metric: Name of the metric to judge by, or None for the best known one.
        target: Count the steps until it is reached.
        mode: `"max"` or `"min"`; by default as the metric's name tells.

    Raises:
        UnknownMetricError: Nothing holds `metric`.
    """
    groups = read_groups(reader)
    return comparison(compare_groups(reader, groups, metric=metric, mode=mode, target=target))


def comparison(table: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values."""
    return {
        "version": API_VERSION,
        "metric": table.metric,
        "direction": table.direction,
        "target": table.target,
        "metrics": list(table.metrics),
        "rows": [plain(row.as_dict(), digits=None) for row in table.rows],
    }


def schedules(designer: Designer) -> dict[str, Any]:
    """Answer `/schedules`."""
    return {"schedules": plain(designer.schedules())}


def design(
    designer: Designer, spec: str, total_steps: int, steps_per_epoch: int | None
) -> dict[str, Any]:
    """Answer `/design`."""
    return plain(designer.plan(spec, total_steps, steps_per_epoch))


def read_groups(reader: LogReader) -> list[Group]:
    """Return all run groups of the logs."""
    # Each call waits some 40 ms for TensorBoard's data server, however little it asks.
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        runs, scalars = pool.submit(reader.runs), pool.submit(reader.scalars)
        records = pool.submit(reader.records)
        return find_groups(runs.result(), scalars.result(), records.result())


def _record(record: Any) -> dict[str, Any]:
    if isinstance(record, Unreadable):
        return {"record": None, "error": record.reason}
    return {"record": plain(dataclasses.asdict(record)), "error": None}


def _points(points: Points) -> dict[str, Any]:
    times = points.wall_times
    finite = times[np.isfinite(times)]
    start = float(finite[0]) if len(finite) else None
    return {
        "steps": points.steps.tolist(),
        "values": shortest(points.values),
        "start": start,
        "seconds": plain(np.round(times - (start or 0.0), 3)),
        "sampled": points.sampled,
    }
