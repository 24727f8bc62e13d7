"""`lr-tb mnist`: train the built-in experiment under several schedules."""

import argparse
import os
from pathlib import Path

from lr_tb.cli.arguments import folder, positive
from lr_tb.cli.begun import Begun, Settings
from lr_tb.cli.builtin import BUILTIN, choose
from lr_tb.cli.errors import UsageError
from lr_tb.cli.folders import holds_trainings
from lr_tb.cli.quiet import import_quietly

_CHIEF = "KERASTUNER_ORACLE_IP"  # Where it is set, KerasTuner makes a process chief or worker.


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
    add("--epochs", type=positive, help="of each training (default: 5)")
    add("--batch-size", type=positive, help="images in a step (default: 128)")
    add("--seeds", type=positive, help="trainings under each (default: 1)")
    add(
        "--logdir",
        type=folder,
        default=Path("logs/mnist"),
        help="where to log (default: logs/mnist)",
    )
    add(
        "--resume",
        action="store_true",
        help="go on with the trainings in --logdir where they were broken off",
    )
    add(
        "--data",
        metavar="auto|mnist|synthetic|PATH.npz",
        help="digits to train on (default: auto, MNIST or, where it cannot be had, drawn ones)",
    )
    add(
        "--find",
        action="store_true",
        default=None,
        help="choose the peak rate of the built-in schedules by a range test",
    )
    add(
        "--profile",
        action="store_true",
        default=None,
        help="profile 20 steps under each schedule",
    )
    add("--tensorboard", action="store_true", help="start TensorBoard on --logdir")


def run(arguments: argparse.Namespace) -> int:
    """Check what can be checked at once, then train; return the exit status.

    Raises:
        UsageError: What was asked for cannot be done; nothing was trained.
    """
    _refuse_distributed()
    logdir = arguments.logdir
    if logdir.exists() and not logdir.is_dir():
        raise UsageError(f"--logdir must be a folder. Received: {str(logdir)!r}, a file.")
    begun = Begun.load(logdir) if arguments.resume else None
    settings = begun.resumed(arguments) if begun else Settings.of(arguments)
    chosen = choose(settings.schedule)
    if settings.find and not any(one.peak for one in chosen):
        raise UsageError("--find must have a built-in schedule whose peak rate it can choose.")
    if begun is None:
        _refuse_used(logdir)
    # Same seed, same numbers. TensorFlow reads this when it is loaded.
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")
    experiment = import_quietly("lr_tb.cli.experiment")
    return int(
        experiment.run(
            settings, chosen, logdir=logdir, begun=begun, has_board=arguments.tensorboard
        )
    )


def _refuse_distributed() -> None:
    if _CHIEF in os.environ:
        raise UsageError(
            f"{_CHIEF} must not be set: lr-tb mnist trains alone. Received: "
            f"{os.environ[_CHIEF]!r}. Unset it, or search on several machines with "
            "lr_tb.ScheduleTuner."
        )


def _refuse_used(logdir: Path) -> None:
    if holds_trainings(logdir):
        raise UsageError(
            f"--logdir must hold no runs, but {str(logdir)!r} does. Go on with them with "
            "--resume, or give another folder with --logdir."
        )
