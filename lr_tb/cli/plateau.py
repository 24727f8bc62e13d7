"""Keras' plateau callback in a training that goes on in another process."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from lr_tb.backup import Logs


class Plateau(keras.callbacks.ReduceLROnPlateau):
    """Reduces the rate as if it had seen the epochs before, too.

    Keras forgets best value, epochs waited and cooldown when a fit begins. They follow
    from the logs of the epochs so far; the rate itself comes back with the optimizer.

    Args:
        history: Keras' logs of each epoch so far.
        arguments: Those of Keras' callback.
    """

    def __init__(self, history: Sequence[Logs], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._history = history

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Go through the epochs so far."""
        super().on_train_begin(logs)
        rate = float(self.model.optimizer.learning_rate)
        for epoch, seen in enumerate(self._history):
            self.on_epoch_end(epoch, dict(seen))
        self.model.optimizer.learning_rate = rate
