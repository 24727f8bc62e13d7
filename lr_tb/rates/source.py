"""Which rate an optimizer will use: where it comes from and how to read it."""

import dataclasses
import functools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.backend.reading import reader
from lr_tb.rates.override import RateOverride
from lr_tb.schedules.evaluate import Evaluator


@dataclasses.dataclass(frozen=True)
class RateSource:
    """Where the rate of one optimizer comes from during a fit.

    The rate of step `s` is `schedule(s)` times `read()`, called right before the
    execution that `s` belongs to.

    Attributes:
        label: Name of the schedule's class, `"float"`, or the callable's name.
        schedule: Evaluated in bulk when logging, or None.
        variables: What multiplies it, on the host.
        function: What multiplies it too, read on the host, or None.
        is_callable: Whether the rate comes from a callable whose values are not known
            ahead.
        planned: What `read` will return, by step, where that is known.
    """

    label: str
    schedule: LearningRateSchedule | None = None
    variables: tuple[keras.Variable, ...] = ()
    function: Callable[[], float] | None = None
    is_callable: bool = False
    planned: LearningRateSchedule | None = None

    def read(self) -> float:
        """Return the product of the variables and the function, now."""
        product = 1.0 if self.function is None else self.function()
        for read in self._readers:
            product *= read()
        return product

    def to_plan(self) -> LearningRateSchedule | float:
        """Return what to draw as the plan; a rate that is set by hand is constant until then."""
        known = self.schedule or self.planned
        return float32_repr(self.read()) if known is None else known

    def rates(self, steps: np.ndarray, products: np.ndarray) -> np.ndarray:
        """Return the rate of each step, float64 `[n]`.

        Args:
            steps: int64 `[n]`.
            products: float64 `[n]`, what `read` gave before each step.
        """
        if self.schedule is None or not len(steps):
            return products
        return self._evaluate(steps) * products

    @functools.cached_property
    def _readers(self) -> tuple[Callable[[], float], ...]:
        return tuple(reader(variable) for variable in self.variables)

    @functools.cached_property
    def _evaluate(self) -> Evaluator:
        return Evaluator(self.schedule or 1.0)


def rate_source(
    optimizer: keras.optimizers.Optimizer, compiled: Callable[[Callable[[], Any]], Callable]
) -> RateSource:
    """Find out where the rate of an innermost optimizer comes from.

    Args:
        optimizer: One of `innermost(...)`.
        compiled: Compiles a zero-argument callable as the train function is
            compiled, so that a Python number in it is the constant that trains.
    """
    override = RateOverride.of(optimizer)
    own = optimizer._learning_rate
    factors = tuple(override.factors) if override else ()
    if override and override.schedule is not None:
        return RateSource(type(override.schedule).__name__, override.schedule, factors)
    if override and override.variable is not None:
        return _set_from_host(override, (override.variable, *factors))
    if isinstance(own, LearningRateSchedule):
        return RateSource(type(own).__name__, own, factors)
    if isinstance(own, keras.Variable):
        return RateSource("float", None, (own, *factors))
    read = compiled(own)
    label = getattr(own, "__name__", type(own).__name__)
    return RateSource(label, None, factors, lambda: float(read()), is_callable=True)


def _set_from_host(override: RateOverride, variables: tuple[keras.Variable, ...]) -> RateSource:
    planned = override.planned
    if not override.is_by_epoch:
        return RateSource("float", None, variables)
    label = "function" if planned is None else type(planned).__name__
    return RateSource(label, None, variables, is_callable=planned is None, planned=planned)


def compile_like(model: keras.Model) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Return what compiles a zero-argument callable as the model's train function is compiled."""
    if model.run_eagerly:
        return lambda function: function
    if keras.backend.backend() == "jax":
        return sys.modules["jax"].jit
    function = sys.modules["tensorflow"].function
    return functools.partial(function, jit_compile=model.jit_compile)


def innermost(optimizer: Any) -> dict[str, keras.optimizers.Optimizer]:
    """Return the optimizers that hold a rate, by a name that is theirs alone.

    A `LossScaleOptimizer` is unwrapped before and after a `MultiOptimizer` is taken
    apart. A second optimizer of the same name gets `_1`, and so on.

    Args:
        optimizer: A Keras optimizer, or an iterable of them.

    Raises:
        TypeError: It holds something that is no Keras optimizer.

    Example:
        >>> list(innermost([keras.optimizers.SGD(name="a"), keras.optimizers.SGD(name="a")]))
        ['a', 'a_1']
    """
    found: dict[str, keras.optimizers.Optimizer] = {}
    for item in _flatten(optimizer):
        name, count = item.name, 0
        while name in found:
            count += 1
            name = f"{item.name}_{count}"
        found[name] = item
    return found


def step_counters(optimizer: Any) -> list[keras.Variable]:
    """Return the counters of updates: the step axis first, then those of the innermost.

    A single optimizer's own counter is the axis. A `MultiOptimizer` counts by itself,
    since one of its optimizers may have nothing to update; of several optimizers
    without one around them the first one's counter is the axis.
    """
    own = [item._iterations for item in innermost(optimizer).values()]
    outer = getattr(optimizer, "inner_optimizer", optimizer)
    is_around = isinstance(outer, keras.optimizers.Optimizer) and len(own) > 1
    return [outer._iterations, *own] if is_around else own


def rate_at(optimizer: keras.optimizers.Optimizer, step: int) -> float:
    """Return the rate that an innermost optimizer, as it is now, uses at a step.

    Args:
        optimizer: One of `innermost(...)`, with or without an override.
        step: The optimizer's step, 0-based.

    Example:
        >>> decay = keras.optimizers.schedules.PolynomialDecay(0.5, 4, 0.0)
        >>> rate_at(keras.optimizers.SGD(decay), 1)
        0.375
    """
    override = RateOverride.of(optimizer)
    return override.read(step) if override else own_rate(optimizer, step)


def own_rate(optimizer: keras.optimizers.Optimizer, step: int) -> float:
    """Return the rate that an innermost optimizer would use at a step without an override."""
    return RateOverride(optimizer).read(step)


def assigned_rate(optimizer: keras.optimizers.Optimizer) -> float | None:
    """Return the float that an innermost optimizer's rate was set to, None where it is none."""
    own = optimizer._learning_rate
    return float32_repr(float(own)) if isinstance(own, keras.Variable) else None


def last_rates(optimizers: Mapping[str, keras.optimizers.Optimizer]) -> dict[str, float]:
    """Return the rate of each optimizer's last update, by Keras' key in the logs of an epoch.

    Args:
        optimizers: What `innermost` returned.

    Example:
        >>> last_rates(innermost(keras.optimizers.SGD(0.5)))
        {'learning_rate': 0.5}
    """
    keys = [f"learning_rate_{name}" for name in optimizers]
    return {
        key if len(keys) > 1 else "learning_rate": rate_at(item, max(0, iterations(item) - 1))
        for key, item in zip(keys, optimizers.values(), strict=True)
    }


def iterations(optimizer: keras.optimizers.Optimizer) -> int:
    """Return the step that an innermost optimizer will make next."""
    return int(optimizer._iterations.value)


def float32_repr(value: float) -> float:
    """Return the shortest number that is the same float32: 0.001, not 0.0010000000475.

    Example:
        >>> float32_repr(float(np.float32(0.001)))
        0.001
    """
    return float(str(np.float32(value)))


def _flatten(optimizer: Any) -> Sequence[keras.optimizers.Optimizer]:
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    inner = getattr(optimizer, "optimizers", None)
    if inner is None and isinstance(optimizer, keras.optimizers.Optimizer):
        return [optimizer]
    if inner is None and not isinstance(optimizer, Iterable):
        raise TypeError(
            f"`optimizer` must be a Keras optimizer, or several. Received: optimizer={optimizer!r}."
        )
    return [leaf for item in (inner or optimizer) for leaf in _flatten(item)]
