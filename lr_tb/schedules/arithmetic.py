"""Arithmetic on steps that stays exact where steps are integers."""

from typing import Any

import keras
import numpy as np
from keras import ops

from lr_tb.schedules.checks import MAX_RATE

_WHOLE = 2**30


def as_step(step: Any) -> Any:
    """Return a step, or an array of steps, as a tensor of a signed integer or float type.

    Args:
        step: Python number, array, tensor or variable.
    """
    if isinstance(step, int | float | list | tuple):
        step = np.asarray(step)
    step = ops.convert_to_tensor(step)
    signed = is_float(step) or _type(step) in ("int32", "int64")
    return step if signed else ops.cast(step, "int32")


def precise() -> str:
    """Return the float type to compute in: float64, where the backend has it.

    float32 would not do: `0.9999**s` is off by 1e-5 after a few hundred steps.
    """
    if keras.backend.backend() != "jax":
        return "float64"
    return _type(ops.convert_to_tensor(np.float64(0)))


def to_float(value: Any) -> Any:
    """Return a tensor or a number as a tensor of the precise float type."""
    return ops.cast(value, precise())


def finish(rate: Any) -> Any:
    """Return a rate as an optimizer takes it: `floatx`, within 0 and the largest float32."""
    return ops.cast(ops.clip(rate, 0.0, MAX_RATE), keras.config.floatx())


def is_float(tensor: Any) -> bool:
    """Whether a tensor is of a float type."""
    return "float" in _type(tensor)


def since(step: Any, border: int | float) -> Any:
    """Return `step - border`: an integer where both are, otherwise a precise float.

    The whole part of the border is taken off in integers, so that nothing is lost
    near the border however large the step.
    """
    if is_float(step) or abs(border) > _WHOLE:
        return to_float(step) - border
    whole = round(border)
    passed = ops.subtract(step, whole)
    return passed if whole == border else to_float(passed) - (border - whole)


def _type(tensor: Any) -> str:
    return keras.backend.standardize_dtype(tensor.dtype)
