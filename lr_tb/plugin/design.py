"""The designer: which schedules a spec can name, and the plan of a spec.

The one module of the plugin that uses Keras and the rest of lr_tb, imported on first use:
the curve comes from the classes that train.
"""

import dataclasses
import inspect
import re
import threading
from collections.abc import Mapping
from typing import Any

from lr_tb.plugin.query import QueryError

MAX_STEPS = 2**20
MAX_SPEC = 2000

_RATE = "0.001"
_PART = "CosineDecay(0.001, total_steps)"

# What an argument is set to in an example, by name; arguments not named here keep their default.
_SAMPLES: Mapping[str, str] = {
    "base_learning_rate": "0.0001",
    "boundaries": "[0.5 * total_steps, 0.75 * total_steps]",
    "decay_rate": "0.1",
    "decay_steps": "total_steps",
    "first_decay_steps": "0.25 * total_steps",
    "initial_learning_rate": _RATE,
    "peak_learning_rate": "0.003",
    "period": "0.25 * total_steps",
    "schedule": _PART,
    "schedules": f"[{_PART}, 0.5]",
    "stable_steps": "0.6 * total_steps",
    "step_size_up": "0.1 * total_steps",
    "steps_per_epoch": "0.1 * total_steps",
    "timescale": "0.1 * total_steps",
    "total_steps": "total_steps",
    "values": "[0.001, 0.0003, 0.0001]",
    "warmup_steps": "0.1 * total_steps",
}
_SAMPLES_OF: Mapping[str, Mapping[str, str]] = {
    "PiecewiseInterpolated": {"boundaries": "[0, 0.5 * total_steps, total_steps]"},
    "Sequence": {"schedules": f"[{_RATE}, {_PART}]", "boundaries": "[0.5 * total_steps]"},
    "WarmupStableDecay": {"decay_steps": "0.3 * total_steps"},
}


_PATIENCE_SECONDS = 5.0


class Designer:
    """Draws plans, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def plan(self, spec: str, total_steps: int, steps_per_epoch: int | None) -> dict[str, Any]:
        """Return the plan of a spec, as plain values.

        Args:
            spec: At most 2000 characters of Keras code.
            total_steps: 1 to 2**20.
            steps_per_epoch: Steps in an epoch, or None.

        Raises:
            QueryError: The spec cannot be read (400), others are being drawn for seconds
                (503), or Keras is not installed (501).
        """
        if len(spec) > MAX_SPEC:
            raise QueryError(
                f"`spec` must have at most {MAX_SPEC} characters. Received: {len(spec)}.", "spec"
            )
        plan_class = _plan_class()
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            raise QueryError("Another schedule is being drawn. Try again.", "spec", 503)
        try:
            plan = plan_class.from_schedule(spec, total_steps, steps_per_epoch=steps_per_epoch)
            return dataclasses.asdict(plan)
        except Exception as error:  # Whatever a backend raises, it is for this spec only.
            raise QueryError(str(error)[:2000], "spec") from error
        finally:
            self._lock.release()

    def schedules(self) -> list[dict[str, Any]]:
        """Return the schedules that a spec can name, with their arguments.

        Raises:
            QueryError: Keras is not installed (501).
        """
        _plan_class()
        from lr_tb.schedules.known import KERAS, KNOWN

        return [
            _described(cls, "keras" if name in KERAS else "lr_tb")
            for name, cls in sorted(KNOWN.items())
        ]


def _plan_class() -> Any:
    """Import Keras and return `Plan`; the accelerators stay free for those who train."""
    try:
        _leave_accelerators()
        from lr_tb.plan import Plan
    except ImportError as error:
        raise QueryError(f"The designer needs Keras: {error}.", None, 501) from error
    return Plan


def _leave_accelerators() -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow

    if not tensorflow.config.list_physical_devices("GPU"):
        return
    try:
        tensorflow.config.set_visible_devices([], "GPU")
    except RuntimeError:
        return  # Somebody in this process uses it already.


def _described(cls: type, module: str) -> dict[str, Any]:
    docs = _argument_docs(cls)
    parameters = [
        _parameter(cls, parameter, docs.get(parameter.name))
        for parameter in inspect.signature(cls).parameters.values()
        if parameter.name != "name" and parameter.kind is not parameter.VAR_KEYWORD
    ]
    arguments = [f"{p['name']}={p['sample']}" for p in parameters if p["required"]]
    return {
        "name": cls.__name__,
        "module": module,
        "doc": (inspect.getdoc(cls) or "").split("\n")[0] or None,
        "parameters": parameters,
        "example": f"{cls.__name__}({', '.join(arguments)})",
    }


def _parameter(cls: type, parameter: inspect.Parameter, doc: str | None) -> dict[str, Any]:
    required = parameter.default is parameter.empty
    samples = {**_SAMPLES, **_SAMPLES_OF.get(cls.__name__, {})}
    return {
        "name": parameter.name,
        "kind": _kind(parameter),
        "required": required,
        "default": None if required else parameter.default,
        "sample": samples.get(parameter.name) if required else None,
        "choices": _choices(parameter, doc),
        "doc": doc,
    }


def _kind(parameter: inspect.Parameter) -> str:
    """Guess the kind of an argument from its default and its name."""
    if parameter.name in ("schedule", "schedules"):
        return parameter.name
    if parameter.name in ("values", "boundaries"):
        return "list"
    if isinstance(parameter.default, bool):
        return "boolean"
    if isinstance(parameter.default, str):
        return "string"
    counts = parameter.name.endswith("steps") or parameter.name in ("cycles", "step_size_up")
    return "integer" if counts or parameter.name == "step_size_down" else "number"


def _choices(parameter: inspect.Parameter, doc: str | None) -> list[str] | None:
    """Return the strings that an argument's description quotes."""
    if not isinstance(parameter.default, str):
        return None
    quoted = re.findall(r'"([\w-]+)"', doc or "")
    return list(dict.fromkeys([parameter.default, *quoted]))


def _argument_docs(cls: type) -> dict[str, str]:
    """Return what the docstring says of each argument, as one line."""
    lines = (inspect.getdoc(cls) or "").split("\n")
    if "Args:" not in lines:
        return {}
    docs: dict[str, str] = {}
    name = None
    for line in lines[lines.index("Args:") + 1 :]:
        if line and not line.startswith(" "):
            break
        match = re.fullmatch(r" {4}(\w+): (.*)", line)
        if match:
            name = match.group(1)
            docs[name] = match.group(2)
        elif name and line.strip():
            docs[name] = f"{docs[name]} {line.strip()}"
    return docs
