"""The live table shows what it must in any width."""

import pytest
from rich.console import Console

from lr_tb.cli.progress import Line, LiveProgress

_ALL = ["schedule", "epoch", "step", "rate", "loss", "accuracy", "acc.", "images/s", "left"]


def _drawn(width, *lines):
    """Return the last table that a terminal shows, line by line and split at spaces."""
    console = Console(
        width=width, force_terminal=True, color_system=None, record=True, file=_Sink()
    )
    with LiveProgress(console, [line.name for line in lines]) as progress:
        for line in lines:
            progress.update(line)
    shown = console.export_text().splitlines()
    return [text.rstrip() for text in shown[-len(lines) - 1 :]]


class _Sink:
    def write(self, text):
        return len(text)

    def flush(self):
        pass


def _line(**changes):
    values = {
        "state": "training",
        "epoch": 5,
        "epochs": 5,
        "step": 2345,
        "total_steps": 2345,
        "rate": 1e-3,
        "loss": 0.5,
        "accuracy": 0.875,
        "test_accuracy": 0.9375,
        "images_per_second": 12345.0,
        "seconds_left": 61.0,
    }
    return Line("cosine_restarts", **(values | changes))


@pytest.mark.parametrize(
    ("width", "missing"),
    [
        (120, []),
        (77, []),
        (76, ["accuracy"]),
        (68, ["accuracy"]),
        (67, ["accuracy", "images/s"]),
        (59, ["accuracy", "images/s"]),
        (58, ["accuracy", "images/s", "step"]),
    ],
)
def test_a_narrow_terminal_leaves_columns_out_and_shortens_none(width, missing):
    heading, row = _drawn(width, _line())

    assert [name for name in _ALL if name not in missing] == heading.split()
    assert "…" not in row
    cells = dict(zip(heading.split(), row.split(), strict=True))
    assert ("cosine_restarts", "1.00e-03", "1:01") == tuple(
        cells[name] for name in ("schedule", "rate", "left")
    )


def test_each_schedule_has_one_line_that_says_what_became_of_it():
    done = Line("done_one", state="done", test_accuracy=0.5)
    _, first, second, third = _drawn(100, _line(seed=1), done, Line("next_one"))

    assert first.startswith("cosine_restarts seed 1  ")
    assert ["done_one", "0.5000", "done"] == second.split()
    assert ["next_one", "waiting"] == third.split()
