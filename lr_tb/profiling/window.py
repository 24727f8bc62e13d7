"""The executions of a fit that are profiled, so that no failure stops a training."""

import numbers
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lr_tb.backend.device import device_name
from lr_tb.profiling import step_times
from lr_tb.profiling.profiler import Capture, StepMarker
from lr_tb.records import ProfileRecord
from lr_tb.schedules import checks


class ProfileWindow:
    """Profiles a range of the executions of one fit into one capture.

    Should another profiler be running, or ours fail, this is told once, and the training
    goes on without one. Once it `is_over`, it need not be told of executions.

    Args:
        executions: Which ones, counted from 1; an empty range for none.
        train_dir: Folder of the training run.
        log: Given the record, once the window is over and an execution has ended in it.

    Attributes:
        is_over: Whether nothing is left to profile.
    """

    def __init__(
        self, executions: range, train_dir: Path, log: Callable[[ProfileRecord], None]
    ) -> None:
        self._executions = executions
        self._train_dir = train_dir
        self._log = log
        self._begun = 0
        self.is_over = not executions
        self._capture: Capture | None = None
        self._marker: StepMarker | None = None

    def begin(self, step: int) -> None:
        """Begin an execution.

        Args:
            step: The optimizer's step.
        """
        if self._marker is not None:  # The input had run out: that execution never ended.
            self.end(0)
        self._begun += 1
        if self._begun in self._executions:
            self._attempt(lambda: self._begin(step))

    def end(self, steps: int) -> bool:
        """End an execution; True where it was profiled.

        Args:
            steps: Its number of steps.
        """
        if self._marker is None:
            return False
        self._attempt(lambda: self._end_marker(steps))
        if self._begun >= self._executions.stop - 1:
            self.close()
        return True

    def close(self) -> None:
        """Stop the profiler, where it runs, and keep what there is. May be called twice."""
        self.is_over = True
        capture, self._capture = self._capture, None
        if capture is not None:
            self._attempt(lambda: self._end_marker(0))
            self._attempt(lambda: self._save(capture))

    def _begin(self, step: int) -> None:
        if self._capture is None:
            self._capture = Capture(self._train_dir)
        self._marker = StepMarker(step)

    def _end_marker(self, steps: int) -> None:
        """End the execution that is under way; one of 0 steps was broken off."""
        marker, self._marker = self._marker, None
        if marker is not None:
            marker.end(steps)

    def _save(self, capture: Capture) -> None:
        folder = capture.save()
        rows = tuple(step_times(folder))
        if rows:
            self._log(ProfileRecord(capture=folder.name, device=device_name(), rows=rows))

    def _attempt(self, act: Callable[[], None]) -> None:
        """Do something that may fail; should it, say so and profile no more."""
        try:
            act()
        except Exception as error:  # An observer must never stop a training.
            self._executions = range(0)
            reason = str(error).removesuffix(".")
            warnings.warn(
                f"lr_tb stops profiling into {str(self._train_dir)!r}: {reason}. "
                "The training goes on.",
                RuntimeWarning,
                stacklevel=2,
            )


def profiled_executions(profile_batch: Any) -> range:
    """Return the executions that Keras' `profile_batch` means, counted from 1.

    Raises:
        TypeError: It is neither an integer nor a pair of them.
        ValueError: It is not 0, and not `0 < first <= last`.

    Example:
        >>> profiled_executions((10, 29)), profiled_executions(3), profiled_executions(0)
        (range(10, 30), range(3, 4), range(0, 0))
    """
    pair = profile_batch if isinstance(profile_batch, tuple | list) else (profile_batch,) * 2
    requirement = "be 0, an execution's number or a pair of them, 0 < first <= last"
    if len(pair) != 2 or not all(_is_integer(item) for item in pair):
        raise TypeError(checks.message("profile_batch", requirement, profile_batch))
    if not isinstance(profile_batch, tuple | list) and profile_batch == 0:
        return range(0)
    first, last = (int(item) for item in pair)
    if not 0 < first <= last:
        raise checks.error("profile_batch", requirement, profile_batch)
    return range(first, last + 1)


def _is_integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
