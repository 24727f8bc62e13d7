"""The state of a model and its optimizer, kept to be put back."""

import keras
import numpy as np

from lr_tb.backend.carried_state import sync


class Snapshot:
    """The values of all variables of a model and its optimizer.

    Weights, the state of random seeds, the optimizer's slots and counters. An optimizer
    that has no variables yet gets them now.

    Args:
        model: A model that is built and compiled.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> snapshot = Snapshot(model)
        >>> _ = model.layers[0].bias.assign([7.0])
        >>> snapshot.restore()
        >>> float(model.layers[0].bias[0])
        0.0
    """

    def __init__(self, model: keras.Model) -> None:
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        self._model = model
        self._values = [
            (variable, np.array(keras.ops.convert_to_numpy(variable)))
            for variable in [*model.variables, *model.optimizer.variables]
        ]

    def restore(self) -> None:
        """Put all values back. May be called often."""
        sync(self._model)
        for variable, value in self._values:
            variable.assign(value)
