"""What came of a search: read from its log directory, as TensorBoard's tab reads it."""

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from lr_tb.comparison import Comparison, UnknownMetricError, compare
from lr_tb.plugin.groups import Group, find_groups
from lr_tb.plugin.logdir import open_logdir
from lr_tb.plugin.tables import compare_groups
from lr_tb.report_table import printable, show
from lr_tb.tuner.objective import objective_names


def read_results(
    log_dir: Path,
    names: Collection[str],
    objective: Any,
    *,
    target: float | None = None,
) -> Comparison:
    """Compare the run groups of a search; those of others in the same folder are left out.

    Args:
        log_dir: The log directory.
        names: Names of the trials that have begun.
        objective: KerasTuner's, to judge by. A sum of several is logged by nobody: the best
            metric that is there stands in.
        target: Count the steps until the metric reaches this value.

    Returns:
        The table, without rows where nothing is logged yet.
    """
    if not log_dir.is_dir():
        return compare([])
    reader = open_logdir(log_dir)
    found = find_groups(reader.runs(), reader.scalars(), reader.records())
    groups = [group for group in found if _trial(group) in names]
    is_one = objective_names(objective) == [objective.name]
    metric, mode = (objective.name, objective.direction) if is_one else (None, None)
    try:
        return compare_groups(reader, groups, metric=metric, mode=mode, target=target)
    except UnknownMetricError:  # No epoch has ended yet.
        return compare([])


def show_results(
    comparison: Comparison, failures: Mapping[str, str], *, most_rows: int | None = None
) -> None:
    """Print the table, and below it which trials failed and why.

    Args:
        comparison: The table.
        failures: Why trials failed, by name.
        most_rows: Most rows to print, or None for all.
    """
    words = [f"Failed: {name}: {reason}" for name, reason in failures.items()]
    console = Console()
    if comparison.rows:
        table = dataclasses.replace(comparison, rows=comparison.rows[:most_rows])
        show(console, table, [printable(each) for each in words])
        return
    for each in ["No training has come to the end of an epoch.", *words]:
        console.print(Text(each))


def _trial(group: Group) -> str:
    return group.name.partition("/")[0]
