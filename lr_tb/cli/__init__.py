"""The command `lr-tb`: `main` picks the subcommand and imports only what that one needs."""

import argparse
import importlib
import sys
from collections.abc import Sequence

import lr_tb
from lr_tb.cli.errors import INTERRUPTED, USAGE, UsageError

_COMMANDS = {
    "mnist": "train the MNIST model under several learning-rate schedules",
    "plan": "draw the curves of schedules for TensorBoard, without training",
    "report": "say which schedule won, by how much and how fast",
    "doctor": "say what is installed, which device trains and what will not work",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command `lr-tb`.

    Args:
        argv: Arguments, without the program's name; `sys.argv[1:]` by default.

    Returns:
        Exit status: 0 done, 1 something failed, 2 usage, 130 Ctrl-C.

    Raises:
        SystemExit: For `--help` (status 0), and for arguments that argparse refuses (2).

    Example:
        >>> main(["mnist", "--schedule", "cosine=1e-3", "cosine=1e-2"])
        2
    """
    argv = sys.argv[1:] if argv is None else argv
    arguments = _parser(argv).parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except UsageError as error:
        print(f"lr-tb {arguments.command}: error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; of the subcommands only the one that `argv` names is imported."""
    parser = argparse.ArgumentParser(
        prog="lr-tb", description="Learning-rate schedules for Keras, seen in TensorBoard."
    )
    parser.add_argument("--version", action="version", version=f"lr_tb {lr_tb.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, what in _COMMANDS.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name in argv[:1]:
            module = importlib.import_module(f"{__name__}.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser
