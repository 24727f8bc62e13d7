"""One training of the built-in experiment."""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from keras.optimizers.schedules import LearningRateSchedule

import lr_tb
from lr_tb import mnist


class TrainingFailedError(Exception):
    """A training came to nothing; the message says why."""


@dataclasses.dataclass(frozen=True)
class Group:
    """One training: a schedule and a seed.

    Attributes:
        name: Name of the schedule's row.
        seed: Seed of the training.
        log_dir: Folder of the run group.
        schedule: What the optimizer is given.
        plan: The planned curve.
        callbacks: Makes the callbacks that schedule the rate.
    """

    name: str
    seed: int
    log_dir: Path
    schedule: LearningRateSchedule | float
    plan: lr_tb.Plan
    callbacks: Callable[[], Sequence[keras.callbacks.Callback]] = tuple


def train_group(
    group: Group,
    data: mnist.Dataset,
    *,
    epochs: int,
    batch_size: int,
    watch: keras.callbacks.Callback,
    profile_batch: int | tuple[int, int] = 0,
) -> None:
    """Train a fresh model under one schedule and log it.

    The same seed gives the same numbers, whatever was trained before.

    Args:
        group: What to train and where to log.
        data: The digits; the test images are the validation.
        epochs: Epochs to train.
        batch_size: Images in a step.
        watch: Told how it goes.
        profile_batch: As `LearningRateMonitor` takes it.

    Raises:
        TrainingFailedError: The loss is no longer finite.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(group.seed)
    model = mnist.build_model(group.schedule)
    monitor = lr_tb.LearningRateMonitor(
        group.log_dir,
        plan=group.plan,
        batch_size=batch_size,
        profile_batch=profile_batch,
        hparams={"schedule": group.plan.schedule},
        name=group.name,
        seed=group.seed,
    )
    with contextlib.ExitStack() as stack:
        callbacks = [*group.callbacks(), monitor, watch, FiniteLoss()]
        for callback in callbacks:
            if hasattr(callback, "__exit__"):
                stack.enter_context(callback)
        model.fit(
            data.x_train,
            data.y_train,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=(data.x_test, data.y_test),
            callbacks=callbacks,
            verbose=0,
        )


class FiniteLoss(keras.callbacks.Callback):
    """Ends a training whose loss is no longer finite: no step can mend it."""

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Raise `TrainingFailedError` where the loss is not finite."""
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            step = int(self.model.optimizer.iterations) - 1
            raise TrainingFailedError(f"the loss became {loss} at step {step}")
