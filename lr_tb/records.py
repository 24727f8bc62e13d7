"""The contract: what is written into event files and how it is read back.

A run group is one training under one schedule. Its scalars are ordinary
TensorBoard scalars in the runs `<group>/train` and `<group>/validation`; what a
scalar cannot hold stands in *records*: one string tensor of shape `[]` with UTF-8
JSON, at step 0 of the group's own run. The last record of a tag counts.
"""

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import numpy as np

PLUGIN_NAME = "lr_tb"
VERSION = 1

TRAIN = "train"
VALIDATION = "validation"

STEP_LEARNING_RATE = "step/learning_rate"
STEP_LOSS = "step/loss"
STEP_TIME_MS = "step/step_time_ms"
EPOCH_LEARNING_RATE = "epoch/learning_rate"

PLAN_TAG = "lr_tb/plan"
STEP_TIMES_TAG = "lr_tb/step_times"
PROFILE_TAG = "lr_tb/profile"
FINDER_TAG = "lr_tb/finder"

Interpolation = Literal["linear", "previous"]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class PlanRecord:
    """A planned curve: the rate that a schedule gives at each step.

    Between its points the curve is a straight line (`interpolation="linear"`) or
    keeps the value of the point before (`"previous"`).

    Attributes:
        name: Name of the run group's row, such as `"cosine"`.
        schedule: Class of the schedule, the label shown to people.
        total_steps: Number of steps planned; the last one is `total_steps - 1`.
        steps: int64 `[K]`, strictly increasing, from 0 to `total_steps - 1`.
        rates: float64 `[K]`, finite.
        spec: Keras code that rebuilds the schedule, or None.
        seed: Seed of the training, or None.
        steps_per_epoch: Steps in an epoch, or None where unknown.
        interpolation: How to read between the points.
        max_error: Largest distance between this curve and the schedule.
        note: Something a reader must know, such as "synthetic digits".
    """

    name: str
    schedule: str
    total_steps: int
    steps: np.ndarray
    rates: np.ndarray
    spec: str | None = None
    seed: int | None = None
    steps_per_epoch: int | None = None
    interpolation: Interpolation = "linear"
    max_error: float = 0.0
    note: str | None = None

    def __post_init__(self) -> None:
        steps = np.asarray(self.steps, dtype=np.int64)
        rates = np.asarray(self.rates, dtype=np.float64)
        if steps.ndim != 1 or steps.shape != rates.shape:
            raise ValueError("`steps` and `rates` must be one-dimensional and of equal length.")
        if np.any(np.diff(steps) <= 0):
            raise ValueError("`steps` must be strictly increasing.")
        if not np.all(np.isfinite(rates)):
            raise ValueError("`rates` must be finite.")
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "rates", rates)


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepTimesRecord:
    """How long steps took, by the clock of the training process.

    Attributes:
        count: Steps that the quantiles are taken over.
        mean_ms: Their mean, in milliseconds.
        levels: Quantile levels in [0, 1].
        milliseconds: The quantile at each level.
        left_out: First steps of each fit, which trace and compile.
        skipped: Updates skipped by a LossScaleOptimizer.
        examples_per_second: Over whole epochs, validation excluded, or None.
        device: Such as `"CPU"` or `"NVIDIA H200"`.
        backend: `keras.backend.backend()`.
    """

    count: int
    mean_ms: float | None
    levels: list[float]
    milliseconds: list[float]
    left_out: int = 0
    skipped: int = 0
    examples_per_second: float | None = None
    device: str | None = None
    backend: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepTime:
    """One profiled execution of the train function; NaN where unknown.

    Attributes:
        step: Optimizer step at which the execution began.
        steps: Steps in the execution.
        wall_ms: From the step marker's begin to its end.
        device_ms: Time in which the device computed.
        input_ms: Time spent waiting for input.
        compile_ms: Time spent compiling.
    """

    step: int
    steps: int = 1
    wall_ms: float = math.nan
    device_ms: float = math.nan
    input_ms: float = math.nan
    compile_ms: float = math.nan


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProfileRecord:
    """The step times read back from a profiler capture.

    Attributes:
        capture: Name of the capture's folder under `train/plugins/profile/`.
        device: What computed, or None.
        rows: One row per execution.
    """

    capture: str
    device: str | None
    rows: tuple[StepTime, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FinderRecord:
    """The outcome of a learning-rate range test.

    Attributes:
        rates: The rate of each step.
        losses: The loss of each step's batch.
        smoothed: The losses, smoothed.
        suggestions: A rate for each rule, None where the rule finds nothing.
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    suggestions: dict[str, float | None]


@dataclasses.dataclass(frozen=True)
class Unreadable:
    """Stands in for a record that cannot be read.

    Attributes:
        reason: Why, in words for a person.
    """

    reason: str


Record = PlanRecord | StepTimesRecord | ProfileRecord | FinderRecord

_CLASSES: dict[str, type[Any]] = {
    PLAN_TAG: PlanRecord,
    STEP_TIMES_TAG: StepTimesRecord,
    PROFILE_TAG: ProfileRecord,
    FINDER_TAG: FinderRecord,
}


def encode(record: Record) -> str:
    """Return the JSON text of a record; NaN and infinities become null.

    Example:
        >>> encode(FinderRecord(rates=[0.1], losses=[2.0], smoothed=[2.0], suggestions={}))
        '{"version": 1, "rates": [0.1], "losses": [2.0], "smoothed": [2.0], "suggestions": {}}'
    """
    return json.dumps({"version": VERSION, **_plain(_fields(record))}, allow_nan=False)


def decode(tag: str, text: str | bytes) -> Record | Unreadable:
    """Read a record; unknown keys are ignored and nothing is ever raised.

    Args:
        tag: The tag under which it stands, such as `"lr_tb/plan/adam"`.
        text: The JSON text.

    Returns:
        The record, or `Unreadable` for one that is broken or of a newer version.

    Example:
        >>> decode("lr_tb/finder", '{"version": 2}')
        Unreadable(reason='written by a newer lr_tb (record version 2, this one reads 1)')
    """
    try:
        values = json.loads(text, parse_constant=lambda _: None)
        if not isinstance(values, dict):
            return Unreadable("not a record: the JSON text holds no object")
        version = values.get("version")
        if isinstance(version, int) and version > VERSION:
            return Unreadable(
                f"written by a newer lr_tb (record version {version}, this one reads {VERSION})"
            )
        return _build(record_class(tag), values)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        return Unreadable(f"broken record: {error}"[:200])


def record_class(tag: str) -> type[Any]:
    """Return the class of the records under a tag; `KeyError` for a foreign tag."""
    kind = "/".join(tag.split("/")[:2])
    return _CLASSES[kind]


def tag_of(record: Record, optimizer: str | None = None) -> str:
    """Return the tag to write a record under.

    Args:
        record: The record.
        optimizer: Name of its optimizer where the model has several.

    Example:
        >>> tag_of(FinderRecord(rates=[], losses=[], smoothed=[], suggestions={}))
        'lr_tb/finder'
    """
    tag = next(tag for tag, kind in _CLASSES.items() if isinstance(record, kind))
    return f"{tag}/{optimizer}" if optimizer else tag


def _fields(record: Record | StepTime) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _plain(value: Any) -> Any:
    """Turn arrays, numpy numbers and NaN into what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, StepTime):
        return _plain(_fields(value))
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _build(kind: type[Any], values: dict[str, Any]) -> Any:
    known = {field.name for field in dataclasses.fields(kind)}
    arguments = {key: value for key, value in values.items() if key in known}
    if kind is ProfileRecord:
        arguments["rows"] = tuple(_step_time(row) for row in arguments["rows"])
    _check_types(kind, arguments)
    return kind(**{key: _null_to_nan(value) for key, value in arguments.items()})


def _null_to_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [math.nan if item is None else item for item in value]
    return value


def _step_time(row: dict[str, Any]) -> StepTime:
    known = {field.name for field in dataclasses.fields(StepTime)}
    if not isinstance(row, dict):
        raise ValueError("a row of the profile is not an object")
    values: dict[str, Any] = {k: math.nan if v is None else v for k, v in row.items()}
    time = StepTime(**{key: value for key, value in values.items() if key in known})
    if not all(isinstance(value, int | float) for value in dataclasses.astuple(time)):
        raise ValueError("a row of the profile holds something that is not a number")
    return time


def _check_types(kind: type[Any], arguments: dict[str, Any]) -> None:
    """Refuse values of the wrong type here, so that no reader must look again."""
    for field in dataclasses.fields(kind):
        if field.name in arguments and not _fits(field.type, arguments[field.name]):
            raise ValueError(f"`{field.name}` has a value of the wrong type")


def _fits(annotation: Any, value: Any) -> bool:
    if get_origin(annotation) is types.UnionType:
        return any(_fits(choice, value) for choice in get_args(annotation))
    if get_origin(annotation) is Literal:
        return value in get_args(annotation)
    if get_origin(annotation) is dict:
        return isinstance(value, dict) and all(_is_number_or_none(v) for v in value.values())
    if get_origin(annotation) is list or annotation is np.ndarray:
        return isinstance(value, list) and all(_is_number_or_none(item) for item in value)
    if annotation is float:
        return _is_number_or_none(value) and value is not None
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, get_origin(annotation) or annotation)


def _is_number_or_none(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
