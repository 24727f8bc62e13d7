"""Optimizers that keep the rate each update was really given: the truth that tests compare with."""

import sys
from typing import Any

import keras
import numpy as np

_CAPACITY = 4096


class _Rates:
    """Rates by step, in a variable that no optimizer tracks and no checkpoint holds."""

    def __init__(self) -> None:
        self.on_host = np.full(_CAPACITY, np.nan, np.float32)
        self._in_graph: keras.Variable | None = None
        if keras.backend.backend() == "tensorflow":
            self._in_graph = keras.Variable(self.on_host, trainable=False, dtype="float32")

    def put(self, step: Any, rate: Any) -> None:
        """Keep a rate, from inside the traced step."""
        rate = keras.ops.cast(rate, "float32")
        if self._in_graph is None:
            step = keras.ops.convert_to_tensor(step)
            sys.modules["jax"].debug.callback(self._put_on_host, step, rate)
            return
        is_here = keras.ops.arange(_CAPACITY, dtype="int64") == keras.ops.cast(step, "int64")
        self._in_graph.assign(keras.ops.where(is_here, rate, self._in_graph))

    def array(self) -> np.ndarray:
        """Return the rate of each step, float32 `[4096]`, NaN where there was no update."""
        if self._in_graph is None:
            sys.modules["jax"].effects_barrier()
            return self.on_host.copy()
        return np.array(keras.ops.convert_to_numpy(self._in_graph))

    def _put_on_host(self, step: Any, rate: Any) -> None:
        self.on_host[int(step)] = float(rate)


class _Recording:
    """Mixed into a Keras optimizer: keeps the rate that `update_step` is given."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._rates = _Rates()

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Keep the rate, once for all variables, and update."""
        if self._get_variable_index(variable) == 0:
            self._rates.put(self._iterations, learning_rate)
        super().update_step(gradient, variable, learning_rate)

    def applied(self) -> np.ndarray:
        """Return the rate of each step so far, float32 `[steps]`.

        A step is the value of `_iterations` before it. With accumulated gradients the
        micro-steps that only accumulate are NaN.
        """
        return self._rates.array()[: int(self._iterations.value)]


@keras.saving.register_keras_serializable("lr_tb_tests")
class RecordingSGD(_Recording, keras.optimizers.SGD):
    """SGD that records its rates."""


@keras.saving.register_keras_serializable("lr_tb_tests")
class RecordingAdam(_Recording, keras.optimizers.Adam):
    """Adam that records its rates."""
