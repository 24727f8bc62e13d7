"""What `lr-tb mnist` does once its names and its folder are checked."""

import contextlib
import functools
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lr_tb import mnist
from lr_tb.cli import report
from lr_tb.cli.begin import begin, check_data, locked
from lr_tb.cli.begun import Begun, Settings
from lr_tb.cli.board import Board
from lr_tb.cli.builtin import Chosen
from lr_tb.cli.errors import DONE, FAILED, INTERRUPTED, UsageError
from lr_tb.cli.groups import Horizon, build_groups
from lr_tb.cli.progress import LiveProgress, Progress
from lr_tb.cli.session import Outcome, train_all
from lr_tb.cli.train import Group

_IMAGES_OF_MNIST = 60_000
_WIDTH_OF_A_FILE = 150
_PROFILED = (11, 30)  # Twenty steps, after those that trace and compile.


def run(
    settings: Settings,
    chosen: Sequence[Chosen],
    *,
    logdir: Path,
    begun: Begun | None,
    has_board: bool,
) -> int:
    """Train, print the table and, on a terminal, stay until TensorBoard is ended.

    Args:
        settings: What was asked for.
        chosen: The schedules.
        logdir: Folder of all run groups.
        begun: What to go on with, or None.
        has_board: Whether to start TensorBoard.

    Returns:
        Exit status.

    Raises:
        UsageError: A spec or the data cannot be read, or it is not what was begun; nothing
            was trained.
    """
    for one in chosen:  # A slip in a spec shows before the data is loaded.
        _horizon(settings, _IMAGES_OF_MNIST).schedule(one)
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else _WIDTH_OF_A_FILE)
    with contextlib.ExitStack() as stack:
        board = stack.enter_context(Board(logdir)) if has_board else None
        data = _load(settings.data)
        if begun:
            check_data(begun, data, logdir)
        outcome = _train(settings, chosen, logdir, begun, data, console, board)
        _report(logdir, data, outcome, console)
        if board and is_terminal and not outcome.is_interrupted and board.is_up():
            console.print(f"{board.announcement()} (Ctrl-C to quit)", highlight=False)
            board.wait()
    return _status(outcome)


def _horizon(settings: Settings, images: int) -> Horizon:
    return Horizon(images, settings.batch_size, settings.epochs)


def _load(source: str) -> mnist.Dataset:
    try:
        return mnist.load_data(source)
    except (ConnectionError, ValueError) as error:
        raise UsageError(str(error)) from error


def _train(
    settings: Settings,
    chosen: Sequence[Chosen],
    logdir: Path,
    begun: Begun | None,
    data: mnist.Dataset,
    console: Console,
    board: Board | None,
) -> Outcome:
    horizon = _horizon(settings, len(data.x_train))
    build = functools.partial(
        build_groups, chosen, horizon, seeds=settings.seeds, logdir=logdir, note=data.note
    )
    groups = build(peak=begun.peak if begun else None)
    names = [one.name for one in chosen]
    progress = LiveProgress(console, names) if console.is_terminal else Progress(console)
    with locked(logdir):
        progress.say(_headline(groups, horizon, data))
        if board:
            progress.say(board.announcement())
        if begun is None and (peak := begin(settings, data, horizon, logdir, progress.say)):
            groups = build(peak=peak)
        with progress:
            return train_all(groups, data, horizon, progress, _profiled(settings, horizon))


def _headline(groups: Sequence[Group], horizon: Horizon, data: mnist.Dataset) -> str:
    reason = f" ({data.reason})" if data.reason else ""
    return (
        f"{len(groups)} trainings of {horizon.epochs} epochs, {horizon.steps_per_epoch} steps of "
        f"{horizon.batch_size} images each, on {data.name}{reason}"
    )


def _profiled(settings: Settings, horizon: Horizon) -> int | tuple[int, int]:
    if not settings.profile:
        return 0
    first, last = _PROFILED
    return min(first, horizon.total_steps), min(last, horizon.total_steps)


def _report(logdir: Path, data: mnist.Dataset, outcome: Outcome, console: Console) -> None:
    """Print the table, what went wrong, the data and how to look at the curves."""
    words = [f"Failed: {failure}" for failure in outcome.failures]
    try:
        report.print_table(
            logdir,
            metric="val_accuracy",
            metric_label="test accuracy",
            examples="images",
            console=console,
        )
    except UsageError:
        words.append("No training came to the end of an epoch, so there is no table.")
    folder = shlex.quote(str(logdir))
    if outcome.is_interrupted:
        words.append("Stopped by Ctrl-C. What was logged is kept.")
        words.append(f"Go on with: lr-tb mnist --resume --logdir {folder}")
    if not data.note:  # With a note the table says so.
        words.append(f"Data: {data.name}.")
    words.append(f"See them: tensorboard --logdir {folder}")
    console.print("\n".join(words), markup=False, highlight=False, soft_wrap=True)


def _status(outcome: Outcome) -> int:
    if outcome.is_interrupted:
        return INTERRUPTED
    return FAILED if outcome.failures else DONE
