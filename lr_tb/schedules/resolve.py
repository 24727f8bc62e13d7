"""From anything that lr_tb takes as a schedule to a schedule or a float."""

import inspect
import numbers
from collections.abc import Callable
from typing import Any

from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules import checks
from lr_tb.schedules.spec import from_spec
from lr_tb.schedules.table import Table

_WHAT = (
    "be a Keras LearningRateSchedule, a number, a spec, a function of the step, or a "
    "factory that takes some of hp, total_steps, steps_per_epoch and epochs"
)
_NAMES = ("hp", "total_steps", "steps_per_epoch", "epochs")


def resolve(
    schedule: LearningRateSchedule | float | str | Callable[..., Any],
    *,
    total_steps: int | None = None,
    steps_per_epoch: int | None = None,
    epochs: int | None = None,
    hp: Any = None,
) -> LearningRateSchedule | float:
    """Turn anything that lr_tb takes as a schedule into a schedule or a float.

    Args:
        schedule: A Keras `LearningRateSchedule` (returned as it is); a number; a spec;
            a Python function that takes the step as its one positional argument
            (tabulated: it must be pure); or a factory, a callable that needs nothing but
            `hp`, `total_steps`, `steps_per_epoch` or `epochs` and names at least one of
            them. A factory is called by keyword and returns any of the others.
        total_steps: Steps of the training, where known.
        steps_per_epoch: Steps in an epoch, where known.
        epochs: Epochs of the training, where known.
        hp: KerasTuner's hyperparameters, where there are any.

    Raises:
        TypeError: `schedule` is none of these.
        ValueError: A number is negative or not finite, a spec cannot be read, or
            something that the schedule needs is unknown.

    Example:
        >>> resolve("1e-3"), resolve(lambda step: 0.1 / (1 + step), total_steps=2).values
        (0.001, [0.1, 0.05])
        >>> resolve(lambda total_steps: f"CosineDecay(0.1, {total_steps})", total_steps=9)
        ... # doctest: +ELLIPSIS
        <keras...CosineDecay object at ...>
    """
    values = {"hp": hp, "total_steps": total_steps, "steps_per_epoch": steps_per_epoch}
    values["epochs"] = epochs
    return _resolve(schedule, values, is_made=False)


def is_factory(schedule: Any) -> bool:
    """Whether a callable makes a schedule, from the lengths that its signature names.

    Raises:
        TypeError: Its signature cannot be read.

    Example:
        >>> is_factory(lambda total_steps: 0.1), is_factory(lambda epoch: 0.1)
        (True, False)
    """
    return _is_factory(_parameters(schedule))


def _resolve(
    schedule: Any, values: dict[str, Any], *, is_made: bool
) -> LearningRateSchedule | float:
    if isinstance(schedule, LearningRateSchedule):
        return schedule
    if isinstance(schedule, str):
        return from_spec(schedule, **{name: values[name] for name in _NAMES if name != "hp"})
    if isinstance(schedule, numbers.Real) and not isinstance(schedule, bool):
        return checks.rate("schedule", schedule)
    if not callable(schedule) or is_made:
        raise TypeError(checks.message("schedule", _WHAT, schedule))
    if isinstance(schedule, type) and issubclass(schedule, LearningRateSchedule):
        advice = f"Call it: {schedule.__name__}(...)."
        raise TypeError(checks.message("schedule", "be an object, not a class", schedule, advice))
    return _call(schedule, values)


def _call(function: Callable[..., Any], values: dict[str, Any]) -> LearningRateSchedule | float:
    parameters = _parameters(function)
    if _is_factory(parameters):
        named = [parameters[name] for name in _NAMES if name in parameters]
        made = function(**_keywords(function, named, values))
        return _resolve(made, values, is_made=True)
    if not _takes_one(parameters):
        signature = f"{getattr(function, '__name__', function)}({', '.join(parameters)})"
        raise TypeError(f"`schedule` must {_WHAT}. Received: schedule={signature}.")
    if values["total_steps"] is None:
        advice = "Pass `total_steps`: a function of the step is tabulated."
        raise checks.error("total_steps", "be known", None, advice)
    return Table.from_function(function, values["total_steps"])


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except ValueError as error:
        advice = "Its signature cannot be read; wrap it: lambda step: ..."
        raise TypeError(checks.message("schedule", _WHAT, function, advice)) from error


def _is_factory(parameters: dict[str, inspect.Parameter]) -> bool:
    needed = [name for name, parameter in parameters.items() if _is_needed(parameter)]
    return any(name in _NAMES for name in parameters) and set(needed) <= set(_NAMES)


def _is_needed(parameter: inspect.Parameter) -> bool:
    variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and not variadic


def _takes_one(parameters: dict[str, inspect.Parameter]) -> bool:
    try:
        inspect.Signature(list(parameters.values())).bind(0)
    except TypeError:
        return False
    return True


def _keywords(
    function: Callable[..., Any], named: list[inspect.Parameter], values: dict[str, Any]
) -> dict[str, Any]:
    """Return what a factory is called with; what is unknown keeps its default."""
    for parameter in named:
        if values[parameter.name] is None and _is_needed(parameter):
            made = getattr(function, "__name__", function)
            advice = f"Pass `{parameter.name}`: the factory {made} needs it."
            raise checks.error(parameter.name, "be known", None, advice)
    return {p.name: values[p.name] for p in named if values[p.name] is not None}
