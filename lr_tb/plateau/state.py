"""What a plateau callback remembers from one process to the next."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, Self

from lr_tb.schedules import checks

_VERSION = 1


@dataclasses.dataclass(frozen=True)
class PlateauState:
    """What decides when the rate is reduced next, and by how much it has been.

    Attributes:
        factors: Of each optimizer in turn, 1.0 where the rate itself was assigned.
        best: Best value of the metric, or None before the first.
        wait: Epochs without improvement.
        cooldown: Epochs left in which none are counted.
    """

    factors: list[float]
    best: float | None
    wait: int
    cooldown: int

    def save(self, path: Path) -> None:
        """Write the state as JSON, so that a crash leaves the old file or the new one.

        Raises:
            OSError: The file cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.part")
        unfinished.write_text(json.dumps({"version": _VERSION, **dataclasses.asdict(self)}))
        os.replace(unfinished, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the state.

        Raises:
            ValueError: The file holds something else.
            OSError: The file cannot be read.
        """
        try:
            return cls._of(json.loads(path.read_text()))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            advice = f"Delete it to start afresh ({error!r})."
            requirement = f"be a file that version {_VERSION} of ReduceLROnPlateau wrote"
            raise checks.error("state_path", requirement, str(path), advice) from error

    @classmethod
    def _of(cls, stored: dict[str, Any]) -> Self:
        if stored["version"] != _VERSION:
            raise ValueError(f"version {stored['version']!r}")
        best = stored["best"]
        return cls(
            factors=[_factor(value) for value in stored["factors"]],
            best=None if best is None else float(best),
            wait=_count(stored["wait"]),
            cooldown=_count(stored["cooldown"]),
        )


def _factor(value: Any) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"factor {value!r}")
    return float(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"number of epochs {value!r}")
    return value
