"""The callback that tells the progress display how a training goes."""

import math
import time
from collections.abc import Mapping
from typing import Any

import keras

from lr_tb.cli.progress import Line, Progress


class Watch(keras.callbacks.Callback):
    """Keeps a line of the progress display up to date.

    Between two updates of the display a step costs a look at the clock. The rate shown
    is the one of the step that the line names: it is read before the step, since after it
    the optimizer already gives the next one's. A step is shown when the next one begins,
    so that a monitor that stands behind does not count the drawing as part of a step.

    Args:
        line: The line.
        progress: Where it is shown.
        images: Images trained on in an epoch.
    """

    def __init__(self, line: Line, progress: Progress, images: int) -> None:
        super().__init__()
        self.line = line
        self._progress = progress
        self._images = images
        self._steps_made = 0
        self._is_due = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Start the training's clock."""
        self._began = time.monotonic()
        self.line.state = "training"

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start the epoch's clock."""
        self._epoch_began = time.monotonic()
        self.line.epoch = epoch + 1
        self.line.step = epoch * self.params["steps"]
        self._progress.update(self.line)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Show the step before, and read the rate where this one will be shown."""
        self._show()
        self._is_due = batch + 1 == self.params["steps"] or self._progress.is_due()
        if self._is_due:
            self.line.rate = float(self.model.optimizer.learning_rate)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take note of the step, where one is due."""
        self.line.step += 1
        self._steps_made += 1
        if self._is_due:
            self._measure(batch, logs or {})

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Show the last step of the epoch."""
        self._show()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Show the epoch, with its test accuracy."""
        self.line.test_accuracy = (logs or {}).get("val_accuracy", math.nan)
        self._progress.end_epoch(self.line)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Show that the training is done."""
        self.line.state = "done"
        self._progress.update(self.line)

    def _show(self) -> None:
        if self._is_due:
            self._is_due = False
            self._progress.update(self.line)

    def _measure(self, batch: int, logs: Mapping[str, Any]) -> None:
        now = time.monotonic()
        part = (batch + 1) / self.params["steps"]
        self.line.loss, self.line.accuracy = logs["loss"], logs["accuracy"]
        self.line.images_per_second = part * self._images / (now - self._epoch_began)
        seconds_per_step = (now - self._began) / self._steps_made
        self.line.seconds_left = seconds_per_step * (self.line.total_steps - self.line.step)
