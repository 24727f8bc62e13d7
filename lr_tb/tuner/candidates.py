"""The schedules that a search compares."""

import inspect
import numbers
from collections.abc import Iterator, Mapping
from typing import Any

from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.plan import Schedule, spec_or_none
from lr_tb.schedules import checks
from lr_tb.schedules.resolve import is_factory, resolve
from lr_tb.tuner.horizon import Horizon

CHOICE = "schedule"


class Candidates:
    """Schedules by name, one of which each trial is trained under.

    Args:
        schedules: From name to anything that lr_tb takes as a schedule.

    Raises:
        TypeError: One of them is nothing that lr_tb takes as a schedule, or a factory asks
            for something else than hp, total_steps, steps_per_epoch and epochs.
        ValueError: There are none, or a name cannot be a folder's.
    """

    def __init__(self, schedules: Mapping[str, Schedule]) -> None:
        if not isinstance(schedules, Mapping):
            advice = 'Such as {"flat": 1e-3, "cosine": "CosineDecay(3e-3, total_steps)"}.'
            what = "be a mapping from name to schedule"
            raise TypeError(checks.message("schedules", what, schedules, advice))
        if not schedules:
            raise checks.error("schedules", "name at least one schedule", schedules)
        for name, schedule in schedules.items():
            _check_name(name)
            _check_kind(name, schedule)
        self._schedules = dict(schedules)

    @property
    def names(self) -> list[str]:
        """Names of the schedules, in their order."""
        return list(self._schedules)

    def describe(self) -> dict[str, str]:
        """Return, for each name, words that change when the schedule does, a function excepted."""
        return {name: _words(schedule) for name, schedule in self._schedules.items()}

    def check(self, horizon: Horizon) -> None:
        """Build every schedule that has no hyperparameters.

        Raises:
            TypeError: A schedule cannot be built.
            ValueError: The same.
        """
        for name, schedule in self._schedules.items():
            if not _takes_hp(schedule):
                self._build(name, horizon, None)

    def build(self, hp: Any, horizon: Horizon) -> LearningRateSchedule | float:
        """Return the schedule that hyperparameters choose.

        Each schedule's own hyperparameters are declared in a scope that is active where it
        is chosen, and are called `<name of the schedule>/<their name>`.

        Args:
            hp: KerasTuner's `HyperParameters`.
            horizon: Length of the training.
        """
        chosen = hp.Choice(CHOICE, list(self._schedules))
        made: LearningRateSchedule | float | None = None
        for name, schedule in self._schedules.items():
            if not _takes_hp(schedule):
                made = self._build(name, horizon, None) if name == chosen else made
                continue
            with hp.conditional_scope(CHOICE, [name]), hp.name_scope(name):
                made = self._build(name, horizon, hp) if name == chosen else made
        assert made is not None
        return made

    def _build(self, name: str, horizon: Horizon, hp: Any) -> LearningRateSchedule | float:
        try:
            return resolve(
                self._schedules[name],
                total_steps=horizon.total_steps,
                steps_per_epoch=horizon.steps_per_epoch,
                epochs=horizon.epochs,
                hp=hp,
            )
        except (TypeError, ValueError) as error:
            error.add_note(f"This is the schedule {name!r}.")
            raise


def _check_name(name: Any) -> None:
    is_folder = isinstance(name, str) and name not in ("", ".", "..")
    if not is_folder or any(char in "/\\" or not char.isprintable() for char in name):
        what = "have names that can be folders' names, without slashes"
        raise ValueError(f"`schedules` must {what}. Received: name={name!r}.")


def _check_kind(name: str, schedule: Any) -> None:
    is_known = isinstance(schedule, LearningRateSchedule | str | numbers.Real)
    if is_known and not isinstance(schedule, bool):
        return
    if not callable(schedule) or isinstance(schedule, type):
        what = "map to Keras schedules, numbers, specs, functions of the step or factories"
        raise TypeError(f"`schedules` must {what}. Received: schedules[{name!r}]={schedule!r}.")
    if not is_factory(schedule) and not _takes_one(schedule):
        signature = ", ".join(inspect.signature(schedule).parameters)
        raise TypeError(
            "A factory in `schedules` must take some of hp, total_steps, steps_per_epoch and "
            "epochs by name, and a function the step alone. "
            f"Received: schedules[{name!r}] takes ({signature})."
        )


def _takes_one(function: Any) -> bool:
    try:
        inspect.signature(function).bind(0)
    except TypeError:
        return False
    return True


def _takes_hp(schedule: Any) -> bool:
    is_known = isinstance(schedule, LearningRateSchedule | str | numbers.Real)
    return not is_known and is_factory(schedule) and "hp" in _parameters(schedule)


def _parameters(function: Any) -> Iterator[str]:
    yield from inspect.signature(function).parameters


def _words(schedule: Any) -> str:
    if isinstance(schedule, LearningRateSchedule):
        return spec_or_none(schedule) or type(schedule).__name__
    if isinstance(schedule, str):
        return schedule
    return repr(float(schedule)) if isinstance(schedule, numbers.Real) else "a function"
