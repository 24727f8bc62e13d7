"""The three event files of a run group, written so that no failure stops a training."""

import contextlib
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from lr_tb.events import EventWriter
from lr_tb.lock import DirectoryInUseError, DirectoryLock
from lr_tb.records import TRAIN, VALIDATION, Record

FLUSH_SECONDS = 2.0


class GroupWriter:
    """Writes the records and scalars of one run group while one fit lasts.

    What goes wrong here (a full disk, a folder that vanished) is told once, naming
    the folder; after that nothing more is written and the training goes on.

    Args:
        directory: Folder of the group.
        fit: What the callbacks of one fit share; see `DirectoryLock`.

    Raises:
        DirectoryInUseError: Another monitor writes there.
    """

    def __init__(self, directory: Path, fit: Any) -> None:
        self._directory = directory
        self._lock: DirectoryLock | None = None
        self._broken = False
        self._flushed = time.monotonic()
        self._records = EventWriter(directory, starts_session=False)
        self._train = EventWriter(directory / TRAIN, starts_session=True)
        self._validation = EventWriter(directory / VALIDATION, starts_session=True)
        self.attempt(lambda: self._acquire(fit))

    def add_record(self, record: Record, optimizer: str | None = None) -> None:
        """Write a record into the group's own run."""
        self.attempt(lambda: self._records.add_record(record, optimizer))

    def add_summary(self, summary: Message) -> None:
        """Write a summary of another plugin into the group's own run."""
        self.attempt(lambda: self._records.add_summary(summary))

    def add_train(self, step: int, values: Mapping[str, float], wall_time: float) -> None:
        """Write training scalars. Left to the caller: `attempt`, once for many steps."""
        self._train.add_scalars(step, values, wall_time)

    def add_validation(self, step: int, values: Mapping[str, float], wall_time: float) -> None:
        """Write validation scalars. Left to the caller: `attempt`."""
        self._validation.add_scalars(step, values, wall_time)

    def attempt(self, write: Callable[[], None]) -> None:
        """Call `write`; should it fail, warn once and write nothing more."""
        if self._broken:
            return
        try:
            write()
        except DirectoryInUseError:
            raise
        except Exception as error:  # An observer must never stop a training.
            self._broken = True
            warnings.warn(
                f"lr_tb stops logging to {str(self._directory)!r}: {error!r}. "
                "The training goes on; what was written before stays.",
                RuntimeWarning,
                stacklevel=2,
            )

    def is_due(self, step_seconds: float) -> bool:
        """Whether to flush now, so that nothing waits longer than two seconds.

        Args:
            step_seconds: How long the next step will take.
        """
        return time.monotonic() - self._flushed + step_seconds >= FLUSH_SECONDS

    def flush(self) -> None:
        """Hand everything to the operating system: TensorBoard sees it."""
        self._flushed = time.monotonic()
        for writer in self._writers:
            self.attempt(writer.flush)

    def close(self) -> None:
        """Close the files and let the folder go. May be called twice."""
        for writer in self._writers:
            self.attempt(writer.close)
            with contextlib.suppress(OSError):  # Once broken, it was told before.
                writer.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    @property
    def _writers(self) -> tuple[EventWriter, ...]:
        return self._records, self._train, self._validation

    def _acquire(self, fit: Any) -> None:
        self._lock = DirectoryLock(self._directory, fit)
