"""What is seen of the trainings while they run: plain lines, or a table redrawn in place."""

import dataclasses
import itertools
import math
import time
from collections.abc import Sequence
from typing import Literal, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

SECONDS_BETWEEN_UPDATES = 0.25

State = Literal["waiting", "training", "done", "failed", "stopped"]

_COLUMNS = ("epoch", "step", "rate", "loss", "accuracy", "test acc.", "images/s", "time left")
_LESS_NEEDED = ("accuracy", "images/s", "step")  # In a narrow terminal they go, in this order.
_STYLES = {"waiting": "dim", "training": "bold", "failed": "red", "stopped": "yellow"}


@dataclasses.dataclass
class Line:
    """Where the training under one schedule stands; NaN where unknown.

    Attributes:
        name: Name of the schedule's row.
        seed: Seed of the training, or None where there is one seed only.
        state: What has become of it.
        epoch: Current epoch, from 1.
        epochs: Epochs of the training.
        step: Updates made.
        total_steps: Updates of the whole training.
        rate: Learning rate of a recent update.
        loss: Mean training loss of the epoch so far.
        accuracy: Training accuracy of the epoch so far.
        test_accuracy: At the end of the last whole epoch.
        images_per_second: Trained on, in this epoch so far.
        seconds_left: Until this training ends.
    """

    name: str
    seed: int | None = None
    state: State = "waiting"
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    total_steps: int = 0
    rate: float = math.nan
    loss: float = math.nan
    accuracy: float = math.nan
    test_accuracy: float = math.nan
    images_per_second: float = math.nan
    seconds_left: float = math.nan

    @property
    def title(self) -> str:
        """The name, and the seed where there are several."""
        return self.name if self.seed is None else f"{self.name} seed {self.seed}"

    def cells(self) -> list[str]:
        """Return what stands in the columns from `epoch` to `time left`."""
        return [
            f"{self.epoch}/{self.epochs}" if self.epochs else "",
            f"{self.step}/{self.total_steps}" if self.total_steps else "",
            _known(self.rate, ".2e"),
            _known(self.loss, ".4f"),
            _known(self.accuracy, ".4f"),
            _known(self.test_accuracy, ".4f"),
            _known(self.images_per_second, ",.0f"),
            self._time(),
        ]

    def _time(self) -> str:
        if self.state != "training":
            return self.state
        return duration(self.seconds_left) if math.isfinite(self.seconds_left) else ""


class Progress:
    """Prints a plain line at the end of each epoch. Use it as a context manager.

    Args:
        console: Where to print.
    """

    def __init__(self, console: Console) -> None:
        self.console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Show changes no longer. May be called twice."""

    def is_due(self) -> bool:
        """Say whether a changed line would be shown now; cheap, to be asked at each step."""
        return False

    def update(self, line: Line) -> None:
        """Take a line that has changed."""

    def end_epoch(self, line: Line) -> None:
        """Show a line at the end of an epoch."""
        words = zip(_COLUMNS, line.cells(), strict=True)
        self.say("  ".join([line.title, *(f"{name} {cell}" for name, cell in words if cell)]))

    def skip(self, line: Line) -> None:
        """Show the line of a training that was done before."""
        self.say(f"{line.title}  was done before")

    def say(self, words: str) -> None:
        """Print a line of text."""
        self.console.print(words, markup=False, highlight=False, soft_wrap=True)


class LiveProgress(Progress):
    """Redraws a table with a line for each schedule, a few times a second.

    Args:
        console: The terminal.
        names: The schedules, in the order of their lines.
    """

    def __init__(self, console: Console, names: Sequence[str]) -> None:
        super().__init__(console)
        self._lines = {name: Line(name) for name in names}
        self._live = Live(console=console, auto_refresh=False)
        self._next_draw = -math.inf

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def stop(self) -> None:
        """Leave the table as it is."""
        if self._live.is_started:
            self._draw()
            self._live.stop()

    def is_due(self) -> bool:
        """Say whether the table may be redrawn."""
        return time.monotonic() >= self._next_draw

    def update(self, line: Line) -> None:
        """Redraw the table with a line that has changed."""
        self._lines[line.name] = dataclasses.replace(line)
        self._draw()

    def end_epoch(self, line: Line) -> None:
        """Redraw the table at the end of an epoch."""
        self.update(line)

    def skip(self, line: Line) -> None:
        """Redraw the table with a line that will not change."""
        self.update(line)

    def _draw(self) -> None:
        table = _fitting_table(self._live.console, list(self._lines.values()))
        self._live.update(table, refresh=True)
        self._next_draw = time.monotonic() + SECONDS_BETWEEN_UPDATES


def duration(seconds: float) -> str:
    """Return a time as minutes and seconds.

    Example:
        >>> duration(61.4), duration(3601)
        ('1:01', '1:00:01')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _known(value: float, form: str) -> str:
    return "" if math.isnan(value) else format(value, form)


def _fitting_table(console: Console, lines: Sequence[Line]) -> Table:
    """Return the table, in a narrow terminal closer together and with fewer columns."""
    tables = [_table(lines, is_tight=False)]
    for count in range(len(_LESS_NEEDED) + 1):
        tables.append(_table(lines, is_tight=True, left_out=_LESS_NEEDED[:count]))
    return next((each for each in tables if _fits(console, each)), tables[-1])


def _fits(console: Console, table: Table) -> bool:
    unlimited = console.options.update(width=10_000)
    return console.measure(table, options=unlimited).maximum <= console.width


def _table(lines: Sequence[Line], *, is_tight: bool, left_out: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=is_tight)
    table.add_column("schedule", no_wrap=True)
    kept = [name not in left_out for name in _COLUMNS]
    for name in itertools.compress(_COLUMNS, kept):
        table.add_column(name.replace(" ", "\n"), justify="right", no_wrap=True)
    for line in lines:
        cells = itertools.compress(line.cells(), kept)
        table.add_row(Text(line.title), *cells, style=_STYLES.get(line.state))
    return table
