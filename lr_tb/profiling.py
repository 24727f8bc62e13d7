"""Where the time of profiled steps went, read back from a profiler's capture.

A capture lies in `<log_dir>/train/plugins/profile/<time>/`; `LearningRateMonitor` takes one
with `profile_batch=...`. Neither TensorFlow nor xprof is needed to read it.
"""

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lr_tb.records import StepTime
from lr_tb.xspace import find_events, integers_of, read_planes

__all__ = ["StepTime", "step_times"]

_MARKER = "train"
_INPUT = ("IteratorGetNext",)
_COMPILING = (
    "tf.function-graph_building",
    "trace_to_jaxpr",
    "lower_sharding_computation",
    "backend_compile",
)
_COPYING = ("Memcpy", "Memset", "Memory", "HostRegister", "HostUnregister")


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
    rows = [row for file in files for row in _rows(read_planes(file))]
    return sorted(rows, key=lambda row: row.step)


def _rows(planes: list[Any]) -> list[StepTime]:
    hosts = [plane for plane in planes if plane.name.startswith("/host:")]
    gpus = [plane for plane in planes if plane.name.startswith("/device:GPU:")]
    found = [marker for plane in hosts for marker in _markers(plane)]
    windows = [(begin, end) for begin, end, _, _ in found]
    device = _covered(windows, _computing(gpus)) if _has_streams(gpus) else None
    waiting = _named(hosts, _is_input)
    waited = _covered(windows, waiting) if waiting else None
    compiled = _covered(windows, _named(hosts, _is_compiling))
    return [
        StepTime(
            step=step,
            steps=steps,
            wall_ms=(end - begin) / 1e9,
            device_ms=math.nan if device is None else float(device[index]),
            input_ms=math.nan if waited is None else float(waited[index]),
            compile_ms=float(compiled[index]),
        )
        for index, (begin, end, step, steps) in enumerate(found)
    ]


def _markers(plane: Any) -> list[tuple[int, int, int, int]]:
    """Return begin, end, step and number of steps of each execution that came to its end."""
    found = []
    for begin, end, event in find_events(plane, lambda name: name.startswith(_MARKER)):
        values = integers_of(plane, event)
        if "step_num" in values and values.get("steps", 1):
            found.append((begin, end, values["step_num"], values.get("steps", 1)))
    return found


def _has_streams(gpus: Iterable[Any]) -> bool:
    return any(_is_stream(line.name) for plane in gpus for line in plane.lines)


def _computing(gpus: Iterable[Any]) -> list[tuple[int, int]]:
    """Return when kernels ran; lines that are no streams repeat these under other names."""
    kernels = (find_events(plane, lambda name: not _is_copy(name), _is_stream) for plane in gpus)
    return [(begin, end) for events in kernels for begin, end, _ in events]


def _named(planes: Iterable[Any], is_wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
    return [(begin, end) for plane in planes for begin, end, _ in find_events(plane, is_wanted)]


def _is_stream(line: str) -> bool:
    return line.startswith("Stream #")


def _is_copy(name: str) -> bool:
    return name.startswith(_COPYING)


def _is_input(name: str) -> bool:
    return name.startswith(_INPUT)


def _is_compiling(name: str) -> bool:
    return name.startswith(_COMPILING) or "Compiler::" in name or "::Compile" in name


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
