"""The table that `lr-tb report`, `lr-tb mnist` and the tuner print."""

import dataclasses
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lr_tb.comparison import Comparison, ScheduleResult

_LEGEND = {
    "tied": "tied: over the seeds shared with the best, the 95 % confidence interval of the "
    "differences to it holds 0.",
    "one seed": "one seed: fewer than two seeds shared with the best: a difference may be noise.",
}

_CLOCKS = (
    "step ms: by the clock of the training process, profiled steps left out; "
    "device and input: by the profiler's clock."
)


@dataclasses.dataclass(frozen=True)
class _Column:
    """A column of the table.

    Attributes:
        heading: Its heading, of one line or two.
        cell: Gives what stands in a row.
        rank: Where the terminal is narrow, columns of a higher rank go first; 0 stays.
    """

    heading: str
    cell: Callable[[ScheduleResult], str]
    rank: int = 0


def show(
    console: Console,
    comparison: Comparison,
    messages: Sequence[str] = (),
    *,
    metric_label: str | None = None,
    examples: str = "examples",
) -> None:
    """Print a comparison as a table, and below it what a reader must know.

    Nothing is cut off. In a narrow terminal columns are left out and named.

    Args:
        console: Where to print.
        comparison: What to print.
        messages: More lines, such as what could not be read.
        metric_label: What to call the metric, such as `"test accuracy"`.
        examples: What to call the examples, such as `"images"`.
    """
    label = metric_label or comparison.metric or "metric"
    columns = _columns(label, examples, comparison)
    left_out = _leave_out(console, columns, comparison)
    table = _table(columns, comparison)
    table.width = _natural(console, table)  # Rich would shorten cells rather than overflow.
    console.print(table, crop=False)
    for line in [*_legend(comparison), *_notes(comparison), *left_out, *messages]:
        console.print(Text(line))


def printable(text: str) -> str:
    """Replace what would act on a terminal: names come from files of anybody.

    Example:
        >>> printable("evil" + chr(27) + "[2J") == "evil" + chr(0xFFFD) + "[2J"
        True
    """
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _columns(label: str, examples: str, comparison: Comparison) -> list[_Column]:
    target = comparison.target
    columns = [
        _Column("schedule", lambda row: printable(_name(row))),
        _Column(f"best\n{label}", lambda row: _with_spread(row.mean, row.std)),
        _Column("at\nstep", _best_step, rank=3),
        _Column(f"final\n{label}", lambda row: _with_spread(row.final_mean, row.final_std), rank=4),
        _Column("\nseeds", lambda row: str(row.n), rank=2),
        _Column("final\nloss", lambda row: _number(row.loss), rank=6),
    ]
    if target is not None:
        columns.append(_Column(f"steps to\n{target:g}", _to_target))
    return [
        *columns,
        _Column(f"{examples}\na second", lambda row: _known(row.examples_per_second, ",.0f")),
        _Column("step ms\np50 / p95", _step_times, rank=5),
        *_profile_columns(comparison),
        _Column("\nverdict", _verdict),
    ]


def _leave_out(console: Console, columns: list[_Column], comparison: Comparison) -> list[str]:
    """Take columns away until the table fits a terminal; return the words that say so."""
    left_out: list[str] = []
    while console.is_terminal and _natural(console, _table(columns, comparison)) > console.width:
        column = max(columns, key=lambda column: column.rank)
        if column.rank == 0:
            break
        columns.remove(column)
        left_out.append(column.heading.replace("\n", " ").strip())
    return [f"Left out for want of width: {', '.join(left_out)}."] if left_out else []


def _table(columns: Sequence[_Column], comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        is_text = column.heading in ("schedule", "\nverdict")
        table.add_column(column.heading, justify="left" if is_text else "right", no_wrap=True)
    for row in comparison.rows:
        cells = (Text(column.cell(row)) for column in columns)
        table.add_row(*cells, style="bold" if row.status == "best" else "")
    return table


def _natural(console: Console, table: Table) -> int:
    return console.measure(table, options=console.options.update(width=10_000)).maximum


def _name(row: ScheduleResult) -> str:
    """Return the name, with the folder above it where that tells more."""
    above = row.parent.removesuffix(row.name).rstrip("/")
    return f"{above}/{row.name}" if above else row.name


def _best_step(row: ScheduleResult) -> str:
    step = _known(row.best_step, "d")
    return f"epoch {step}" if row.unit == "epoch" and step else step


def _to_target(row: ScheduleResult) -> str:
    if row.steps_to_target is None:
        return f"{row.reached or 0} of {len(row.values)} reach it"
    return _known(row.steps_to_target, ".0f")


def _step_times(row: ScheduleResult) -> str:
    p50, p95 = _known(row.step_ms_p50, ".2f"), _known(row.step_ms_p95, ".2f")
    return f"{p50} / {p95}" if p50 else ""


def _profile_columns(comparison: Comparison) -> list[_Column]:
    """Return what the profiler knows of any row."""
    columns = (
        _Column("device\nms", lambda row: _known(row.profile.device_ms, ".2f"), rank=8),
        _Column("device\nbusy", lambda row: _known(row.profile.device_busy, ".0%"), rank=8),
        _Column("input\nms", lambda row: _known(row.profile.input_ms, ".2f"), rank=7),
    )
    return [column for column in columns if any(map(column.cell, comparison.rows))]


def _verdict(row: ScheduleResult) -> str:
    return f"{row.status}, sampled" if row.sampled else row.status


def _legend(comparison: Comparison) -> list[str]:
    found = {row.status for row in comparison.rows}
    lines = [line for status, line in _LEGEND.items() if status in found]
    return [*lines, _CLOCKS] if _profile_columns(comparison) else lines


def _notes(comparison: Comparison) -> list[str]:
    notes = dict.fromkeys(row.note for row in comparison.rows if row.note)
    return [f"Note: {printable(note)}." for note in notes]


def _with_spread(mean: float | None, std: float | None) -> str:
    """Return both in the form of the mean: a spread of less than a digit of it is 0."""
    if mean is None or std is None:
        return _number(mean)
    return f"{_number(mean)} ± {std:{_form(mean)}}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:{_form(value)}}"


def _form(value: float) -> str:
    return ".4f" if value == 0 or 1e-4 <= abs(value) < 1e5 else ".2e"


def _known(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
