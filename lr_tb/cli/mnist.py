"""`lr-tb mnist`: train the built-in experiment under several schedules."""

import argparse
import os
from pathlib import Path

from lr_tb.cli.arguments import folder, positive
from lr_tb.cli.builtin import BUILTIN, choose
from lr_tb.cli.errors import UsageError
from lr_tb.cli.folders import holds_trainings
from lr_tb.cli.quiet import import_quietly


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `lr-tb mnist`."""
    add = parser.add_argument
    add(
        "--schedule",
        nargs="+",
        action="extend",
        metavar="NAME|NAME=SPEC",
        help=f"built-in schedules or own ones (default: {' '.join(BUILTIN)})",
    )
    add("--epochs", type=positive, default=5, help="of each training (default: 5)")
    add("--batch-size", type=positive, default=128, help="images in a step (default: 128)")
    add("--seeds", type=positive, default=1, help="trainings under each (default: 1)")
    add(
        "--logdir",
        type=folder,
        default=Path("logs/mnist"),
        help="where to log (default: logs/mnist)",
    )
    add("--resume", action="store_true", help="go on with the trainings in --logdir")
    add(
        "--data",
        metavar="auto|mnist|synthetic|PATH.npz",
        default="auto",
        help="digits to train on (default: auto, MNIST or, where it cannot be had, drawn ones)",
    )
    add("--find", action="store_true", help="look for the peak rate of the built-in schedules")
    add("--profile", action="store_true", help="profile 20 steps of each training")
    add("--tensorboard", action="store_true", help="start TensorBoard on --logdir")


def run(arguments: argparse.Namespace) -> int:
    """Check what can be checked at once, then train; return the exit status.

    Raises:
        UsageError: What was asked for cannot be done; nothing was trained.
    """
    chosen = choose(arguments.schedule)
    _refuse_used(arguments.logdir, is_resumed=arguments.resume)
    # Same seed, same numbers. TensorFlow reads this when it is loaded.
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")
    return int(import_quietly("lr_tb.cli.experiment").run(arguments, chosen))


def _refuse_used(logdir: Path, *, is_resumed: bool) -> None:
    if is_resumed:
        raise UsageError("--resume is not there yet. Give another folder with --logdir.")
    if logdir.exists() and not logdir.is_dir():
        raise UsageError(f"--logdir must be a folder. Received: {str(logdir)!r}, a file.")
    if holds_trainings(logdir):
        raise UsageError(
            f"--logdir must hold no runs, but {str(logdir)!r} does. Go on with them with "
            "--resume, or give another folder with --logdir."
        )
