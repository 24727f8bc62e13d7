"""Calling any schedule on many steps at once."""

from typing import Any

import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules.arithmetic import to_float

_CHUNK = 2**20


def evaluate(schedule: LearningRateSchedule | float, steps: Any) -> np.ndarray:
    """Return the rate at each step, by the `__call__` that training uses.

    A schedule that refuses an array of steps, such as Keras' `CosineDecay` with
    warmup, is mapped over them with `keras.ops.vectorized_map`.

    Args:
        schedule: A Keras `LearningRateSchedule`, or a number.
        steps: Integers of any shape.

    Returns:
        float64 of the shape of `steps`, holding the values that an optimizer gets
        (float32 unless `keras.config.floatx()` says otherwise).

    Example:
        >>> decay = keras.optimizers.schedules.PolynomialDecay(0.5, 4, 0.0)
        >>> evaluate(decay, [0, 1, 4]).tolist()
        [0.5, 0.375, 0.0]
    """
    steps = np.asarray(steps)
    if not isinstance(schedule, LearningRateSchedule):
        return np.full(steps.shape, float(schedule))
    flat = steps.reshape(-1)
    rates = np.empty(flat.shape)
    for start in range(0, len(flat), _CHUNK):
        part = slice(start, start + _CHUNK)
        tensor = keras.ops.convert_to_tensor(flat[part])
        rates[part] = keras.ops.convert_to_numpy(call(schedule, tensor))
    return rates.reshape(steps.shape)


def call(schedule: LearningRateSchedule | float, step: Any) -> Any:
    """Return the rate at a step tensor, of its shape, whatever the schedule can do.

    Works inside a graph too. This is how compositions call their parts.

    Args:
        schedule: A Keras `LearningRateSchedule`, or a number.
        step: Tensor of any shape.
    """
    if not isinstance(schedule, LearningRateSchedule):
        return keras.ops.full_like(to_float(step), schedule)
    if len(step.shape) == 0:
        return keras.ops.convert_to_tensor(schedule(step))
    try:
        rate = keras.ops.convert_to_tensor(schedule(step))
    except Exception:  # each backend has errors of its own for "this takes a scalar"
        return _map(schedule, step)
    return rate if rate.shape == step.shape else _map(schedule, step)


def _map(schedule: LearningRateSchedule, step: Any) -> Any:
    rates = keras.ops.vectorized_map(schedule, keras.ops.reshape(step, (-1,)))
    return keras.ops.reshape(rates, keras.ops.shape(step))
