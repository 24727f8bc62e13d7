"""What `lr-tb mnist` does once its names and its folder are checked."""

import contextlib
import dataclasses
import functools
import math
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from lr_tb import mnist
from lr_tb.cli.begin import begin, check_data, locked
from lr_tb.cli.begun import Begun, Settings
from lr_tb.cli.board import Board
from lr_tb.cli.builtin import Chosen
from lr_tb.cli.errors import DONE, FAILED, INTERRUPTED, UsageError
from lr_tb.cli.interrupt import Interrupt
from lr_tb.cli.methods import Method, build_methods, schedule_of
from lr_tb.cli.progress import LiveProgress, Progress
from lr_tb.cli.search import MnistTuner
from lr_tb.tuner.horizon import Horizon

_IMAGES_OF_MNIST = 60_000
_WIDTH_OF_A_FILE = 150
_PROFILED = (11, 30)  # Twenty steps, after those that trace and compile.


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of the trainings.

    Attributes:
        failures: Why trainings failed, by the name of their row.
        is_interrupted: Whether Ctrl-C ended them.
    """

    failures: dict[str, str]
    is_interrupted: bool


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
        schedule_of(one, _horizon(settings, _IMAGES_OF_MNIST))
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else _WIDTH_OF_A_FILE)
    with contextlib.ExitStack() as stack:
        board = stack.enter_context(Board(logdir)) if has_board else None
        data = _load(settings.data)
        if begun:
            check_data(begun, data, logdir)
        outcome = _train(settings, chosen, logdir, begun, data, console, board)
        _tell(logdir, data, outcome, console)
        if board and is_terminal and not outcome.is_interrupted and board.is_up():
            console.print(f"{board.announcement()} (Ctrl-C to quit)", highlight=False)
            board.wait()
    return _status(outcome)


def _horizon(settings: Settings, images: int) -> Horizon:
    steps_per_epoch = math.ceil(images / settings.batch_size)
    return Horizon(settings.epochs, steps_per_epoch, settings.batch_size)


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
    build = functools.partial(build_methods, chosen, horizon, note=data.note)
    methods = build(peak=begun.peak if begun else None)
    names = [one.name for one in chosen]
    progress = LiveProgress(console, names) if console.is_terminal else Progress(console)
    with locked(logdir):
        progress.say(_headline(len(methods) * settings.seeds, horizon, data))
        if board:
            progress.say(board.announcement())
        if begun is None and (peak := begin(settings, data, horizon, logdir, progress.say)):
            methods = build(peak=peak)
        with progress:
            return _search(methods, settings, logdir, data, progress)


def _search(
    methods: Sequence[Method],
    settings: Settings,
    logdir: Path,
    data: mnist.Dataset,
    progress: Progress,
) -> Outcome:
    with Interrupt() as interrupt, _refusals():
        tuner = MnistTuner(
            methods,
            logdir=logdir,
            images=len(data.x_train),
            seeds=settings.seeds,
            profile_batch=_profiled(settings, _horizon(settings, len(data.x_train))),
            progress=progress,
            interrupt=interrupt,
        )
        is_interrupted = _is_interrupted(tuner, settings, data)
    if not is_interrupted:  # Else the search has printed the table.
        tuner.results_summary()
    return Outcome(tuner.failures(), is_interrupted)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the tuner cannot go on with into what the command was used wrongly for."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from error


def _is_interrupted(tuner: MnistTuner, settings: Settings, data: mnist.Dataset) -> bool:
    """Train under each schedule, and say whether Ctrl-C has ended that."""
    try:
        tuner.search(
            data.x_train,
            data.y_train,
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            validation_data=(data.x_test, data.y_test),
            verbose=0,
        )
    except KeyboardInterrupt:
        return True
    return False


def _headline(trainings: int, horizon: Horizon, data: mnist.Dataset) -> str:
    reason = f" ({data.reason})" if data.reason else ""
    return (
        f"{trainings} trainings of {horizon.epochs} epochs, {horizon.steps_per_epoch} steps of "
        f"{horizon.batch_size} images each, on {data.name}{reason}"
    )


def _profiled(settings: Settings, horizon: Horizon) -> int | tuple[int, int]:
    if not settings.profile:
        return 0
    first, last = _PROFILED
    return min(first, horizon.total_steps), min(last, horizon.total_steps)


def _tell(logdir: Path, data: mnist.Dataset, outcome: Outcome, console: Console) -> None:
    """Print below the table what went wrong, the data and how to look at the curves."""
    words = [f"Failed: {name}: {reason}" for name, reason in outcome.failures.items()]
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
