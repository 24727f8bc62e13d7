"""What `lr-tb mnist` was begun with, kept in its folder so that `--resume` can go on."""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any, Self

from lr_tb.cli.builtin import BUILTIN
from lr_tb.cli.errors import UsageError

_VERSION = 2
_FOLDER = ".lr_tb"  # TensorBoard shows nothing of it: it holds no event files.
_FILE = "mnist.json"


@dataclasses.dataclass(frozen=True)
class Settings:
    """What decides on the numbers that come out.

    Attributes:
        schedule: Each the name of a built-in schedule or `NAME=SPEC`.
        epochs: Of each training.
        batch_size: Images in a step.
        seeds: Trainings under each schedule.
        data: Where the digits come from, as `lr_tb.mnist.load_data` takes it.
        find: Whether a range test chooses the peak rate.
        profile: Whether to profile a training under each schedule.
    """

    schedule: list[str] = dataclasses.field(default_factory=lambda: list(BUILTIN))
    epochs: int = 5
    batch_size: int = 128
    seeds: int = 1
    data: str = "auto"
    find: bool = False
    profile: bool = False

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        """Return the settings of a command line; what it does not name is as by default."""
        return cls(**_given(arguments))


@dataclasses.dataclass(frozen=True)
class Begun:
    """A comparison that has begun.

    Attributes:
        settings: What was asked for.
        data: What the digits are.
        checksum: Of the digits.
        peak: Highest rate of the built-in schedules that a range test has chosen, or None.
    """

    settings: Settings
    data: str
    checksum: int
    peak: float | None = None

    @classmethod
    def load(cls, logdir: Path) -> Self:
        """Read what was begun in a folder.

        Raises:
            UsageError: Nothing was, or another version of lr_tb has written it.
        """
        file = state_file(logdir)
        try:
            return cls._of(json.loads(file.read_text()))
        except FileNotFoundError:
            raise UsageError(
                f"--resume must find trainings of lr-tb mnist in --logdir, but {str(logdir)!r} "
                "holds none. Begin them without --resume."
            ) from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UsageError(
                f"{str(file)!r} must be readable to --resume. Received: {error!r}. "
                "Give another folder with --logdir, without --resume."
            ) from error

    @classmethod
    def _of(cls, stored: dict[str, Any]) -> Self:
        if stored.pop("version") != _VERSION:
            raise ValueError("written by another version of lr_tb")
        return cls(**stored | {"settings": Settings(**stored["settings"])})

    def to_json(self) -> str:
        """Return what `load` reads."""
        return json.dumps({"version": _VERSION, **dataclasses.asdict(self)}, indent=1)

    def resumed(self, arguments: argparse.Namespace) -> Settings:
        """Return the settings to go on with: the first ones, which a command line may repeat.

        The digits may come from elsewhere, as long as they are the same.

        Raises:
            UsageError: The command line asks for something else.
        """
        given = _given(arguments)
        data = given.pop("data", self.settings.data)
        for name, value in given.items():
            if value != getattr(self.settings, name):
                raise UsageError(
                    f"--{name.replace('_', '-')} must be what the trainings in "
                    f"{str(arguments.logdir)!r} were begun with: "
                    f"{_words(getattr(self.settings, name))}. Received: {_words(value)}. Leave "
                    "it out, or begin others in another folder, without --resume."
                )
        return dataclasses.replace(self.settings, data=data)


def state_folder(logdir: Path) -> Path:
    """Return the folder of what it takes to go on."""
    return logdir / _FOLDER


def state_file(logdir: Path) -> Path:
    """Return the file that `Begun.load` reads."""
    return state_folder(logdir) / _FILE


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    names = (field.name for field in dataclasses.fields(Settings))
    found = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return " ".join(value) if isinstance(value, list) else str(value)
