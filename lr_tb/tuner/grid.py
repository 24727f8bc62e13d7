"""The default oracle: every combination once, also after it was broken off."""

from collections.abc import Iterator
from typing import Any

import keras_tuner

from lr_tb.tuner.candidates import CHOICE
from lr_tb.tuner.project import hash_of


class GridOracle(keras_tuner.Oracle):
    """Tries every combination of hyperparameters: the schedules in their order.

    KerasTuner's own `GridSearchOracle` keeps its place in the grid in memory only. This
    one looks which combinations were tried, so that a search can go on. A trial that
    fails does not end the search.

    Args:
        objective: What to judge by, as KerasTuner takes it.
        max_trials: Most trials, or None for all combinations.
    """

    def __init__(self, objective: Any = None, max_trials: int | None = None) -> None:
        super().__init__(
            objective=objective, max_trials=max_trials, max_consecutive_failed_trials=2**31
        )

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Return the first combination that was not tried yet."""
        tried = {hash_of(trial.hyperparameters.values) for trial in self.trials.values()}
        for values in combinations(self.get_space()):
            if hash_of(values) not in tried:
                return {"status": "RUNNING", "values": values}
        # What is still running may declare hyperparameters that nobody knows of yet.
        return {"status": "IDLE" if self.ongoing_trials else "STOPPED", "values": None}


def combinations(space: keras_tuner.HyperParameters) -> Iterator[dict[str, Any]]:
    """Yield the active values of each combination; the first declared change last.

    The value that a hyperparameter has by default comes first, but schedules keep their
    order.

    Example:
        >>> space = keras_tuner.HyperParameters()
        >>> _ = space.Choice("schedule", ["flat", "cosine"])
        >>> with space.conditional_scope("schedule", ["cosine"]):
        ...     _ = space.Choice("peak", [1, 2])
        >>> list(combinations(space))
        [{'schedule': 'flat'}, {'schedule': 'cosine', 'peak': 1}, {'schedule': 'cosine', 'peak': 2}]
    """
    yield from _extended({}, list(space.space), space)


def _extended(
    values: dict[str, Any], left: list[Any], space: keras_tuner.HyperParameters
) -> Iterator[dict[str, Any]]:
    if not left:
        yield values
        return
    parameter, *others = left
    space.values = values
    if parameter.name in values or not space.is_active(parameter):
        yield from _extended(values, others, space)
        return
    for value in _values(parameter):
        yield from _extended(values | {parameter.name: value}, others, space)


def _values(parameter: Any) -> list[Any]:
    """Return the values of a hyperparameter: numbers in their order, the default first."""
    values = list(parameter.values)
    if parameter.name == CHOICE:
        return values
    if isinstance(parameter, keras_tuner.engine.hyperparameters.Choice):
        return sorted(values, key=lambda value: value != parameter.default)
    return sorted(values, key=lambda value: (value != parameter.default, value))
