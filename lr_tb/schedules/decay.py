"""Schedules that decay."""

from typing import Any

import keras
from keras import ops

from lr_tb.schedules import checks
from lr_tb.schedules.arithmetic import half_cosine, progress, since, to_float
from lr_tb.schedules.base import Schedule

_FAR = 1e30  # Where the tangent has long been flat; twice that is still a float32.


@keras.saving.register_keras_serializable(package="lr_tb")
class WarmupStableDecay(Schedule):
    """A rise from 0, a plateau, and a decay.

    rate(s) = peak * s / warmup_steps                  for s < warmup_steps
    rate(s) = peak                                     for the next stable_steps
    rate(s) = end + (peak - end) * f(p)                for the next decay_steps
    rate(s) = end                                      from then on

    where p is the share of the decay that has passed and f(p) is

        "linear"  1 - p
        "cosine"  (1 + cos(pi p)) / 2
        "1-sqrt"  1 - sqrt(p)

    At s = 0 the rate is 0 (the peak where `warmup_steps` is 0), at s = warmup_steps and
    at s = warmup_steps + stable_steps it is exactly the peak, and at
    s = warmup_steps + stable_steps + decay_steps exactly the end rate.

    Args:
        peak_learning_rate: Rate of the plateau, >= 0.
        warmup_steps: Length of the rise in steps, >= 0.
        stable_steps: Length of the plateau in steps, >= 0.
        decay_steps: Length of the decay in steps, >= 0; excludes the other two.
        end_learning_rate: Last rate, >= 0.
        decay: `"linear"`, `"cosine"` or `"1-sqrt"`.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> schedule = WarmupStableDecay(1.0, 2, 2, 4)
        >>> [float(schedule(s)) for s in (0, 1, 2, 4, 5, 8, 99)]
        [0.0, 0.5, 1.0, 1.0, 0.75, 0.0, 0.0]

    Covers `get_wsd_schedule` of transformers and fastai's `fit_flat_cos`. Source: Hu et
    al., https://arxiv.org/abs/2404.06395; "1-sqrt": Hägele et al.,
    https://arxiv.org/abs/2405.18392
    """

    def __init__(
        self,
        peak_learning_rate: float,
        warmup_steps: float,
        stable_steps: float,
        decay_steps: float,
        *,
        end_learning_rate: float = 0.0,
        decay: str = "linear",
    ) -> None:
        self.peak_learning_rate = checks.rate("peak_learning_rate", peak_learning_rate)
        self.warmup_steps = checks.steps_or_zero("warmup_steps", warmup_steps)
        self.stable_steps = checks.steps_or_zero("stable_steps", stable_steps)
        self.decay_steps = checks.steps_or_zero("decay_steps", decay_steps)
        self.end_learning_rate = checks.rate("end_learning_rate", end_learning_rate)
        self.decay = checks.choice("decay", decay, ("linear", "cosine", "1-sqrt"))

    def _rate(self, step: Any) -> Any:
        start = self.warmup_steps + self.stable_steps
        height = self._height(*progress(step, start, start + self.decay_steps))
        decayed = self.peak_learning_rate * height + self.end_learning_rate * (1.0 - height)
        if not self.warmup_steps:
            return decayed
        risen, _ = progress(step, 0, self.warmup_steps)
        is_rising = since(step, self.warmup_steps) < 0
        return ops.where(is_rising, self.peak_learning_rate * risen, decayed)

    def _height(self, passed: Any, left: Any) -> Any:
        if self.decay == "cosine":
            return half_cosine(left)
        return left if self.decay == "linear" else left / (1.0 + ops.sqrt(passed))


@keras.saving.register_keras_serializable(package="lr_tb")
class PowerDecay(Schedule):
    """A power of the time since the start, such as the inverse square root.

    rate(s) = initial_learning_rate * (1 + s / timescale) ** -power

    At s = 0 the rate is the initial one; at s = timescale it is that times 2**-power;
    there is no end.

    Args:
        initial_learning_rate: First rate, >= 0.
        timescale: Steps after which the decay begins to show, > 0.
        power: How fast it decays, >= 0; 0.5 is the inverse square root.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> schedule = PowerDecay(1.0, 100)
        >>> [float(schedule(s)) for s in (0, 300, 1500)]
        [1.0, 0.5, 0.25]

    `Warmup(PowerDecay(rate, timescale), warmup_steps)` is `get_inverse_sqrt_schedule` of
    transformers. Covers the power decays of TensorFlow Model Garden. Source: Vaswani et
    al., https://arxiv.org/abs/1706.03762, for the inverse square root.
    """

    def __init__(
        self, initial_learning_rate: float, timescale: float, *, power: float = 0.5
    ) -> None:
        self.initial_learning_rate = checks.rate("initial_learning_rate", initial_learning_rate)
        self.timescale = checks.steps("timescale", timescale)
        self.power = checks.not_negative("power", power)

    def _rate(self, step: Any) -> Any:
        time = 1.0 + to_float(ops.maximum(step, 0)) / float(self.timescale)
        return self.initial_learning_rate * ops.power(time, -self.power)


@keras.saving.register_keras_serializable(package="lr_tb")
class TanhDecay(Schedule):
    """A decay along a stretch of the hyperbolic tangent.

    rate(s) = end + (initial - end) / 2 * (1 - tanh(lower * (1 - p) + upper * p))

    with p = s / decay_steps, for s < decay_steps; the end rate from s = decay_steps on.
    At s = 0 the rate is a little below the initial one (1 - tanh(lower) is not quite 2),
    and at decay_steps it drops to the end rate (1 - tanh(upper) is not quite 0).

    Args:
        initial_learning_rate: First rate, >= 0.
        decay_steps: Length of the decay in steps, > 0.
        lower: Where on the tangent the decay starts.
        upper: Where on the tangent it ends, > lower.
        end_learning_rate: Last rate, >= 0.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is outside its range.

    Example:
        >>> schedule = TanhDecay(1.0, 10)
        >>> [round(float(schedule(s)), 4) for s in (0, 7, 9, 10)]
        [1.0, 0.5, 0.018, 0.0]

    The same as timm's `TanhLRScheduler`. Source: Hsueh et al.,
    https://arxiv.org/abs/1806.01593
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        *,
        lower: float = -7.0,
        upper: float = 3.0,
        end_learning_rate: float = 0.0,
    ) -> None:
        self.initial_learning_rate = checks.rate("initial_learning_rate", initial_learning_rate)
        self.decay_steps = checks.steps("decay_steps", decay_steps)
        self.lower = checks.number("lower", lower)
        self.upper = checks.number("upper", upper)
        if self.upper <= self.lower:
            raise checks.error("upper", f"be > lower={lower!r}", upper)
        self.end_learning_rate = checks.rate("end_learning_rate", end_learning_rate)

    def _rate(self, step: Any) -> Any:
        passed, left = progress(step, 0, self.decay_steps)
        # (1 - tanh(x)) / 2 is sigmoid(-2 x), which stays precise where it is small
        lower, upper = (max(-_FAR, min(bound, _FAR)) for bound in (self.lower, self.upper))
        height = ops.sigmoid(-2.0 * (lower * left + upper * passed))
        height = ops.where(since(step, self.decay_steps) >= 0, 0.0, height)
        return self.initial_learning_rate * height + self.end_learning_rate * (1.0 - height)
