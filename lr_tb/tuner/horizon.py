"""How long each training of a search is, worked out from the arguments of `search`."""

import dataclasses
import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from lr_tb.schedules import checks

_DEFAULT_BATCH_SIZE = 32


@dataclasses.dataclass(frozen=True)
class Horizon:
    """Length of a whole training: what schedules are built for.

    Attributes:
        epochs: Epochs.
        steps_per_epoch: Steps in an epoch.
        batch_size: Examples in a step, or None where only the data knows.
    """

    epochs: int
    steps_per_epoch: int
    batch_size: int | None = None

    @property
    def total_steps(self) -> int:
        """Steps of the training."""
        return self.epochs * self.steps_per_epoch


def fit_arguments(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call of `fit` by name.

    Args:
        args: Its positional arguments.
        kwargs: Its keyword arguments; those that Keras does not know are kept.

    Example:
        >>> fit_arguments([1, 2], {"epochs": 3})
        {'x': 1, 'y': 2, 'epochs': 3}
    """
    names = list(inspect.signature(keras.Model.fit).parameters)[1:]
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def horizon_of(arguments: Mapping[str, Any], epochs: int | None = None) -> Horizon:
    """Work out the length of a training.

    Args:
        arguments: Those of `fit`, by name.
        epochs: Epochs of the whole training, where `fit` is not what tells.

    Raises:
        TypeError: `x` is a list, tuple or dictionary of something that is no array.
        ValueError: The size of the data is unknown and `steps_per_epoch` is not given, or the
            training is to begin at a later epoch than the first.

    Example:
        >>> import numpy as np
        >>> horizon_of({"x": np.zeros((100, 2)), "epochs": 3}).total_steps
        12
    """
    if arguments.get("initial_epoch"):
        epoch = arguments["initial_epoch"]
        raise checks.error("initial_epoch", "be 0: each trial is trained from its start", epoch)
    x = arguments.get("x")
    batch_size = None
    if _is_array_like(x):
        batch_size = checks.count("batch_size", arguments.get("batch_size") or _DEFAULT_BATCH_SIZE)
    steps = arguments.get("steps_per_epoch")
    return Horizon(
        epochs=epochs or checks.count("epochs", arguments.get("epochs", 1)),
        steps_per_epoch=_counted(x, batch_size, arguments)
        if steps is None
        else checks.count("steps_per_epoch", steps),
        batch_size=batch_size,
    )


def _counted(x: Any, batch_size: int | None, arguments: Mapping[str, Any]) -> int:
    if batch_size is not None:
        examples = int(keras.tree.flatten(x)[0].shape[0])
        split = arguments.get("validation_split") or 0.0
        return math.ceil(math.floor(examples * (1.0 - split)) / batch_size)
    steps = _batches(x)
    if steps is None:
        raise ValueError(
            "`steps_per_epoch` must be given where the data does not tell its size. "
            f"Received: x of type {type(x).__name__}, steps_per_epoch=None. Schedules are "
            "built for the steps of the whole training."
        )
    return steps


def _batches(x: Any) -> int | None:
    """Return the batches in an epoch, or None where nobody knows."""
    if isinstance(x, list | tuple | dict):
        raise TypeError(f"`x` must hold arrays. Received: a {type(x).__name__} of something else.")
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches
    if hasattr(x, "cardinality"):
        count = int(x.cardinality())
        return count if count > 0 else None
    return len(x) if hasattr(x, "__len__") else None


def _is_array_like(x: Any) -> bool:
    """Whether `fit` cuts the data into batches by itself: arrays, or a nest of them."""
    if x is None or isinstance(x, keras.utils.PyDataset) or hasattr(x, "cardinality"):
        return False
    leaves = keras.tree.flatten(x)
    return bool(leaves) and all(hasattr(leaf, "shape") for leaf in leaves)
