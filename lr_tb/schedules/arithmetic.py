"""Arithmetic on steps that stays exact where steps are integers."""

from collections.abc import Sequence
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
    return step if signed else ops.cast(step, _integer())


def precise() -> str:
    """Return the float type to compute in: float64, where the backend has it.

    float32 would not do: `0.9999**s` is off by 1e-5 after a few hundred steps.
    """
    if keras.backend.backend() != "jax":
        return "float64"
    return _type(ops.convert_to_tensor(np.float64(0)))


def to_float(value: Any) -> Any:
    """Return a tensor, an array or a number as a tensor of the precise float type."""
    if isinstance(value, int | float):  # a cast would first make a float32 of it
        return ops.convert_to_tensor(np.asarray(value, dtype=precise()))
    return ops.cast(value, precise())


def finish(rate: Any) -> Any:
    """Return a rate as an optimizer takes it: `floatx`, within 0 and the largest float32."""
    return ops.cast(ops.clip(rate, 0.0, MAX_RATE), keras.config.floatx())


def is_float(tensor: Any) -> bool:
    """Whether a tensor is of a float type."""
    return "float" in _type(tensor)


def whole(step: Any) -> Any:
    """Return a tensor of whole numbers as integers, those out of their range at its end."""
    if not is_float(step):
        return step
    largest = float(np.iinfo(_integer()).max // 2)
    return ops.cast(ops.clip(step, -largest, largest), _integer())


def product(left: Any, right: Any) -> Any:
    """Return a product of precise floats: finite, so that 0 times it is 0."""
    return ops.minimum(left * right, np.finfo(precise()).max)


def since(step: Any, border: int | float) -> Any:
    """Return `step - border`: an integer where both are, otherwise a precise float.

    The whole part of the border is taken off in integers, so that nothing is lost
    near the border however large the step.
    """
    if is_float(step) or abs(border) > _WHOLE:
        return to_float(step) - float(border)
    nearest = round(border)
    passed = ops.subtract(step, nearest)
    return passed if nearest == border else to_float(passed) - (border - nearest)


def progress(step: Any, start: int | float, end: int | float) -> tuple[Any, Any]:
    """Return the share of a part that has passed and the share that is left, in [0, 1].

    Each is computed from its own end, so that both keep their precision near 0. A part
    without length has passed from `end` on.
    """
    if end <= start:
        passed = to_float(since(step, end) >= 0)
        return passed, 1.0 - passed
    passed, left = to_float(since(step, start)), -to_float(since(step, end))
    length = float(end - start)
    return ops.clip(passed / length, 0.0, 1.0), ops.clip(left / length, 0.0, 1.0)


def half_cosine(share: Any) -> Any:
    """Return `(1 - cos(pi * share)) / 2` without loss of precision near 0."""
    return ops.square(ops.sin(share * (np.pi / 2)))


def power(base: float, exponent: Any) -> Any:
    """Return a power of a number, at most the largest float32."""
    if base == 1.0:
        return ops.ones_like(to_float(exponent))
    return ops.minimum(ops.power(to_float(base), to_float(exponent)), MAX_RATE)


def cycles(step: Any, period: int | float) -> tuple[Any, Any]:
    """Return the number of whole periods that have passed and the steps since then.

    Integers where step and period are. A cycle of fractional length starts at the step
    that is within 1e-9 periods, and 1e-6 steps, of its start.
    """
    if isinstance(period, int) and not is_float(step):
        if period > np.iinfo(_type(step)).max:
            return ops.zeros_like(step), step
        cycle = ops.floor_divide(step, period)
        return cycle, step - cycle * period
    period = float(period)
    cycle = ops.floor(to_float(step) / period + min(1e-9, 1e-6 / period))
    return cycle, ops.clip(to_float(step) - cycle * period, 0.0, period)


class Borders:
    """Borders in rising order, for finding the part that a step lies in.

    Args:
        borders: In steps; one within 1e-9 of a whole number is that number.
    """

    def __init__(self, borders: Sequence[float] | np.ndarray) -> None:
        exact = np.asarray(borders, dtype=np.float64)
        nearest = np.rint(exact)
        near = np.abs(exact - nearest) <= 1e-9 * np.maximum(exact, 1.0)
        self._borders = np.where(near, nearest, exact)

    def passed(self, step: Any) -> Any:
        """Return how many borders are at or below each step, int32 of the step's shape."""
        flat = ops.reshape(step, (-1,))
        borders = self._borders if is_float(step) else np.ceil(self._borders)
        found = ops.searchsorted(self._like(step, borders), flat, side="right")
        return ops.reshape(ops.cast(found, "int32"), ops.shape(step))

    def since(self, step: Any, index: Any) -> Any:
        """Return each step minus the border of that index, exact near the border."""
        if is_float(step):
            return to_float(step) - ops.take(to_float(self._borders), index)
        nearest = np.rint(self._borders)
        passed = to_float(step - ops.take(self._like(step, nearest), index))
        return passed - ops.take(to_float(self._borders - nearest), index)

    @staticmethod
    def _like(step: Any, borders: np.ndarray) -> Any:
        """Return borders in the type of the step, those beyond its range at its end."""
        dtype = _type(step)
        if "int" in dtype:
            borders = np.minimum(borders, 2.0**31 - 1 if dtype == "int32" else 2.0**53)
        return ops.convert_to_tensor(borders.astype(dtype))


def _integer() -> str:
    return "int64" if precise() == "float64" else "int32"


def _type(tensor: Any) -> str:
    return keras.backend.standardize_dtype(tensor.dtype)
