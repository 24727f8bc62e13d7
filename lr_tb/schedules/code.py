"""The Python code that rebuilds a schedule."""

import inspect
import numbers
from typing import Any

from keras.optimizers.schedules import LearningRateSchedule


def code(value: Any) -> str:
    """Return the code of a schedule or of an argument, as a person would write it.

    Arguments without a default come first and without their name; those that have
    their default are left out.

    Example:
        >>> from keras.optimizers import schedules
        >>> code(schedules.CosineDecay(0.1, 900, warmup_target=None))
        'CosineDecay(0.1, 900)'
    """
    if isinstance(value, LearningRateSchedule):
        return f"{type(value).__name__}({', '.join(_arguments(value))})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(code, value))}]"
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return repr(_plain(value))
    return repr(value)


def arguments(schedule: LearningRateSchedule) -> dict[str, Any]:
    """Return the constructor's arguments of a schedule by name."""
    own = getattr(schedule, "arguments", None)
    return dict(own() if own else schedule.get_config())


def _arguments(schedule: LearningRateSchedule) -> list[str]:
    values = arguments(schedule)
    parameters = inspect.signature(type(schedule)).parameters
    return [
        code(values[name])
        if parameter.default is parameter.empty
        else f"{name}={code(values[name])}"
        for name, parameter in parameters.items()
        if name in values and not _is_default(values[name], parameter.default)
    ]


def _is_default(value: Any, default: Any) -> bool:
    return type(value) is type(default) and value == default


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
