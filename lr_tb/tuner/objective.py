"""What a search judges by."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras_tuner

from lr_tb.backup import Logs, TrainingFolder
from lr_tb.comparison.metrics import VALIDATION_PREFIX

OBJECTIVE = "val_accuracy"


def with_objective(oracle: keras_tuner.Oracle, objective: Any) -> keras_tuner.Oracle:
    """Return an oracle that has an objective; its own, where it was made with one.

    Raises:
        ValueError: Both are given, and they differ; or there is none.
    """
    given, default, usual = (
        str(keras_tuner.Oracle(each).objective)  # They compare with others of their class only.
        for each in (objective, None, OBJECTIVE)
    )
    if given == default:
        raise ValueError(
            f"`objective` must name a metric, such as {OBJECTIVE!r}. "
            f"Received: objective={objective!r}."
        )
    if str(oracle.objective) == default:
        oracle.objective = keras_tuner.Oracle(objective).objective
    elif given not in (usual, str(oracle.objective)):
        raise ValueError(
            "`objective` must be the oracle's own where it has one. "
            f"Received: objective={objective!r}, and an oracle with {oracle.objective}."
        )
    return oracle


def check_validation(objective: Any, arguments: Mapping[str, Any]) -> None:
    """Refuse an objective of the validation where there will be none.

    Args:
        objective: KerasTuner's.
        arguments: Those of `fit`, by name.
    """
    has_split = bool(arguments.get("validation_split"))
    if has_split or arguments.get("validation_data") is not None:
        return
    for name in objective_names(objective):
        if name.startswith(VALIDATION_PREFIX):
            raise ValueError(
                "`validation_data` or `validation_split` must be given for an objective of "
                f"the validation. Received: objective={name!r} and neither of them."
            )


def objective_names(objective: Any) -> list[str]:
    """Return the names of the metrics that an objective is made of."""
    several = getattr(objective, "name_to_direction", None)
    return list(several) if several is not None else [objective.name]


def better_by(objective: Any) -> Callable[[Logs, Logs], bool]:
    """Return what compares the logs of two epochs; those without the objective never win."""

    def is_better(logs: Logs, others: Logs) -> bool:
        if not objective.has_value(logs):
            return False
        if not objective.has_value(others):
            return True
        return bool(objective.better_than(objective.get_value(logs), objective.get_value(others)))

    return is_better


def best_of(folders: Sequence[TrainingFolder], objective: Any) -> TrainingFolder:
    """Return the folder whose training has the best epoch, the first of equals.

    Raises:
        FileNotFoundError: No epoch of any has told the objective.
    """
    is_better = better_by(objective)
    best: tuple[TrainingFolder, Logs] | None = None
    for folder in folders:
        for logs in folder.history:
            if objective.has_value(logs) and (best is None or is_better(logs, best[1])):
                best = folder, logs
    if best is None:
        raise FileNotFoundError(f"No epoch has reported {objective}.")
    return best[0]
