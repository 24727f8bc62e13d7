"""The callback that looks for a good learning rate with a range test."""

import math
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from lr_tb.backend.carried_state import sync
from lr_tb.events import EventWriter, local_path
from lr_tb.finder.snapshot import Snapshot
from lr_tb.finder.suggestions import MovingAverage, suggest
from lr_tb.rates.override import RateOverride, retrace
from lr_tb.rates.source import float32_repr, innermost, iterations, step_counters
from lr_tb.rates.tenure import FitScoped
from lr_tb.records import FinderRecord
from lr_tb.schedules import checks
from lr_tb.schedules.composition import Sequence
from lr_tb.schedules.table import Table

_FEWEST_STEPS = 20
_DIVERGED = 4.0


class LearningRateFinder(FitScoped, keras.callbacks.Callback):
    """Looks for a good learning rate with a range test.

    The rate rises from step to step while the loss of each batch is noted. The test
    ends, and the fit with it, after `num_steps` steps or as soon as the loss diverges: once
    the smoothed loss is above four times its lowest value, or a loss is not finite.
    Then weights, optimizer and `model.stop_training` are what they were before. Give the
    test a fit of its own, with as many `epochs` as `num_steps` take:

        finder = lr_tb.LearningRateFinder("logs/finder")
        model.fit(x, y, callbacks=[finder])
        model.optimizer.learning_rate = finder.suggestion

    With a `log_dir`, the outcome is written there as the record `lr_tb/finder`, for the
    tab in TensorBoard. After a fit that raised, everything is put back at `close()`, at the
    end of `with finder: model.fit(...)`, or before the model trains again.

    Args:
        log_dir: Local folder of the run group to write to, or None for nowhere.
        start: First rate, > 0.
        end: Last rate, > `start`.
        num_steps: Steps of the test, at least 20.
        mode: `"exponential"`: each rate is the same multiple of the one before; or
            `"linear"`: the rates are evenly spaced.

    Attributes:
        rates: The rate of each step, as far as the test went.
        losses: The loss of each step's batch, before its update.
        smoothed: The moving average of the losses, see `lr_tb.finder.suggestions.MovingAverage`.
        suggestions: From the rules `"valley"`, `"slide"`, `"minimum"` and `"steep"` to a
            rate, or None where a rule finds nothing; see `lr_tb.finder.suggestions.suggest`.

    Raises:
        ValueError: An argument is out of range; or, before the first step, the model
            makes several steps per execution, the fit is shorter than the test, or
            another callback decides on the rate.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> finder = LearningRateFinder(start=1e-4, num_steps=50)
        >>> x = np.ones((50, 1))
        >>> history = model.fit(x, x, batch_size=1, verbose=0, callbacks=[finder])
        >>> 0.001 < finder.suggestion < 1, int(model.optimizer.iterations)
        (True, 0)
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        start: float = 1e-7,
        end: float = 10.0,
        num_steps: int = 100,
        mode: str = "exponential",
    ) -> None:
        super().__init__()
        self._arguments = {
            key: value for key, value in locals().items() if key not in ("self", "__class__")
        }
        self._log_dir = None if log_dir is None else local_path(log_dir)
        if checks.rate("end", end) <= checks.positive("start", start):
            raise checks.error("end", f"be above start={start!r}", end)
        if checks.count("num_steps", num_steps) < _FEWEST_STEPS:
            raise checks.error("num_steps", f"be >= {_FEWEST_STEPS}", num_steps)
        checks.choice("mode", mode, ("exponential", "linear"))
        space = np.geomspace if mode == "exponential" else np.linspace
        self._ramp = [float32_repr(rate) for rate in space(start, end, num_steps)]
        self._overrides: list[RateOverride] = []
        self._snapshot: Snapshot | None = None
        self._forget()

    @property
    def suggestion(self) -> float | None:
        """The rate that the rule `"valley"` suggests; None before the test or without one."""
        return self.suggestions.get("valley")

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Take the rates over, so that no other callback does."""
        self.close()
        self._forget()
        if self.model.steps_per_execution != 1:
            advice = "Compile the model with steps_per_execution=1: each step has a loss."
            value = self.model.steps_per_execution
            raise checks.error("steps_per_execution", "be 1", value, advice)
        with self._beginning():
            for optimizer in innermost(self.model.optimizer).values():
                override = RateOverride.install(optimizer)
                override.claim(self, alone=True)
                self._overrides.append(override)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Begin the test in the first epoch, when what is restored is there."""
        if not self._overrides or self._snapshot is not None:
            return
        with self._beginning():
            self._check_length(epoch)
            self._snapshot = Snapshot(self.model)
            self._counter = step_counters(self.model.optimizer)[0]
            for override in self._overrides:
                first = iterations(override.optimizer)
                ramp = Table(self._ramp)
                override.schedule = Sequence([self._ramp[0], ramp], [first]) if first else ramp
            retrace(self.model)
            self._is_running = True

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Let Keras' running means begin anew: the next is the batch's own loss."""
        if self._is_running:
            sync(self.model)
            self.model.reset_metrics()
            self._step = int(self._counter.value)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note the batch's loss; end the test where it is time."""
        if not self._is_running:
            return
        loss = _loss_in(logs or {})
        sync(self.model)
        if math.isfinite(loss):
            if int(self._counter.value) == self._step:
                return  # A LossScaleOptimizer has skipped the update.
            self.rates.append(self._ramp[len(self.rates)])
            self.losses.append(loss)
            self.smoothed.append(self._average.add(loss))
        if not math.isfinite(loss) or self._is_over():
            self.model.stop_training = self._has_stopped = True
            self._finish()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Put everything back."""
        if self._is_running:
            warnings.warn(
                f"The range test ended after {len(self.rates)} of {len(self._ramp)} steps, "
                "with the data: pass more `epochs` to fit, or a smaller `num_steps`.",
                RuntimeWarning,
                stacklevel=2,
            )
            self._finish()
        self.close()

    def _forget(self) -> None:
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.smoothed: list[float] = []
        self.suggestions: dict[str, float | None] = {}
        self._average = MovingAverage()
        self._lowest = math.inf
        self._is_running = self._has_stopped = False

    def _undo(self) -> None:
        for override in self._overrides:
            override.release()
        self._overrides, self._is_running = [], False
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            snapshot.restore()
        if self._has_stopped:
            self.model.stop_training = self._has_stopped = False

    def _check_length(self, epoch: int) -> None:
        """Refuse a fit that is known to be shorter than the test."""
        params = self.params or {}
        in_epoch, epochs = params.get("steps"), (params.get("epochs") or 1) - epoch
        if in_epoch is not None and in_epoch * epochs < len(self._ramp):
            needed = epoch + math.ceil(len(self._ramp) / max(1, in_epoch))
            advice = f"Pass epochs={needed} to fit: the test ends it when it is done."
            requirement = f"be at most the {in_epoch * epochs} steps of the fit"
            raise checks.error("num_steps", requirement, len(self._ramp), advice)

    def _is_over(self) -> bool:
        """Whether the ramp is at its end or the loss has diverged."""
        if len(self.rates) == len(self._ramp):
            return True
        self._lowest = min(self._lowest, self.smoothed[-1])
        limit = self._lowest + (_DIVERGED - 1) * abs(self._lowest)
        return self.smoothed[-1] > limit and len(self.rates) > len(self._ramp) // 10

    def _finish(self) -> None:
        """Work the outcome out, write it and put the weights back, ahead of any validation."""
        self._is_running = False
        self.suggestions = suggest(self.rates, self.smoothed)
        if self._snapshot is not None:
            self._snapshot.restore()
        if self._log_dir is not None:
            self._write(self._log_dir)

    def _write(self, log_dir: Path) -> None:
        record = FinderRecord(
            rates=self.rates,
            losses=self.losses,
            smoothed=self.smoothed,
            suggestions=self.suggestions,
        )
        try:
            writer = EventWriter(log_dir, starts_session=False)
            writer.add_record(record)
            writer.close()
        except OSError as error:
            warnings.warn(
                f"lr_tb cannot write the range test to {str(log_dir)!r}: {error!r}.",
                RuntimeWarning,
                stacklevel=2,
            )


def _loss_in(logs: Mapping[str, Any]) -> float:
    if "loss" not in logs:
        raise ValueError(
            "`train_step` must return a `loss` for a range test. "
            f"Received: logs with the keys {', '.join(logs) or 'none'}."
        )
    return float(logs["loss"])
