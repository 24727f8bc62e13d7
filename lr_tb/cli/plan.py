"""`lr-tb plan`: the planned curves of schedules, without training."""

import argparse
import shlex
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lr_tb.cli import names
from lr_tb.cli.arguments import folder, positive
from lr_tb.cli.errors import DONE, UsageError
from lr_tb.cli.folders import holds_trainings
from lr_tb.cli.quiet import import_quietly


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `lr-tb plan`."""
    add = parser.add_argument
    add("schedules", nargs="+", metavar="NAME=SPEC", help="a name and the schedule in Keras code")
    add("--total-steps", type=positive, required=True, metavar="N", help="steps of the training")
    add("--steps-per-epoch", type=positive, metavar="M", help="steps in an epoch")
    add("--logdir", type=folder, required=True, metavar="DIR", help="where to write the plans")


def run(arguments: argparse.Namespace) -> int:
    """Write the plans and say what they are; return the exit status.

    Raises:
        UsageError: A spec cannot be read, the folder cannot be written, or a name
            already stands for a training.
    """
    specs = [names.split(item) for item in arguments.schedules]
    names.refuse_repeated([name for name, _ in specs])
    for name, _ in specs:
        if holds_trainings(arguments.logdir / name):
            raise UsageError(f"{name!r} was trained in {str(arguments.logdir)!r}. Take another.")
    plans = _write(specs, arguments)
    _print(plans.values(), Console())
    print(f"See them: tensorboard --logdir {shlex.quote(str(arguments.logdir))}")
    return DONE


def _write(specs: list[tuple[str, str]], arguments: argparse.Namespace) -> dict[str, Any]:
    plan = import_quietly("lr_tb.plan")
    length = {
        "total_steps": arguments.total_steps,
        "steps_per_epoch": arguments.steps_per_epoch,
    }
    schedules = {name: _schedule(name, spec, length) for name, spec in specs}
    try:
        return plan.log_plans(arguments.logdir, schedules, **length)
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error


def _schedule(name: str, spec: str, length: dict[str, Any]) -> Any:
    try:
        return import_quietly("lr_tb.schedules").from_spec(spec, **length)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name}: {error}") from error


def _print(plans: Iterable[Any], console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for header in ("name", "schedule"):
        table.add_column(header)
    for header in ("first rate", "highest", "at step", "last rate"):
        table.add_column(header, justify="right")
    for plan in plans:
        peak = int(plan.rates.argmax())
        first, highest, last = (f"{plan.rates[i]:.3g}" for i in (0, peak, -1))
        step = str(plan.steps[peak])
        table.add_row(Text(plan.name), Text(plan.schedule), first, highest, step, last)
    console.print(table)
