"""The callback that logs the rate each update used, next to loss, metrics and step time."""

import numbers
import os
import re
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import keras

from lr_tb.events import local_path
from lr_tb.monitor.custom_loop import CustomLoop
from lr_tb.monitor.fit_log import FitLog, Traced
from lr_tb.monitor.group import GroupWriter
from lr_tb.monitor.header import Header
from lr_tb.monitor.hparams import check_hparams
from lr_tb.monitor.loop_log import LoopLog
from lr_tb.monitor.step_times import StepClock
from lr_tb.plan import Plan, Schedule
from lr_tb.profiling.window import ProfileWindow, profiled_executions
from lr_tb.rates.source import innermost
from lr_tb.records import TRAIN
from lr_tb.schedules import checks

_SEED_FOLDER = re.compile(r"seed(\d+)")


class LearningRateMonitor(CustomLoop, keras.callbacks.Callback):
    """Logs the learning rate that each update used, next to loss, metrics and step time.

    Writes ordinary TensorBoard scalars. In the run `<log_dir>/train`, at the optimizer's
    step (0-based, the count that a schedule is given for that update):

    - `step/learning_rate`: the rate of that update, for every step chosen by
      `update_freq`; `step/learning_rate/<optimizer>` where there are several.
    - `step/loss`: mean loss since the previous point (Keras' running mean undone).
    - `step/<metric>`: Keras' running value.
    - `step/step_time_ms`: time of a step, callbacks before this one excluded.
    - `epoch/learning_rate`, `epoch/loss`, `epoch/<metric>` at the epoch's last step; the
      validation values under the same tags in the run `<log_dir>/validation`.

    In the run `<log_dir>` itself: the plan (`lr_tb/plan`), the step times
    (`lr_tb/step_times`), where the time of profiled steps went (`lr_tb/profile`) and the
    hyperparameters for TensorBoard's HParams tab.

    The callback may stand anywhere in the list. Nothing is written before the first
    update, and everything reaches the disk within two seconds. It can be used for
    several fits, whose steps go on. When logging fails (a full disk), one warning
    says so and the training goes on. After a fit that raised, `close()` writes what is
    pending; so does `with LearningRateMonitor(...) as monitor: model.fit(...)`, the next
    fit and the end of the interpreter.

    A training loop of one's own says where its steps are: see `step`.

    Args:
        log_dir: Local folder of this run group, such as `"logs/cosine"`.
        plan: The planned curve, a `Plan` or anything that lr_tb takes as a schedule.
            By default it is drawn from the optimizer's schedule.
        total_steps: Steps of the whole training, for the plan. By default the steps so
            far and those of this fit.
        update_freq: `"batch"` or 1 for every step, an integer n for the steps that n
            divides, `"epoch"` for the `epoch/*` scalars only.
        profile_batch: A number or a pair of numbers: the executions of each fit to
            profile, 1-based and inclusive; 0 for none. The capture is for TensorBoard's
            Profile tab too; see `lr_tb.profiling.step_times`.
        batch_size: For the HParams tab. By default the first batch's size.
        optimizer: Whose rates to log. By default the model's.
        hparams: More hyperparameters for the HParams tab, from name to a number,
            string or boolean.
        name: Name of the row in the tab. By default the folder's name, without a
            `seed<k>` at its end.
        seed: Seed of the training: groups of one name whose seeds differ are compared
            as one. By default the `k` of a folder `seed<k>`.

    Raises:
        ValueError: An argument is out of range, when the callback is made.
        DirectoryInUseError: Another monitor writes into `log_dir`, when a fit begins.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> with tempfile.TemporaryDirectory() as logs:
        ...     monitor = LearningRateMonitor(logs)
        ...     _ = model.fit(np.ones((8, 2)), np.ones(8), verbose=0, callbacks=[monitor])
        ...     sorted(entry.name for entry in os.scandir(logs) if entry.is_dir())
        ['train']
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        *,
        plan: Plan | Schedule | None = None,
        total_steps: int | None = None,
        update_freq: int | str = 1,
        profile_batch: int | tuple[int, int] = 0,
        batch_size: int | None = None,
        optimizer: Any = None,
        hparams: Mapping[str, float | str | bool] | None = None,
        name: str | None = None,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        self._arguments = {
            key: value for key, value in locals().items() if key not in ("self", "__class__")
        }
        self.log_dir = local_path(log_dir)
        self._update_freq = _update_freq(update_freq)
        self._profiled = profiled_executions(profile_batch)
        self._optimizer = optimizer
        self._batch_size = _count_or_none("batch_size", batch_size)
        self._header = Header(
            plan=plan,
            total_steps=_count_or_none("total_steps", total_steps),
            batch_size=self._batch_size,
            hparams=check_hparams(hparams),
            name=name,
            folder=_row_name(self.log_dir),
            seed=_seed_of(self.log_dir) if seed is None else _integer("seed", seed),
        )
        self._traced = Traced()
        self._clock = StepClock()
        self._fit: FitLog | None = None
        self._finalizer: weakref.finalize | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a monitor with the same arguments that has seen nothing yet."""
        return type(self)(**self._arguments)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is pending and leave the model as it was. May be called twice."""
        fit, self._fit = self._fit, None
        loop, self._loop = self._loop, None
        for log in (fit, loop):
            if log is not None:
                log.close()
        if self._finalizer is not None:
            self._finalizer.detach()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Lock the folder and begin to watch the model."""
        group = self._begin(self.params)
        self._fit = FitLog(
            self.model,
            self._optimizer,
            group=group,
            header=self._header,
            clock=self._clock,
            window=self._window(group),
            traced=self._traced,
            update_freq=self._update_freq,
        )
        self._finalizer = weakref.finalize(self, self._fit.close)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start the epoch's clock."""
        if self._fit is not None:
            self._fit.begin_epoch(epoch, self.params)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start the execution's clock."""
        if self._fit is not None:
            self._fit.begin_execution(batch)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep the execution's rate, loss, metrics and time for the next flush."""
        if self._fit is not None:
            self._fit.end_execution(batch, logs or {})

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Stop the epoch's clock: validation is not training."""
        if self._fit is not None:
            self._fit.end_training_part()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the epoch's scalars."""
        if self._fit is not None:
            self._fit.end_epoch(logs or {})

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Close the files and leave the model as it was."""
        if self._fit is not None:
            self._fit.end_fit()
        self.close()

    def _begin(self, fit: Any) -> GroupWriter:
        """Lock the folder for a fit, or a loop, and forget the one before."""
        self.close()
        self._header.begin_fit()
        self._clock.begin_fit()
        return GroupWriter(self.log_dir, fit=fit)

    def _window(self, group: GroupWriter) -> ProfileWindow:
        return ProfileWindow(self._profiled, self.log_dir / TRAIN, group.add_record)

    def _new_loop(self, optimizer: Any) -> LoopLog:
        innermost(optimizer)
        group = self._begin(object())
        loop = LoopLog(
            optimizer,
            group=group,
            header=self._header,
            clock=self._clock,
            window=self._window(group),
            update_freq=self._update_freq,
            batch_size=self._batch_size,
        )
        self._finalizer = weakref.finalize(self, loop.close)
        return loop


def _update_freq(update_freq: int | str) -> int | None:
    if update_freq == "epoch":
        return None
    if update_freq == "batch":
        return 1
    if isinstance(update_freq, int) and not isinstance(update_freq, bool) and update_freq >= 1:
        return update_freq
    raise ValueError(
        '`update_freq` must be "batch", "epoch" or an integer >= 1. '
        f"Received: update_freq={update_freq!r}."
    )


def _count_or_none(argument: str, value: int | None) -> int | None:
    return None if value is None else checks.count(argument, value)


def _integer(argument: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise checks.error(argument, "be an integer", value)
    return int(value)


def _row_name(log_dir: Path) -> str:
    path = log_dir.absolute()
    return path.parent.name if _SEED_FOLDER.fullmatch(path.name) else path.name


def _seed_of(log_dir: Path) -> int | None:
    match = _SEED_FOLDER.fullmatch(log_dir.absolute().name)
    return int(match.group(1)) if match else None
