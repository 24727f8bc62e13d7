"""The user's model with the rate of its optimizer replaced by a trial's schedule."""

from collections.abc import Callable
from typing import Any

import keras
import keras_tuner
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.rates.source import innermost
from lr_tb.schedules import checks
from lr_tb.schedules.table import Table
from lr_tb.tuner.candidates import Candidates
from lr_tb.tuner.horizon import Horizon


class ScheduledHyperModel(keras_tuner.HyperModel):
    """Builds a user's model under the schedule that hyperparameters choose.

    Args:
        hypermodel: The user's.
        candidates: The schedules.
        horizon: Returns the length of a training, or raises where it is not known yet.
    """

    def __init__(
        self,
        hypermodel: keras_tuner.HyperModel | Callable[[Any], keras.Model],
        candidates: Candidates,
        horizon: Callable[[], Horizon],
    ) -> None:
        if not callable(getattr(hypermodel, "build", hypermodel)):
            advice = "A function that takes hp and returns a compiled model will do."
            what = "be a function or a keras_tuner.HyperModel"
            raise TypeError(checks.message("hypermodel", what, hypermodel, advice))
        super().__init__(name=getattr(hypermodel, "name", None))
        self._inner = hypermodel
        self._candidates = candidates
        self._horizon = horizon

    @property
    def has_own_fit(self) -> bool:
        """Whether the user's model trains in a way of its own."""
        own = getattr(type(self._inner), "fit", keras_tuner.HyperModel.fit)
        return own is not keras_tuner.HyperModel.fit

    def build(self, hp: Any) -> keras.Model:
        """Return the compiled model."""
        rate = self._candidates.build(hp, self._horizon())
        model = getattr(self._inner, "build", self._inner)(hp)
        set_rate(model, rate)
        return model

    def declare_hyperparameters(self, hp: Any) -> None:
        """Declare what the user's model declares."""
        if isinstance(self._inner, keras_tuner.HyperModel):
            self._inner.declare_hyperparameters(hp)

    def fit(self, hp: Any, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        """Train as the user's model does."""
        if isinstance(self._inner, keras_tuner.HyperModel):
            return self._inner.fit(hp, model, *args, **kwargs)
        return model.fit(*args, **kwargs)


def set_rate(model: keras.Model, rate: LearningRateSchedule | float) -> None:
    """Replace the rate of the one optimizer of a model that was not trained yet.

    Args:
        model: Compiled.
        rate: A schedule, or a constant.

    Raises:
        TypeError: The model is no compiled Keras model.
        ValueError: It has several optimizers: a schedule is compared for one.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(1.0), "mse")
        >>> set_rate(model, 0.5)
        >>> float(model.optimizer.learning_rate)
        0.5
    """
    optimizers = _optimizers(model)
    if len(optimizers) != 1:
        names = ", ".join(optimizers)
        raise ValueError(
            "`hypermodel` must build a model with one optimizer, whose rate the schedule "
            f"replaces. Received: a model with {len(optimizers)}: {names}."
        )
    (optimizer,) = optimizers.values()
    is_settable = isinstance(optimizer._learning_rate, keras.Variable)
    if is_settable or isinstance(rate, LearningRateSchedule):
        optimizer.learning_rate = rate
    else:
        _replace(model, optimizer, rate)


def _optimizers(model: Any) -> dict[str, keras.optimizers.Optimizer]:
    if not isinstance(model, keras.Model) or getattr(model, "optimizer", None) is None:
        raise TypeError(
            "`hypermodel` must build a compiled Keras model. "
            f"Received: a {type(model).__name__}{'' if model is None else ' without optimizer'}."
        )
    return innermost(model.optimizer)


def _replace(model: keras.Model, optimizer: keras.optimizers.Optimizer, rate: float) -> None:
    """Give a model whose optimizer was made with a schedule one with a constant rate.

    Keras refuses to assign a number where a schedule or a callable was.
    """
    optimizer.learning_rate = Table([rate])  # Unlike a callable, it has a config.
    made = type(optimizer).from_config(optimizer.get_config() | {"learning_rate": rate})
    if model.optimizer is optimizer:
        model.optimizer = made
        model._compile_config.config["optimizer"] = made  # What `model.save` tells of it.
    else:
        model.optimizer.inner_optimizer = made
