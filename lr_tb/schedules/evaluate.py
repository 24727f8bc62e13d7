"""Calling any schedule on many steps at once."""

import functools
import math
import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules.arithmetic import to_float

_CHUNK = 2**20
_WIDTH = 64
_SHORTEST = 2**10


class Evaluator:
    """A schedule, to be called on many steps at once, time after time.

    A schedule that refuses an array of steps, such as Keras' `CosineDecay` with
    warmup, is mapped over them with `keras.ops.vectorized_map`, compiled at the first call:
    tracing it takes tens of milliseconds.

    Args:
        schedule: A Keras `LearningRateSchedule`, or a number.

    Example:
        >>> rates = Evaluator(keras.optimizers.schedules.PolynomialDecay(0.5, 4, 0.0))
        >>> rates([0, 1, 4]).tolist(), rates([2]).tolist()
        ([0.5, 0.375, 0.0], [0.25])
    """

    def __init__(self, schedule: LearningRateSchedule | float) -> None:
        self._schedule = schedule
        self._mapped: Callable[[np.ndarray], Any] | None = None

    def __call__(self, steps: Any) -> np.ndarray:
        """Return the rate at each step, by the `__call__` that training uses.

        Args:
            steps: Integers of any shape.

        Returns:
            float64 of the shape of `steps`, holding the values that an optimizer gets
            (float32 unless `keras.config.floatx()` says otherwise).
        """
        steps = np.asarray(steps)
        if not isinstance(self._schedule, LearningRateSchedule):
            return np.full(steps.shape, float(self._schedule))
        flat = steps.reshape(-1)
        rates = np.empty(flat.shape)
        for start in range(0, len(flat), _CHUNK):
            part = flat[start : start + _CHUNK]
            rates[start : start + _CHUNK] = self._padded_rates(part)[: len(part)]
        return rates.reshape(steps.shape)

    def _padded_rates(self, steps: np.ndarray) -> np.ndarray:
        """Return the rates and more, so that none depends on what it is computed with.

        What is left over of a vector unit's width is computed in another way, whose last
        bit may differ.
        """
        length = _WIDTH * math.ceil(len(steps) / _WIDTH)
        return np.asarray(keras.ops.convert_to_numpy(self._rates(np.resize(steps, length))))

    def _rates(self, steps: np.ndarray) -> Any:
        if self._mapped is None:
            tensor = keras.ops.convert_to_tensor(steps)
            rates = _at_once(self._schedule, tensor)
            if rates is not None:
                return rates
            self._mapped = _compiled(functools.partial(_map, self._schedule))
        return self._mapped(steps)


def evaluate(schedule: LearningRateSchedule | float, steps: Any) -> np.ndarray:
    """Return the rate at each step; see `Evaluator`.

    Example:
        >>> decay = keras.optimizers.schedules.PolynomialDecay(0.5, 4, 0.0)
        >>> evaluate(decay, [0, 1, 4]).tolist()
        [0.5, 0.375, 0.0]
    """
    return Evaluator(schedule)(steps)


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
    rates = _at_once(schedule, step)
    return _map(schedule, step) if rates is None else rates


def _at_once(schedule: LearningRateSchedule, step: Any) -> Any | None:
    """Return the rates at many steps, None from a schedule that takes one step only."""
    try:
        rates = keras.ops.convert_to_tensor(schedule(step))
    except Exception:  # each backend has errors of its own for "this takes a scalar"
        return None
    return rates if rates.shape == step.shape else None


def _map(schedule: LearningRateSchedule, step: Any) -> Any:
    rates = keras.ops.vectorized_map(schedule, keras.ops.reshape(step, (-1,)))
    return keras.ops.reshape(rates, keras.ops.shape(step))


def _compiled(function: Callable[[Any], Any]) -> Callable[[np.ndarray], Any]:
    """Compile a function of a vector of steps, once for vectors of every length."""
    if keras.backend.backend() == "tensorflow":
        tensorflow = sys.modules["tensorflow"]
        spec = tensorflow.TensorSpec([None], tensorflow.int64)
        return tensorflow.function(function, input_signature=[spec])
    compiled = sys.modules["jax"].jit(function)
    return lambda steps: compiled(np.resize(steps, _padded(len(steps))))[: len(steps)]


def _padded(length: int) -> int:
    """Return one of few lengths that is no less: JAX compiles anew for each."""
    return max(_SHORTEST, 2 ** math.ceil(math.log2(max(length, 1))))
