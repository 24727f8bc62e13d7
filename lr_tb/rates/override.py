"""What stands in for an optimizer's own rate while a callback is in force."""

import sys
from typing import Any, Self

import keras
from keras.optimizers.schedules import LearningRateSchedule

_OVERRIDDEN = "_get_current_learning_rate"


class RateOverride:
    """Takes the place of an optimizer's own rate, inside the traced train step.

    It shadows one method of the optimizer object. Assigning
    `optimizer.learning_rate` and assigning it back would reorder the optimizer's
    variables, and checkpoints could no longer be loaded. `retrace` must
    follow after a schedule, variable or factor is put in and after it is taken out.

    The rate is `(schedule(step) or variable or the optimizer's own rate) * factors`.

    Attributes:
        optimizer: The innermost optimizer.
        owner: The callback that decides on the rate, or None.
        schedule: Takes the place of the optimizer's own rate, or None.
        variable: A rate that is set from the host, used where there is no schedule.
        planned: What `variable` will be set to, by step, as far as is known.
        is_by_epoch: Whether `variable` is set at each epoch.
        factors: Variables that multiply the rate.
    """

    def __init__(self, optimizer: keras.optimizers.Optimizer) -> None:
        self.optimizer = optimizer
        self.owner: object | None = None
        self.schedule: LearningRateSchedule | None = None
        self.variable: keras.Variable | None = None
        self.planned: LearningRateSchedule | None = None
        self.is_by_epoch = False
        self.factors: list[keras.Variable] = []
        self._is_alone = False

    @classmethod
    def install(cls, optimizer: keras.optimizers.Optimizer) -> Self:
        """Return the override of an optimizer, putting one there where there is none."""
        override = cls.of(optimizer)
        if override is None:
            override = cls(optimizer)
            setattr(optimizer, _OVERRIDDEN, override)
        return override

    @classmethod
    def of(cls, optimizer: keras.optimizers.Optimizer) -> Self | None:
        """Return the override of an optimizer, or None."""
        override = vars(optimizer).get(_OVERRIDDEN)
        return override if isinstance(override, cls) else None

    def claim(self, owner: object, *, alone: bool = False) -> None:
        """Let one callback, and no other, decide on the rate.

        Args:
            owner: The callback.
            alone: Whether factors are refused, too.

        Raises:
            ValueError: Another one does.
        """
        if self.owner is not None or (alone and self.factors):
            raise self._refused(owner)
        self.owner, self._is_alone = owner, alone

    def add_factor(self, owner: object, factor: keras.Variable) -> None:
        """Multiply the rate by a variable, for a callback.

        Raises:
            ValueError: Another callback decides on the rate alone.
        """
        if self._is_alone:
            raise self._refused(owner)
        self.factors.append(factor)

    def _refused(self, other: object) -> ValueError:
        names = [type(each).__name__ for each in (self.owner, other) if each is not None]
        return ValueError(
            "`callbacks` must hold one callback that decides on the learning rate. "
            f"Received: callbacks=[{', '.join(names)}] on one optimizer. Leave one of them out."
        )

    def release(self) -> None:
        """Take the owner away, with all that it has put in."""
        self.owner = self.schedule = self.variable = self.planned = None
        self.is_by_epoch = self._is_alone = False
        self.remove_if_empty()

    def remove_if_empty(self) -> None:
        """Give the optimizer its own method back once no callback uses the override."""
        is_empty = self.owner is None and not self.factors
        if is_empty and vars(self.optimizer).get(_OVERRIDDEN) is self:
            delattr(self.optimizer, _OVERRIDDEN)

    def __call__(self) -> Any:
        """Return the rate of the update that is being made, as a tensor."""
        return self.at(self.optimizer._iterations)

    def at(self, step: Any) -> Any:
        """Return the rate at a step, as a tensor."""
        rate = keras.ops.convert_to_tensor(self._base(step))
        for factor in self.factors:
            rate = rate * keras.ops.cast(factor, rate.dtype)
        return rate

    def read(self, step: int) -> float:
        """Return the rate at a step, on the host."""
        return float(keras.ops.convert_to_numpy(self.at(step)))

    def _base(self, step: Any) -> Any:
        if self.schedule is not None:
            return self.schedule(step)
        if self.variable is not None:
            return self.variable
        own = self.optimizer._learning_rate
        if isinstance(own, LearningRateSchedule):
            return own(step)
        return type(self.optimizer)._get_current_learning_rate(self.optimizer)


def retrace(model: keras.Model) -> None:
    """Make the train function anew, and have it traced anew.

    On JAX a variable that the optimizer does not track is a constant of the trace, and a
    trace of the same train step is used again for as long as anyone holds the old one.
    """
    if keras.backend.backend() == "jax":
        sys.modules["jax"].jit(model.train_step).clear_cache()
    model.make_train_function(force=True)
