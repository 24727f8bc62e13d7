"""A call of `search`, as each of its trainings repeats it."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import keras_tuner

from lr_tb.tuner.horizon import fit_arguments


class FitCall:
    """The arguments of `search`.

    Args:
        args: The positional ones, in the order of `keras.Model.fit`.
        kwargs: The others; those that Keras does not know are kept.
    """

    def __init__(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self.arguments = fit_arguments(args, kwargs)
        self._data = args[:2]

    @property
    def callbacks(self) -> list[keras.callbacks.Callback]:
        """The user's callbacks."""
        return list(self.arguments.get("callbacks") or [])

    def fit(
        self, hypermodel: keras_tuner.HyperModel, hp: Any, model: keras.Model, **own: Any
    ) -> Any:
        """Train a model, and return what the hypermodel returns.

        Args:
            hypermodel: What trains.
            hp: KerasTuner's `HyperParameters`.
            model: The model.
            own: What the training itself says: `initial_epoch`, `epochs` and `callbacks`.
        """
        taken = {*own, *("x", "y")[: len(self._data)]}
        others = {name: value for name, value in self.arguments.items() if name not in taken}
        return hypermodel.fit(hp, model, *self._data, **others, **own)
