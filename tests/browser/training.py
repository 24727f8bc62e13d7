"""A training for the tests of a page that is open meanwhile: `python training.py LOG_DIR STOP`.

It takes 20 steps a second and ends, at an epoch's end, once there is a file STOP.
"""

import sys
import time
from pathlib import Path

import keras
import numpy as np

import lr_tb

TOTAL = 2000
PEAK = 0.01
_PER_EPOCH = 40


class _Pace(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.05)

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = Path(sys.argv[2]).exists()


def main():
    """Train until told to stop, under a cosine from 0.01 to 0."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    schedule = keras.optimizers.schedules.CosineDecay(PEAK, TOTAL)
    model.compile(keras.optimizers.SGD(schedule), "mse")
    x = np.random.default_rng(0).normal(size=(_PER_EPOCH * 8, 4)).astype("float32")
    monitor = lr_tb.LearningRateMonitor(sys.argv[1], total_steps=TOTAL)
    callbacks = [_Pace(), monitor]
    model.fit(x, x[:, :1], 8, TOTAL // _PER_EPOCH, verbose=0, shuffle=False, callbacks=callbacks)


if __name__ == "__main__":
    main()
