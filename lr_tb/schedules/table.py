"""Rates listed step by step."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import keras
import numpy as np
from keras import ops

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import is_float, to_float
from lr_tb.schedules.base import Schedule


@keras.saving.register_keras_serializable(package="lr_tb")
class Table(Schedule):
    """One rate for each step.

    rate(s) = values[s]

    At s = 0 the rate is values[0]; at s = len(values) - 1 and past the end it is the
    last value. Between two steps (a fractional `s`) it is the value of the lower one.

    Args:
        values: Learning rates, each finite and >= 0; at least one.

    Raises:
        TypeError: `values` is not a list of numbers.
        ValueError: It is empty, or a rate is negative or not finite.

    Example:
        >>> table = Table([0.5, 0.25])
        >>> [float(table(s)) for s in (0, 1, 99)]
        [0.5, 0.25, 0.25]

    Covers torch's `LambdaLR` and `MultiplicativeLR`, and any Python function.
    """

    def __init__(self, values: Sequence[float]) -> None:
        self.values = checks.rates("values", values)
        self._array = np.array(self.values)

    @classmethod
    def from_function(cls, function: Callable[[int], Any], total_steps: int) -> Self:
        """Tabulate a Python function of the step.

        Args:
            function: Called once with each of 0 ... total_steps - 1, now. It must be
                pure, and must return a number: the learning rate.
            total_steps: Number of steps, >= 1.

        Raises:
            TypeError: `function` returns something that is not a number.
            ValueError: A rate is negative or not finite, or `total_steps` is below 1.

        Example:
            >>> Table.from_function(lambda step: 0.5**step, 3).values
            [1.0, 0.5, 0.25]
        """
        return cls(
            [_value(function, step) for step in range(checks.count("total_steps", total_steps))]
        )

    def _rate(self, step: Any) -> Any:
        last = len(self.values) - 1
        lower = ops.floor(step) if is_float(step) else step
        index = ops.cast(ops.clip(lower, 0, last), "int32")
        return ops.take(to_float(self._array), index)


def _value(function: Callable[[int], Any], step: int) -> float:
    value = function(step)
    is_no_number = isinstance(value, str | bytes | bool)  # float() would take it for one
    try:
        return checks.rate("function", value if is_no_number else float(value))
    except (TypeError, ValueError) as error:
        name = getattr(function, "__name__", repr(function))
        raise type(error)(
            "`function` must return a finite rate >= 0 for each step. "
            f"Received: {name}({step})={value!r}."
        ) from error
