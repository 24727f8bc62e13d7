"""What all of lr_tb's schedules share."""

import inspect
from typing import Any, Self

import keras
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules.arithmetic import as_step, finish
from lr_tb.schedules.code import code


class Schedule(LearningRateSchedule):
    """Base of lr_tb's schedules: from a step to the rate of the update at that step.

    A subclass keeps each constructor argument in an attribute of the same name and
    computes `_rate`. The rest follows: config, `repr`, arrays of steps, precision.

    A schedule is called with the 0-based step: a Python number, an array, a tensor or
    a variable, of integers or floats. It returns a tensor of the same shape and of type
    `keras.config.floatx()`, finite and >= 0. Where the backend has float64 (all but
    JAX in its default mode) the rate is computed in it and rounded once.
    """

    def __call__(self, step: Any) -> Any:
        """Return the rate at a step, or at each step of an array."""
        return finish(self._rate(as_step(step)))

    def _rate(self, step: Any) -> Any:
        """Return the rates of a step tensor, of its shape, in the precise float type."""
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments by name."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with nested schedules serialised."""
        return {name: _serialize(value) for name, value in self.arguments().items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the schedule that `get_config` described."""
        return cls(**{name: _deserialize(value) for name, value in config.items()})

    def __repr__(self) -> str:
        return code(self)


def _serialize(value: Any) -> Any:
    if isinstance(value, list):
        return [_serialize(item) for item in value]
    if isinstance(value, LearningRateSchedule):
        return keras.saving.serialize_keras_object(value)
    return value


def _deserialize(value: Any) -> Any:
    if isinstance(value, list):
        return [_deserialize(item) for item in value]
    if isinstance(value, dict):
        return keras.saving.deserialize_keras_object(value)
    return value
