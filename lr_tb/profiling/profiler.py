"""The framework's profiler: one at a time in a process, and its step markers."""

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import keras


class Capture:
    """A running capture, from its making to `save`.

    Args:
        train_dir: Folder of the training run; the capture goes below it.

    Raises:
        RuntimeError: The backend has no profiler.
        Exception: Whatever the framework raises, where a profiler is running already.
    """

    def __init__(self, train_dir: Path) -> None:
        plugins = train_dir / "plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        self._captures = plugins / "profile"
        self._staging = Path(tempfile.mkdtemp(prefix=".capture-", dir=plugins))
        try:
            _start(self._staging)
        except BaseException:
            shutil.rmtree(self._staging)
            raise

    def save(self) -> Path:
        """Stop the profiler and return the folder that holds the capture.

        Frameworks name a capture after the second it ends in, and one that ends in the
        same second overwrites it. Ours has the microsecond in its name.
        """
        try:
            _stop()
            self._captures.mkdir(exist_ok=True)
            made = next(self._staging.glob("plugins/profile/*"), None)
            if made is None:
                raise RuntimeError("the profiler wrote nothing")
            microseconds = time.time_ns() // 1000 % 10**6
            return made.rename(self._captures / f"{made.name}_{microseconds:06d}")
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)


class StepMarker:
    """Marks one execution in a capture, from its making to `end`, as xprof's tools expect it.

    Args:
        step: The optimizer's step at which the execution begins.
    """

    def __init__(self, step: int) -> None:
        if keras.backend.backend() == "jax":
            profiler = sys.modules["jax"].profiler
            self._trace = profiler.StepTraceAnnotation("train", step_num=step)
        else:
            profiler = sys.modules["tensorflow"].profiler.experimental
            self._trace = profiler.Trace("train", step_num=step, _r=1)
        self._trace.__enter__()

    def end(self, steps: int) -> None:
        """End the execution.

        Args:
            steps: Its number of steps, 0 for one that was broken off.
        """
        self._trace.set_metadata(steps=steps)
        self._trace.__exit__(None, None, None)


def _start(folder: Path) -> None:
    backend = keras.backend.backend()
    if backend == "jax":
        profiler: Any = sys.modules["jax"].profiler
        options = profiler.ProfileOptions()
        options.python_tracer_level = 0  # Tracing each Python call would slow the steps.
        profiler.start_trace(str(folder), profiler_options=options)
    elif backend == "tensorflow":
        sys.modules["tensorflow"].profiler.experimental.start(str(folder))
    else:
        raise RuntimeError(f"lr_tb knows no profiler for the backend {backend!r}")


def _stop() -> None:
    if keras.backend.backend() == "jax":
        sys.modules["jax"].profiler.stop_trace()
    else:
        sys.modules["tensorflow"].profiler.experimental.stop()
