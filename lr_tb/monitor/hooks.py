"""What no callback of Keras says: the moment before a step, and metrics reset in between."""

import functools
from collections.abc import Callable
from typing import Any

import keras

from lr_tb.backend.carried_state import handed_over, is_carried_on


class _Observed:
    """A method of a model that others are told of, for as long as they want it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.before: dict[object, Callable[..., None]] = {}
        self.returned: Any = None

    def __call__(self, *arguments: Any) -> Any:
        for tell in list(self.before.values()):
            tell(*arguments)
        self.returned = self.function(*arguments)
        return self.returned


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
        self._train_function: Any = None
        self.is_carried_on = False
        reset = model.reset_metrics
        if not isinstance(reset, _Observed):
            reset = vars(model)["reset_metrics"] = _Observed(reset)
        reset.before[self] = before_reset

    def arm(self) -> bool:
        """Announce an execution; True where the model has got another train function."""
        self._armed = True
        observed = self._model.train_function
        if isinstance(observed, _Observed) and self in observed.before:
            return False
        if not isinstance(observed, _Observed):
            observed = self._model.train_function = _Observed(observed)
        observed.before[self] = functools.partial(self._before, observed)
        is_other = observed.function is not self._train_function
        self._train_function = observed.function
        return is_other

    @property
    def train_function(self) -> Any:
        """The model's own train function, None before the first execution."""
        return self._train_function

    def remove(self) -> None:
        """Give the model its own methods back. May be called twice."""
        reset = vars(self._model).get("reset_metrics")
        if isinstance(reset, _Observed):
            reset.before.pop(self, None)
            if not reset.before:
                del vars(self._model)["reset_metrics"]
        observed = self._model.train_function
        if isinstance(observed, _Observed):
            observed.before.pop(self, None)
            if not observed.before:
                self._model.train_function = observed.function

    def _before(self, observed: _Observed, *arguments: Any) -> None:
        armed, self._armed = self._armed, False
        tell = self._before_execution if armed else self._on_other_fit
        self.is_carried_on = is_carried_on(arguments, observed.returned)
        if armed and self.is_carried_on:
            return tell()
        with handed_over(self._model, arguments):
            tell()
