"""The range test of `lr-tb mnist --find`."""

import math
from pathlib import Path

import keras

import lr_tb
from lr_tb import mnist
from lr_tb.tuner.horizon import Horizon

FOLDER = "finder"
STEPS = 200


def find_peak(data: mnist.Dataset, horizon: Horizon, logdir: Path) -> float | None:
    """Return a peak rate that a range test of the model suggests, or None where it finds none.

    It is a tenth of the rate at which the loss was lowest: the rule `minimum`. The finder's own
    choice, `valley`, is the rate at which the loss falls steadily, which suits a constant
    rate; a schedule that decays takes a higher peak. The curve is logged into the folder
    `finder`.

    Args:
        data: The digits.
        horizon: Says how large a batch is.
        logdir: Folder of all run groups.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    model = mnist.build_model()
    with lr_tb.LearningRateFinder(logdir / FOLDER, start=1e-6, end=1.0, num_steps=STEPS) as finder:
        model.fit(
            data.x_train,
            data.y_train,
            batch_size=horizon.batch_size,
            epochs=math.ceil(STEPS / horizon.steps_per_epoch),
            callbacks=[finder],
            verbose=0,
        )
    return finder.suggestions["minimum"]
