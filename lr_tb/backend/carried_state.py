"""On JAX the steps of an epoch carry a model's values on, and its variables hold none."""

import contextlib
from typing import Any

import keras


def is_stateless() -> bool:
    """Whether steps are functions of values, as on JAX, and not of variables."""
    return bool(keras.backend.backend() == "jax")


def sync(model: keras.Model) -> None:
    """Let the variables hold what the last step made of them.

    Not to be called from within the train function.
    """
    if is_stateless():
        model.jax_state_sync()


def is_carried_on(arguments: tuple[Any, ...], returned: Any) -> bool:
    """Whether a train function is handed just what it returned: nobody has set a variable.

    Args:
        arguments: What it is called with: on JAX the values and the data, otherwise the
            data.
        returned: What it returned the last time: on JAX the logs and the values,
            otherwise the logs.
    """
    is_stateless = len(arguments) == 2 and isinstance(returned, tuple)
    return is_stateless and arguments[0] is returned[1]


def handed_over(
    model: keras.Model, arguments: tuple[Any, ...]
) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which the variables hold what a stateless train function is handed.

    Those of the optimizer and the metrics; there it can be seen what a step will use.

    Args:
        model: The model that is being fit.
        arguments: What its train function is called with.
    """
    _, _, optimizer, metrics = arguments[0]
    values = [
        *zip(model.optimizer.variables, optimizer, strict=True),
        *zip(model.metrics_variables, metrics, strict=True),
    ]
    return keras.StatelessScope(state_mapping=values)
