"""The parts of compositions: schedules or floats."""

from typing import Any, TypeAlias

from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import to_float
from lr_tb.schedules.base import Schedule
from lr_tb.schedules.evaluate import call

Part: TypeAlias = LearningRateSchedule | float


def part(name: str, value: Any) -> Part:
    """Check a part: a schedule, or a number, which becomes a float."""
    if isinstance(value, LearningRateSchedule):
        return value
    try:
        return checks.rate(name, value)
    except TypeError:
        requirement = "be a LearningRateSchedule or a number"
        raise TypeError(checks.message(name, requirement, value)) from None


def parts(name: str, values: Any) -> list[Part]:
    """Check a list of parts."""
    return [part(f"{name}[{i}]", value) for i, value in enumerate(checks.items(name, values))]


def rate_of(schedule: Part, step: Any) -> Any:
    """Return a part's rates at a step tensor, of its shape, in the precise float type."""
    if isinstance(schedule, Schedule):
        return schedule._rate(step)
    return to_float(call(schedule, step))
