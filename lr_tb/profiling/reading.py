"""Where the time of profiled steps went, read back from a profiler's capture.

A capture lies in `<log_dir>/train/plugins/profile/<time>/`; `LearningRateMonitor` takes one
with `profile_batch=...`. Neither TensorFlow nor xprof is needed to read it.
"""

import dataclasses
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from lr_tb.profiling.xspace import find_events, integers_of, read_planes
from lr_tb.records import StepTime

__all__ = ["StepTime", "step_times"]

_MARKER, _INPUT, _COMPILING, _KERNEL = "marker", "input", "compiling", "kernel"
_COMPILERS = (
    "tf.function-graph_building",
    "trace_to_jaxpr",
    "lower_sharding_computation",
    "backend_compile",
)
_COPIES = ("Memcpy", "Memset", "Memory", "HostRegister", "HostUnregister")


def step_times(capture_dir: str | os.PathLike[str]) -> list[StepTime]:
    """Return where the time of each profiled execution went.

    An execution is the time between begin and end of a step marker: a trace event whose
    name begins with `train` and that has a `step_num`, as the monitor sets them (and as
    `jax.profiler.StepTraceAnnotation("train", step_num=n)` does).

    - `wall_ms`: from the marker's begin to its end.
    - `device_ms`: how long at least one GPU computed in that time. Kernels that ran at
      once, on several streams or GPUs, count once; copies do not count. What a step has
      launched counts where it ran: a kernel that runs on into the next step counts for
      each of them with its part, so that `device_ms <= wall_ms` always holds. NaN in a
      capture without a GPU.
    - `input_ms`: how long the step waited for `tf.data` to hand over a batch. NaN in a
      capture in which nothing did, such as one of JAX fed with arrays.
    - `compile_ms`: how long tracing and compilation ran; 0 in a step that was compiled
      before.

    Args:
        capture_dir: Folder of one capture, such as
            `"logs/cosine/train/plugins/profile/2026_11_24_10_00_00_000000"`. It is only
            read.

    Returns:
        A row for each execution, in the order of the steps; none where the capture has no
        step markers. Where several hosts wrote into the folder, the rows of each.

    Raises:
        ValueError: The folder has no `.xplane.pb` file, or a broken one.

    Example:
        >>> step_times("logs")
        Traceback (most recent call last):
        ValueError: `capture_dir` must be a folder with an .xplane.pb file. Received: \
capture_dir='logs'. Captures lie in <log_dir>/train/plugins/profile/<time>.
    """
    files = sorted(Path(capture_dir).glob("*.xplane.pb"))
    if not files:
        raise ValueError(
            "`capture_dir` must be a folder with an .xplane.pb file. "
            f"Received: capture_dir={os.fspath(capture_dir)!r}. "
            "Captures lie in <log_dir>/train/plugins/profile/<time>."
        )
    rows = [row for file in files for row in _Host(read_planes(file)).rows()]
    return sorted(rows, key=lambda row: row.step)


class _Host:
    """What one host's file tells: its step markers, and when something else went on."""

    def __init__(self, planes: list[Any]) -> None:
        self._rows: list[StepTime] = []
        self._windows: list[tuple[int, int]] = []
        self._spans: dict[str, list[tuple[int, int]]] = {_INPUT: [], _COMPILING: [], _KERNEL: []}
        self._has_gpu = False
        for plane in planes:
            if plane.name.startswith("/host:"):
                self._add_threads(plane)
            elif plane.name.startswith("/device:GPU:"):
                self._add_gpu(plane)

    def rows(self) -> list[StepTime]:
        """Return a row for each execution that came to its end."""
        device = self._within(_KERNEL, is_known=self._has_gpu)
        waited = self._within(_INPUT, is_known=bool(self._spans[_INPUT]))
        compiled = self._within(_COMPILING, is_known=True)
        return [
            dataclasses.replace(row, device_ms=device_ms, input_ms=input_ms, compile_ms=compile_ms)
            for row, device_ms, input_ms, compile_ms in zip(
                self._rows, device, waited, compiled, strict=True
            )
            if row.steps
        ]

    def _add_threads(self, plane: Any) -> None:
        for kind, begin, end, event in find_events(plane, _kind_on_host):
            if kind != _MARKER:
                self._spans[kind].append((begin, end))
                continue
            values = integers_of(plane, event)
            if "step_num" in values:
                step, steps = values["step_num"], values.get("steps", 1)
                self._rows.append(StepTime(step=step, steps=steps, wall_ms=(end - begin) / 1e9))
                self._windows.append((begin, end))

    def _add_gpu(self, plane: Any) -> None:
        self._has_gpu |= any(_is_stream(line.name) for line in plane.lines)
        kernels = find_events(plane, _kind_on_gpu, _is_stream)
        self._spans[_KERNEL] += [(begin, end) for _, begin, end, _ in kernels]

    def _within(self, kind: str, *, is_known: bool) -> list[float]:
        """Return how many milliseconds of each execution something went on."""
        if not is_known:
            return [math.nan] * len(self._windows)
        return _covered(self._windows, self._spans[kind]).tolist()


def _kind_on_host(name: str) -> str | None:
    if name.startswith("train"):
        return _MARKER
    if name.startswith("IteratorGetNext"):
        return _INPUT
    if name.startswith(_COMPILERS) or "Compiler::" in name or "::Compile" in name:
        return _COMPILING
    return None


def _kind_on_gpu(name: str) -> str | None:
    return None if name.startswith(_COPIES) else _KERNEL


def _is_stream(line: str) -> bool:
    """Whether kernels run there; other lines repeat them under the names of operations."""
    return line.startswith("Stream #")


def _covered(windows: list[tuple[int, int]], intervals: list[tuple[int, int]]) -> np.ndarray:
    """Return how much of each window the union of the intervals covers, in milliseconds."""
    if not windows or not intervals:
        return np.zeros(len(windows))
    origin = min(begin for begin, _ in windows)
    begins, ends = np.array([(b - origin, e - origin) for b, e in sorted(intervals)], float).T
    ends = np.maximum.accumulate(ends)
    begins[1:] = np.maximum(begins[1:], ends[:-1])
    edges = np.column_stack([begins, ends]).ravel()
    total = np.cumsum(ends - begins)
    covered = np.column_stack([total - (ends - begins), total]).ravel()
    relative = np.array([(begin - origin, end - origin) for begin, end in windows], float)
    return np.diff(np.interp(relative, edges, covered)).ravel() / 1e9
