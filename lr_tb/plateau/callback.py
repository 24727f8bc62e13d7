"""The callback that reduces the rate when a metric has stopped improving."""

import os
import sys
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import logging

from lr_tb.plateau.state import PlateauState
from lr_tb.rates.override import RateOverride, retrace
from lr_tb.rates.source import innermost, iterations, last_rates, rate_at
from lr_tb.rates.tenure import FitScoped
from lr_tb.schedules import checks


class ReduceLROnPlateau(FitScoped, keras.callbacks.ReduceLROnPlateau):
    """Reduces the learning rate when a metric has stopped improving, on top of any schedule.

    Takes what Keras' callback of this name takes and does what it does. A rate that is
    a float is assigned, and stays after the fit. Where the rate comes from a schedule or
    a callable, also one that `LearningRateScheduler` puts in force, it is multiplied by a
    factor inside the train step, for the length of the fit: the schedule goes on beneath.

    At the end of an epoch, `logs["learning_rate"]` is the rate of its last update
    (`learning_rate_<optimizer>` where there are several). The callback may stand anywhere
    in the list. After a fit that raised, a factor is taken away at `close()`, at the end of
    `with plateau: model.fit(...)`, or before the model trains again.

    Args:
        monitor: Key of the metric in the logs of an epoch.
        factor: What the rate is multiplied by, >= 0 and < 1.
        patience: Epochs without improvement after which the rate is reduced.
        verbose: 1 to tell each reduction, 0 to be quiet.
        mode: `"min"` or `"max"`: which way the metric improves; `"auto"`: as Keras knows.
        min_delta: Smallest change that is an improvement.
        cooldown: Epochs after a reduction in which no epochs are counted.
        min_lr: The rate is not reduced below it. On a schedule this is the rate as reduced,
            at the time of the reduction.
        state_path: A small JSON file, written at the end of each epoch, from which factor,
            best value, epochs waited and cooldown come back when a fit begins. Without it,
            each fit starts afresh. (A float rate comes back with the optimizer.)

    Raises:
        ValueError: An argument is out of range; or, when a fit begins, `state_path` holds
            something else.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.5), "mse")
        >>> plateau = ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100)
        >>> x = np.ones((4, 1))
        >>> history = model.fit(x, x, epochs=3, verbose=0, callbacks=[plateau])
        >>> history.history["learning_rate"], float(model.optimizer.learning_rate)
        ([0.5, 0.5, 0.25], 0.125)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        *,
        state_path: str | os.PathLike[str] | None = None,
    ) -> None:
        arguments = {
            key: value for key, value in locals().items() if key not in ("self", "__class__")
        }
        if checks.not_negative("factor", factor) >= 1:
            raise checks.error("factor", "be < 1", factor)
        checks.choice("mode", mode, ("auto", "min", "max"))
        checks.not_negative("patience", patience)
        checks.not_negative("cooldown", cooldown)
        checks.rate("min_lr", min_lr)
        super().__init__(monitor, factor, patience, verbose, mode, min_delta, cooldown, min_lr)
        self._arguments = arguments
        self._state_path = None if state_path is None else Path(state_path)
        self._factors: dict[str, keras.Variable] = {}
        self._overrides: dict[str, RateOverride] = {}
        self._is_begun = False
        self._has_several = False
        self._restored: list[float] = []

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Start afresh, or from `state_path`."""
        self.close()
        super().on_train_begin(logs)
        self._is_begun = False
        self._restored = []
        if self._state_path is not None and self._state_path.exists():
            state = PlateauState.load(self._state_path)
            self._restored, self.best = state.factors, state.best
            self.wait, self.cooldown_counter = state.wait, state.cooldown

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Put factors into the train step where they are needed, in the first epoch."""
        if self._is_begun:
            return
        self._is_begun = True
        optimizers = innermost(self.model.optimizer)
        self._has_several = len(optimizers) > 1
        values = self._restored or [1.0] * len(optimizers)
        if len(values) != len(optimizers):
            requirement = f"hold the state of {len(optimizers)} optimizers"
            raise checks.error("state_path", requirement, str(self._state_path))
        if all(map(_is_assignable, optimizers.values())):
            return
        with self._beginning():
            for (name, optimizer), value in zip(optimizers.items(), values, strict=True):
                if not _is_assignable(optimizer):
                    self._put_in(name, optimizer, value)
            retrace(self.model)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell the rate of the epoch's last update, and reduce the rate where it is time."""
        logs = {} if logs is None else logs
        optimizers = innermost(self.model.optimizer)
        logs.update(last_rates(optimizers))
        if self._is_time(logs):
            reduced = [self._reduce(*item, epoch) for item in optimizers.items()]
            if any(reduced):
                self.cooldown_counter = self.cooldown
                self.wait = 0
        if self._state_path is not None:
            self._save(self._state_path, optimizers)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Take the factors away."""
        self.close()

    def _undo(self) -> None:
        for name, override in self._overrides.items():
            override.factors.remove(self._factors[name])
            override.remove_if_empty()
        self._overrides = {}

    def _put_in(self, name: str, optimizer: keras.optimizers.Optimizer, value: float) -> None:
        if name not in self._factors:
            self._factors[name] = keras.Variable(1.0, trainable=False, dtype="float32")
        self._factors[name].assign(value)
        override = RateOverride.install(optimizer)
        override.add_factor(self, self._factors[name])
        self._overrides[name] = override

    def _is_time(self, logs: Mapping[str, Any]) -> bool:
        """Take note of the epoch's value; whether it is time to reduce the rate."""
        if self.monitor_op is None:
            self._set_monitor_op()
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"`monitor` must be one of {', '.join(logs)}. Received: "
                f"monitor={self.monitor!r}. The learning rate is not reduced.",
                stacklevel=2,
            )
            return False
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            return self.wait >= self.patience
        return False

    def _reduce(self, name: str, optimizer: keras.optimizers.Optimizer, epoch: int) -> bool:
        """Reduce the rate of one optimizer; False where it is not above `min_lr`."""
        old = rate_at(optimizer, iterations(optimizer))
        if old <= np.float32(self.min_lr):
            return False
        new = max(old * self.factor, self.min_lr)
        if name in self._overrides:
            self._multiply(self._factors[name], new / old)
        else:
            optimizer.learning_rate = new
        if self.verbose > 0:
            of = f" {name}" if self._has_several else ""
            _tell(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing{of} learning rate to {new}.")
        return True

    def _save(self, path: Path, optimizers: Iterable[str]) -> None:
        """Write the state; a full disk ends no training."""
        factors = [
            float(self._factors[name]) if name in self._overrides else 1.0 for name in optimizers
        ]
        best = None if self.best is None else float(self.best)
        try:
            PlateauState(factors, best, self.wait, self.cooldown_counter).save(path)
        except OSError as error:
            warnings.warn(
                f"ReduceLROnPlateau cannot write its state to {str(path)!r}: {error!r}. "
                "The training goes on.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _multiply(self, factor: keras.Variable, by: float) -> None:
        """Change a factor; JAX bakes it into the train step, which is made anew."""
        factor.assign(float(factor) * by)
        if keras.backend.backend() == "jax":
            retrace(self.model)


def _is_assignable(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether the rate is a float that no other callback decides on."""
    override = RateOverride.of(optimizer)
    is_owned = override is not None and override.owner is not None
    return isinstance(optimizer._learning_rate, keras.Variable) and not is_owned


def _tell(message: str) -> None:
    """Tell a person something, the way Keras does."""
    if keras.config.is_interactive_logging_enabled():
        sys.stdout.write(f"{message}\n")
        sys.stdout.flush()
    else:
        logging.info(message)
