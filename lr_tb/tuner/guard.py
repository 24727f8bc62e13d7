"""Ends a training that cannot come to a result, and says why."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import keras_tuner

from lr_tb.comparison.metrics import VALIDATION_PREFIX
from lr_tb.tuner.objective import objective_names


class Guard(keras.callbacks.Callback):
    """Raises where the loss is no longer finite, or the objective is not reported.

    Args:
        objective: KerasTuner's objective.
        checks_first_batch: Whether to look for the objective in the logs of the first batch
            already: all metrics of a training are there, unless a callback adds some.
    """

    def __init__(self, objective: Any, *, checks_first_batch: bool) -> None:
        super().__init__()
        self._objective = objective
        self._is_checked = not checks_first_batch

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Check the loss, and once the names of the metrics."""
        logs = logs or {}
        if not math.isfinite(logs.get("loss", 0.0)):
            step = int(self.model.optimizer.iterations) - 1
            raise keras_tuner.errors.FailedTrialError(
                f"the loss became {float(logs['loss'])} at step {step}"
            )
        if not self._is_checked:
            self._is_checked = True
            self._check_names(logs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Check the objective."""
        logs = logs or {}
        for name in objective_names(self._objective):
            if name not in logs:
                self._check_epoch(name, logs)
            elif not math.isfinite(logs[name]):
                raise keras_tuner.errors.FailedTrialError(
                    f"{name} became {float(logs[name])} in epoch {epoch}"
                )

    def _check_names(self, logs: Mapping[str, Any]) -> None:
        has_own_steps = any(
            getattr(type(self.model), step) is not getattr(keras.Model, step)
            for step in ("train_step", "test_step")
        )
        for name in objective_names(self._objective):
            is_elsewhere = name.startswith(VALIDATION_PREFIX) and has_own_steps
            if name.removeprefix(VALIDATION_PREFIX) not in logs and not is_elsewhere:
                known = [*logs, *(VALIDATION_PREFIX + each for each in logs)]
                raise _not_reported(name, known)

    def _check_epoch(self, name: str, logs: Mapping[str, Any]) -> None:
        """Refuse an epoch with validation, or any epoch where no validation is meant."""
        has_validation = any(each.startswith(VALIDATION_PREFIX) for each in logs)
        if has_validation or not name.startswith(VALIDATION_PREFIX):
            raise _not_reported(name, list(logs))


def _not_reported(name: str, known: list[str]) -> Exception:
    return keras_tuner.errors.FatalValueError(
        f"`objective` must be something that the model reports. Received: objective={name!r}. "
        f"The model reports {', '.join(sorted(known))}; give its `compile` the metric."
    )


def reason_of(error: Exception) -> str:
    """Return in one line why a training failed.

    Example:
        >>> reason_of(ValueError("too many"))
        'ValueError: too many'
    """
    words = next(iter(str(error).strip().splitlines()), "")
    is_ours = isinstance(error, keras_tuner.errors.FailedTrialError)
    return words if is_ours else f"{type(error).__name__}: {words}"
