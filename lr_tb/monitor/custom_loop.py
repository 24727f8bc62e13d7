"""Where the steps of a training loop of one's own are: the part of the monitor that says so."""

import contextlib
from collections.abc import Iterator
from typing import Any

from lr_tb.monitor.loop_log import LoopLog
from lr_tb.schedules import checks


class CustomLoop:
    """Mixed into the monitor: logs steps that no `fit` tells of."""

    _loop: LoopLog | None = None

    @contextlib.contextmanager
    def step(self, optimizer: Any) -> Iterator[None]:
        """Watch a step of a training loop of one's own; `log` says what came of it.

        Writes what a fit has written, with the same tags at the same steps: the rate that
        the step's update used, its loss and metrics, its time and, with `total_steps`
        given, the plan before the first one.

        A step is logged once the optimizer has counted it, so let the block hold the
        update: `optimizer.apply(...)`, `model.train_on_batch(...)` or a function that
        calls one of them; on JAX set the optimizer's variables in it too. The rate is
        read when the block begins; assign another one before it. A step that raises is
        not logged. `profile_batch` counts these blocks.

        Args:
            optimizer: A Keras optimizer, or an iterable of those that the block updates,
                the one that counts the steps first. The same in every step.

        Raises:
            ValueError: The steps before had another optimizer.

        Example:
            >>> import os, tempfile
            >>> import keras
            >>> import numpy as np
            >>> from lr_tb import LearningRateMonitor
            >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            >>> model.compile("sgd", "mse")
            >>> batches = [(np.ones((4, 2)), np.ones(4))] * 3
            >>> with tempfile.TemporaryDirectory() as logs:
            ...     with LearningRateMonitor(logs, total_steps=3, batch_size=4) as monitor:
            ...         for x, y in batches:
            ...             model.reset_metrics()
            ...             with monitor.step(model.optimizer):
            ...                 monitor.log(loss=model.train_on_batch(x, y))
            ...         monitor.log_epoch(val_loss=model.evaluate(x, y, verbose=0))
            ...     sorted(entry.name for entry in os.scandir(logs) if entry.is_dir())
            ['train', 'validation']
        """
        if self._loop is None:
            self._loop = self._new_loop(optimizer)
        elif not self._loop.is_of(optimizer):
            raise checks.error(
                "optimizer", "be that of the steps before", optimizer, "Hand over all as a list."
            )
        loop = self._loop
        loop.begin_step()
        yield
        loop.end_step()

    def log(self, **values: Any) -> None:
        """Log loss and metrics of a step, from within `with monitor.step(...)`.

        Args:
            **values: Numbers, or tensors of shape `[]`, each that of this step alone:
                `model.train_on_batch` returns running means unless the metrics are reset
                before. Tensors are read at once, so that the step's time has the device's
                work in it.

        Raises:
            TypeError: A value is not a number.
            ValueError: No step is under way.
        """
        self._running_loop("log").log(values)

    def log_epoch(self, **values: Any) -> None:
        """Log loss and metrics of an epoch, after its last step.

        The table that compares runs reads these. Step times and examples per second (for
        the latter, give the monitor the `batch_size`) leave out the time up to the next step.

        Args:
            **values: Numbers, or tensors of shape `[]`; those of validation begin with
                `val_`, as in Keras.

        Raises:
            TypeError: A value is not a number.
            ValueError: There was no step yet.
        """
        self._running_loop("log_epoch").log_epoch(values)

    def _new_loop(self, optimizer: Any) -> LoopLog:
        """Begin to watch a loop."""
        raise NotImplementedError

    def _running_loop(self, method: str) -> LoopLog:
        if self._loop is None:
            raise ValueError(f"`{method}` must come after `with monitor.step(optimizer):`.")
        return self._loop
