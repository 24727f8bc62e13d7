"""What `lr-tb mnist` does once its names and its folder are checked."""

import argparse
import contextlib
import shlex
import sys
from collections.abc import Sequence

from rich.console import Console

from lr_tb import mnist
from lr_tb.cli import report
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


def run(arguments: argparse.Namespace, chosen: Sequence[Chosen]) -> int:
    """Train, print the table and, on a terminal, stay until TensorBoard is ended.

    Args:
        arguments: Those of `lr-tb mnist`.
        chosen: The schedules.

    Returns:
        Exit status.

    Raises:
        UsageError: A spec or the data cannot be read; nothing was trained.
    """
    for one in chosen:  # A slip in a spec shows before the data is loaded.
        _horizon(arguments, _IMAGES_OF_MNIST).schedule(one)
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else _WIDTH_OF_A_FILE)
    with contextlib.ExitStack() as stack:
        board = stack.enter_context(Board(arguments.logdir)) if arguments.tensorboard else None
        data = _load(arguments.data)
        outcome = _train(arguments, chosen, data, console, board)
        _report(arguments, data, outcome, console)
        if board and is_terminal and not outcome.is_interrupted and board.is_up():
            console.print(f"{board.announcement()} (Ctrl-C to quit)", highlight=False)
            board.wait()
    return _status(outcome)


def _horizon(arguments: argparse.Namespace, images: int) -> Horizon:
    return Horizon(images, arguments.batch_size, arguments.epochs)


def _load(source: str) -> mnist.Dataset:
    try:
        return mnist.load_data(source)
    except (ConnectionError, ValueError) as error:
        raise UsageError(str(error)) from error


def _train(
    arguments: argparse.Namespace,
    chosen: Sequence[Chosen],
    data: mnist.Dataset,
    console: Console,
    board: Board | None,
) -> Outcome:
    horizon = _horizon(arguments, len(data.x_train))
    groups = build_groups(
        chosen, horizon, seeds=arguments.seeds, logdir=arguments.logdir, note=data.note
    )
    names = [one.name for one in chosen]
    progress = LiveProgress(console, names) if console.is_terminal else Progress(console)
    progress.say(_headline(groups, horizon, data))
    if board:
        progress.say(board.announcement())
    with progress:
        return train_all(groups, data, horizon, progress, _profiled(arguments, horizon))


def _headline(groups: Sequence[Group], horizon: Horizon, data: mnist.Dataset) -> str:
    reason = f" ({data.reason})" if data.reason else ""
    return (
        f"{len(groups)} trainings of {horizon.epochs} epochs, {horizon.steps_per_epoch} steps of "
        f"{horizon.batch_size} images each, on {data.name}{reason}"
    )


def _profiled(arguments: argparse.Namespace, horizon: Horizon) -> int | tuple[int, int]:
    if not arguments.profile:
        return 0
    first, last = _PROFILED
    return min(first, horizon.total_steps), min(last, horizon.total_steps)


def _report(
    arguments: argparse.Namespace, data: mnist.Dataset, outcome: Outcome, console: Console
) -> None:
    """Print the table, what went wrong, the data and how to look at the curves."""
    words = [f"Failed: {failure}" for failure in outcome.failures]
    try:
        report.print_table(
            arguments.logdir,
            metric="val_accuracy",
            metric_label="test accuracy",
            examples="images",
            console=console,
        )
    except UsageError:
        words.append("No training came to the end of an epoch, so there is no table.")
    if outcome.is_interrupted:
        words.append("Stopped by Ctrl-C. What was logged is kept.")
    if not data.note:  # With a note the table says so.
        words.append(f"Data: {data.name}.")
    words.append(f"See them: tensorboard --logdir {shlex.quote(str(arguments.logdir))}")
    console.print("\n".join(words), markup=False, highlight=False, soft_wrap=True)


def _status(outcome: Outcome) -> int:
    if outcome.is_interrupted:
        return INTERRUPTED
    return FAILED if outcome.failures else DONE
