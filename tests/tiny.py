"""The smallest real training: a dense layer of three inputs and five batches of an epoch."""

import keras
import numpy as np

import logdirs

X = np.linspace(-1, 1, 60, dtype="float32").reshape(20, 3)
Y = X.sum(axis=1, keepdims=True)
BATCHES = 5


def model(rate=0.1):
    """Return a compiled model whose weights are the same each time."""
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    return made


def fit(trained, callbacks, **arguments):
    """Train one epoch of `BATCHES` steps, unless the arguments say something else."""
    arguments = {"epochs": 1, "batch_size": 4, "verbose": 0} | arguments
    return trained.fit(X, Y, callbacks=callbacks, **arguments)


def steps(log_dir):
    """Return the steps whose loss a monitor has logged."""
    return list(logdirs.read(log_dir / "train").scalars.get("step/loss", {}))


class RaiseAt(keras.callbacks.Callback):
    """Breaks a fit off at the end of a batch."""

    def __init__(self, batch):
        super().__init__()
        self._batch_to_raise_at = batch

    def on_train_batch_end(self, batch, logs=None):
        if batch == self._batch_to_raise_at:
            raise RuntimeError("broken off")
