"""One training of the built-in experiment."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from keras.optimizers.schedules import LearningRateSchedule

import lr_tb
from lr_tb import mnist
from lr_tb.backup import Logs, TrainingFolder


class TrainingFailedError(Exception):
    """A training came to nothing; the message says why."""


@dataclasses.dataclass(frozen=True)
class Group:
    """One training: a schedule and a seed.

    Attributes:
        name: Name of the schedule's row.
        seed: Seed of the training.
        log_dir: Folder of the run group.
        folder: What it takes to go on where the training was broken off.
        schedule: What the optimizer is given.
        plan: The planned curve.
        callbacks: Makes the callbacks that schedule the rate, from the epochs so far.
    """

    name: str
    seed: int
    log_dir: Path
    folder: TrainingFolder
    schedule: LearningRateSchedule | float
    plan: lr_tb.Plan
    callbacks: Callable[[Sequence[Logs]], Sequence[keras.callbacks.Callback]]


def train_group(
    group: Group,
    data: mnist.Dataset,
    *,
    epochs: int,
    batch_size: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    profile_batch: int | tuple[int, int] = 0,
) -> None:
    """Train a model under one schedule and log it, from the last epoch that was saved.

    The same seed gives the same numbers, whatever was trained before. Only a training
    that was broken off shuffles the epochs to come in another order.

    Args:
        group: What to train and where to log.
        data: The digits; the test images are the validation.
        epochs: Epochs to train.
        batch_size: Images in a step.
        callbacks: More callbacks.
        profile_batch: As `LearningRateMonitor` takes it, for a training from its beginning.

    Raises:
        TrainingFailedError: The loss is no longer finite.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(group.seed)
    model = mnist.build_model(group.schedule)
    initial_epoch = group.folder.restore(model)
    if initial_epoch:  # Else the epochs to come would shuffle the images as the first ones did.
        keras.utils.set_random_seed(group.seed + (initial_epoch << 16))
    if initial_epoch < epochs:
        monitor = lr_tb.LearningRateMonitor(
            group.log_dir,
            plan=group.plan,
            batch_size=batch_size,
            profile_batch=0 if initial_epoch else profile_batch,
            hparams={"schedule": group.plan.schedule},
            name=group.name,
            seed=group.seed,
        )
        own = group.callbacks(group.folder.history)
        with monitor:
            model.fit(
                data.x_train,
                data.y_train,
                batch_size=batch_size,
                initial_epoch=initial_epoch,
                epochs=epochs,
                validation_data=(data.x_test, data.y_test),
                callbacks=[*own, monitor, *callbacks, FiniteLoss(), group.folder.callback()],
                verbose=0,
            )
    group.folder.finish()


class FiniteLoss(keras.callbacks.Callback):
    """Ends a training whose loss is no longer finite: no step can mend it."""

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Raise `TrainingFailedError` where the loss is not finite."""
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            step = int(self.model.optimizer.iterations) - 1
            raise TrainingFailedError(f"the loss became {loss} at step {step}")
