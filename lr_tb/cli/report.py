"""`lr-tb report`: who won, by how much and how fast."""

import argparse
import csv
import io
import json
import math
import os
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from lr_tb.cli.errors import DONE, UsageError
from lr_tb.comparison import Comparison, UnknownMetricError
from lr_tb.plugin import replies
from lr_tb.plugin.groups import Group
from lr_tb.plugin.logdir import open_logdir
from lr_tb.plugin.tables import compare_groups
from lr_tb.report_table import printable, show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `lr-tb report`."""
    parser.add_argument("logdir", metavar="LOGDIR", help="folder that TensorBoard would show")
    parser.add_argument(
        "--metric", metavar="M", help="judge by this one, such as val_accuracy or val_loss"
    )
    parser.add_argument(
        "--target", metavar="T", type=_finite, help="count the steps until the metric reaches T"
    )
    parser.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="default: table"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report.

    Args:
        arguments: What `add_arguments` declares.

    Returns:
        Exit status, 0.

    Raises:
        UsageError: There is no such folder, it holds no run, or no run has the metric.
    """
    table, groups = read(arguments.logdir, metric=arguments.metric, target=arguments.target)
    if arguments.format == "table":
        show(Console(), table, messages_of(groups))
        return DONE
    content = replies.comparison(table)
    write = _csv if arguments.format == "csv" else _json
    sys.stdout.write(write(content))
    for message in messages_of(groups):
        sys.stderr.write(f"{message}\n")
    return DONE


def print_table(
    logdir: str | os.PathLike[str],
    *,
    metric: str | None = None,
    target: float | None = None,
    console: Console | None = None,
    metric_label: str | None = None,
    examples: str = "examples",
) -> Comparison:
    """Print the table of a log directory.

    Args:
        logdir: The directory.
        metric: Name of the metric to judge by, such as `"val_accuracy"`.
        target: Count the steps until the metric reaches this value.
        console: Where to print.
        metric_label: What to call the metric, such as `"test accuracy"`.
        examples: What to call the examples, such as `"images"`.

    Returns:
        The comparison that was printed.

    Raises:
        UsageError: There is no such directory, it holds no run, or no run has the metric.
    """
    table, groups = read(logdir, metric=metric, target=target)
    messages = messages_of(groups)
    show(console or Console(), table, messages, metric_label=metric_label, examples=examples)
    return table


def read(
    logdir: str | os.PathLike[str], *, metric: str | None = None, target: float | None = None
) -> tuple[Comparison, list[Group]]:
    """Compare the run groups of a log directory.

    Returns:
        The comparison, and the groups.

    Raises:
        UsageError: There is no such directory, it holds no run, or no run has the metric.
    """
    try:
        reader = open_logdir(logdir)
        groups = replies.read_groups(reader)
        if not groups:
            raise UsageError(
                f"LOGDIR must hold runs. Received: {os.fspath(logdir)!r}, which holds none. "
                "Train with lr_tb.LearningRateMonitor, or run `lr-tb mnist`."
            )
        return compare_groups(reader, groups, metric=metric, target=target), groups
    except (NotADirectoryError, UnknownMetricError) as error:
        raise UsageError(str(error)) from error


def messages_of(groups: Sequence[Group]) -> list[str]:
    """Return what could not be read in run groups, and why."""
    return [printable(f"{group.name}: {message}") for group in groups for message in group.messages]


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _csv(content: dict[str, Any]) -> str:
    """Return one line per row; lists are joined with semicolons."""
    rows = [{key: _cell(value) for key, value in row.items()} for row in content["rows"]]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join("" if item is None else printable(str(item)) for item in value)
    return printable(value) if isinstance(value, str) else value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value
