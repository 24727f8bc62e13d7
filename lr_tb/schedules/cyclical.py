"""Cyclical rates: up and down between two bounds."""

from typing import Any

import keras
from keras import ops

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import cycles, power, product, to_float
from lr_tb.schedules.base import Schedule

_MODES = ("triangular", "triangular2", "exp_range")


@keras.saving.register_keras_serializable(package="lr_tb")
class Cyclical(Schedule):
    """Up and down between two rates, in straight lines, for ever.

    rate(s) = base + (peak - base) * height * scale

    In each cycle of step_size_up + step_size_down steps the height goes from 0 at its
    start to 1 after step_size_up steps, and back to 0 at its end, where the next cycle
    starts. With `step_size_down=0` it drops to 0 in one step. The scale is

        "triangular"   1
        "triangular2"  1 / 2**k in cycle k (from 0)
        "exp_range"    gamma**s

    At s = 0 the rate is the base rate; there is no end.

    Args:
        base_learning_rate: Lowest rate, >= 0.
        peak_learning_rate: Highest rate of the first cycle, >= base_learning_rate.
        step_size_up: Length of the rise in steps, > 0.
        step_size_down: Length of the fall in steps, >= 0; `step_size_up` by default.
        mode: `"triangular"`, `"triangular2"` or `"exp_range"`.
        gamma: Base of the scale in mode `"exp_range"`, >= 0. Other modes ignore it. The
            rate stays finite where a gamma above 1 lets it grow without end.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> schedule = Cyclical(0.0, 1.0, 2, mode="triangular2")
        >>> [float(schedule(s)) for s in range(7)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5]

    The same as torch's `CyclicLR` and the `CyclicalLearningRate` of TensorFlow Addons.
    Source: Smith, https://arxiv.org/abs/1506.01186
    """

    def __init__(
        self,
        base_learning_rate: float,
        peak_learning_rate: float,
        step_size_up: float,
        *,
        step_size_down: float | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
    ) -> None:
        self.base_learning_rate = checks.rate("base_learning_rate", base_learning_rate)
        self.peak_learning_rate = checks.rate("peak_learning_rate", peak_learning_rate)
        if self.peak_learning_rate < self.base_learning_rate:
            requirement = f"be >= base_learning_rate={base_learning_rate!r}"
            raise checks.error("peak_learning_rate", requirement, peak_learning_rate)
        self.step_size_up = checks.steps("step_size_up", step_size_up)
        self.step_size_down = step_size_down
        if step_size_down is not None:
            self.step_size_down = checks.steps_or_zero("step_size_down", step_size_down)
        self.mode = checks.choice("mode", mode, _MODES)
        self.gamma = checks.not_negative("gamma", gamma)

    def _rate(self, step: Any) -> Any:
        up = self.step_size_up
        down = up if self.step_size_down is None else self.step_size_down
        period = up + down
        step = ops.maximum(step, 0)
        cycle, position = cycles(step, period)
        position = to_float(position)
        height = position / float(up)
        if down:
            fall = (float(period) - position) / float(down)
            height = ops.where(position <= float(up), height, fall)
        span = self.peak_learning_rate - self.base_learning_rate
        return self.base_learning_rate + product(span * height, self._scale(step, cycle))

    def _scale(self, step: Any, cycle: Any) -> Any:
        if self.mode == "triangular2":
            return power(0.5, cycle)
        return power(self.gamma if self.mode == "exp_range" else 1.0, step)
