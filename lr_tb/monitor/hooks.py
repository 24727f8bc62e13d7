"""What no callback of Keras says: the moment before a step, and metrics reset in between."""

import functools
from collections.abc import Callable
from typing import Any

import keras

from lr_tb.backend.carried_state import handed_over, is_carried_on, is_stateless
from lr_tb.monitor.observed import Observed, forget, observe


class FitHooks:
    """Observes two methods of a model while a fit lasts.

    The train function is observed, so that a rate is read after all callbacks have
    had their say and right before the update that uses it. `reset_metrics` is
    observed, so that an `evaluate` in a callback, which resets the training's running
    means, is noticed. The model gets both back at `remove()`, or once another fit
    calls the train function: Keras tells no callback that a fit was broken off.

    Args:
        model: The model that is being fit.
        before_execution: Called right before the train function.
        before_reset: Called before the metrics are reset.
        on_other_fit: Called when the train function runs in a fit without us.

    Attributes:
        is_carried_on: Whether no variable can have been set since the last execution;
            known on JAX only.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        before_execution: Callable[[], None],
        before_reset: Callable[[], None],
        on_other_fit: Callable[[], None],
    ) -> None:
        self._model = model
        self._before_execution = before_execution
        self._on_other_fit = on_other_fit
        self._armed = False
        self._is_stateless = is_stateless()
        self._observed: Observed | None = None
        self._train_function: Any = None
        self.is_carried_on = False
        observe(model, "reset_metrics", self, before_reset)

    def arm(self) -> bool:
        """Announce an execution; True where the model has got another train function."""
        self._armed = True
        observed = self._model.train_function
        if observed is self._observed:
            return False
        if not isinstance(observed, Observed):
            observed = self._model.train_function = Observed(observed)
        observed.before[self] = functools.partial(self._before, observed)
        is_other = observed.function is not self._train_function
        self._observed, self._train_function = observed, observed.function
        return is_other

    @property
    def train_function(self) -> Any:
        """The model's own train function, None before the first execution."""
        return self._train_function

    def remove(self) -> None:
        """Give the model its own methods back. May be called twice."""
        forget(self._model, "reset_metrics", self)
        self._observed = None
        observed = self._model.train_function
        if isinstance(observed, Observed):
            observed.before.pop(self, None)
            if not observed.before:
                self._model.train_function = observed.function

    def _before(self, observed: Observed, *arguments: Any) -> None:
        armed, self._armed = self._armed, False
        tell = self._before_execution if armed else self._on_other_fit
        if not self._is_stateless:
            return tell()
        self.is_carried_on = is_carried_on(arguments, observed.returned)
        if armed and self.is_carried_on:
            return tell()
        with handed_over(self._model, arguments):
            tell()
