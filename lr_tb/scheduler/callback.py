"""The callback that puts a schedule in force for the length of a fit."""

import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.plan import Schedule
from lr_tb.rates.override import RateOverride, retrace
from lr_tb.rates.source import assigned_rate, innermost, iterations, last_rates, own_rate
from lr_tb.rates.tenure import FitScoped
from lr_tb.scheduler.epochs import FitLength, count_arguments, in_steps, tabulate
from lr_tb.schedules import checks
from lr_tb.schedules.evaluate import evaluate
from lr_tb.schedules.resolve import is_factory, resolve


class LearningRateScheduler(FitScoped, keras.callbacks.Callback):
    """Puts a schedule in force for the length of a fit.

    The rate is computed inside the train step, so that a schedule which changes at
    every step costs nothing on the host. It takes the place of whatever rate the
    optimizer has (a float, a schedule, a callable), of each one where there are
    several; after the fit the optimizer has its own again. The optimizer's variables,
    its config and every checkpoint are what they are without this callback.

    A schedule counts the optimizer's steps, which go on over fits and are restored with
    the optimizer. What counts epochs goes by the numbers that `fit` gives them
    (`initial_epoch`, `BackupAndRestore`).

    Python functions are called ahead of time, when the fit's first epoch begins, for all
    of its epochs or steps; they must be pure. Where the length of an epoch is unknown,
    each epoch's rate is set when it begins.

    At the end of an epoch, `logs["learning_rate"]` is the rate of its last update
    (`learning_rate_<optimizer>` where there are several). The callback may stand anywhere
    in the list; a `LearningRateMonitor` there plans and logs its rates. After a fit that
    raised, the optimizer gets its own rate back at `close()`, at the end of
    `with scheduler: model.fit(...)`, or before the model trains again.

    Args:
        schedule: One of:
            a Keras `LearningRateSchedule`, a number or a spec, of the step;
            a function as Keras' own callback takes it, `f(epoch)` or `f(epoch, lr)`, where
            `lr` is the rate of the epoch before and in epoch 0 the optimizer's own;
            a factory, called by keyword with those of `total_steps`, `steps_per_epoch` and
            `epochs` that it names. `total_steps` are those so far and those of this fit.
        unit: `"step"` or `"epoch"`: what `schedule` is called with, if not what it says
            above.

    Raises:
        TypeError: `schedule` is none of these.
        ValueError: `unit` is none of these; or, before the first step, another callback
            decides on the rate, a rate is negative or not finite, a spec cannot be read.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.5), "mse")
        >>> halving = LearningRateScheduler(lambda epoch, lr: lr / 2)
        >>> x = np.ones((4, 1))
        >>> history = model.fit(x, x, epochs=2, verbose=0, callbacks=[halving])
        >>> history.history["learning_rate"], float(model.optimizer.learning_rate)
        ([0.25, 0.125], 0.5)
    """

    def __init__(self, schedule: Schedule, *, unit: str | None = None) -> None:
        super().__init__()
        if unit is not None:
            checks.choice("unit", unit, ("step", "epoch"))
        self._arguments = {"schedule": schedule, "unit": unit}
        self._schedule = self._arguments["schedule"]
        is_function = _is_function(schedule)
        self._counts_epochs = unit == "epoch" or (unit is None and is_function)
        self._takes = 0
        if is_function and self._counts_epochs:
            self._takes = count_arguments(self._schedule, (2, 1))
        elif is_function:
            count_arguments(self._schedule, (1,))
        self._overrides: list[RateOverride] = []
        self._by_epoch: list[tuple[keras.Variable, LearningRateSchedule]] = []
        self._assigned: dict[RateOverride, float | None] = {}
        self._is_begun = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Take the rates over, so that no other callback does."""
        self.close()
        with self._beginning():
            for optimizer in innermost(self.model.optimizer).values():
                override = RateOverride.install(optimizer)
                override.claim(self)
                self._overrides.append(override)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Put the schedule in force in the first epoch; set the epoch's rate where it must be."""
        if self._overrides and not self._is_begun:
            with self._beginning():
                self._begin(epoch)
        for variable, by_epoch in self._by_epoch:
            self._set(variable, float(evaluate(by_epoch, epoch)))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell the rate of the epoch's last update."""
        self._warn_of_rates_set_in_vain()
        if logs is not None and self._is_begun:
            for key, rate in last_rates(innermost(self.model.optimizer)).items():
                logs.setdefault(key, rate)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Give the optimizer its own rate back."""
        self.close()

    def _warn_of_rates_set_in_vain(self) -> None:
        for override in self._overrides:
            rate = assigned_rate(override.optimizer)
            before, self._assigned[override] = self._assigned.get(override, rate), rate
            if rate != before:
                warnings.warn(
                    f"The learning rate was set to {rate} during a fit in which "
                    "LearningRateScheduler decides on it: the optimizer uses it only after the "
                    "fit. lr_tb.ReduceLROnPlateau reduces the rate of a scheduler.",
                    RuntimeWarning,
                    stacklevel=2,
                )

    def _undo(self) -> None:
        for override in self._overrides:
            override.release()
        self._overrides, self._by_epoch, self._is_begun = [], [], False
        self._assigned.clear()

    def _begin(self, epoch: int) -> None:
        """Put the schedule in force, now that restored steps and epochs are known."""
        params = self.params or {}
        for override in self._overrides:
            length = FitLength(
                epoch=epoch,
                epochs=max(epoch + 1, params.get("epochs") or 0),
                step=iterations(override.optimizer),
                steps_per_epoch=params.get("steps"),
            )
            self._put_in(override, self._resolve(override, length), length)
            self._assigned[override] = assigned_rate(override.optimizer)
        self._is_begun = True
        retrace(self.model)

    def _resolve(self, override: RateOverride, length: FitLength) -> LearningRateSchedule | float:
        if self._takes:
            own = own_rate(override.optimizer, length.first_step)
            return tabulate(self._schedule, self._takes, length.epochs, own)
        try:
            return resolve(
                self._schedule,
                total_steps=length.total_steps,
                steps_per_epoch=length.steps_per_epoch,
                epochs=length.epochs,
            )
        except ValueError as error:
            if length.steps_per_epoch is None:
                error.add_note("The length of an epoch is unknown: pass `steps_per_epoch` to fit.")
            raise

    def _put_in(
        self, override: RateOverride, resolved: LearningRateSchedule | float, length: FitLength
    ) -> None:
        if not isinstance(resolved, LearningRateSchedule):
            override.variable = _variable(resolved)
        elif not self._counts_epochs:
            override.schedule = resolved
        elif length.steps_per_epoch is None or self._may_skip_updates:
            override.variable, override.is_by_epoch = _variable(0.0), True
            self._by_epoch.append((override.variable, resolved))
            if length.steps_per_epoch is not None:
                override.planned = in_steps(resolved, length, length.steps_per_epoch)
        else:
            override.schedule = in_steps(resolved, length, length.steps_per_epoch)

    @property
    def _may_skip_updates(self) -> bool:
        """Whether the optimizer's steps may lag behind the epochs."""
        return hasattr(self.model.optimizer, "inner_optimizer")

    def _set(self, variable: keras.Variable, rate: float) -> None:
        """Set a rate from the host; JAX bakes it into the train step, which is made anew."""
        if float(variable) == np.float32(rate):
            return
        variable.assign(rate)
        if keras.backend.backend() == "jax":
            retrace(self.model)


def _variable(rate: float) -> keras.Variable:
    return keras.Variable(rate, trainable=False, dtype=keras.config.floatx())


def _is_function(schedule: Any) -> bool:
    """Whether it is a function of step or epoch; raises TypeError where it is no schedule."""
    if isinstance(schedule, LearningRateSchedule | str):
        return False
    if not callable(schedule) or isinstance(schedule, type):
        resolve(schedule)
        return False
    return not is_factory(schedule)
