"""The built-in experiment: MNIST, its one-hot labels and a small convolutional model."""

import dataclasses
import functools
import os
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.digits import draw_digits

ENVIRONMENT_VARIABLE = "LR_TB_MNIST"
SYNTHETIC = "synthetic digits"

_CLASSES = 10
_MNIST_CHECKSUM = 0x1939F699
_KEYS = ("x_train", "y_train", "x_test", "y_test")
_CONNECTION_TIMEOUT_SECONDS = 15.0
_SYNTHETIC_TRAIN, _SYNTHETIC_TEST = 60_000, 10_000


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Images and one-hot labels, ready for `fit`.

    Attributes:
        name: What to call the data in every output: `"MNIST"`, `"synthetic digits"` or,
            for a file that holds something else, `"data from <file>"`.
        x_train: float32 `[N, 28, 28, 1]` in 0..1.
        y_train: float32 `[N, 10]`, one-hot.
        x_test: float32 `[M, 28, 28, 1]` in 0..1.
        y_test: float32 `[M, 10]`, one-hot.
        checksum: CRC-32 of the four arrays as read or drawn, in this order.
        reason: Why the data is not MNIST although MNIST would have done, or None.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    checksum: int
    reason: str | None = None

    @property
    def note(self) -> str | None:
        """What a reader of the results must know about the data; None for MNIST."""
        return None if self.name == "MNIST" else self.name


def load_data(source: str = "auto") -> Dataset:
    """Load the digits to train on.

    Args:
        source: `"mnist"` is MNIST: the file that `$LR_TB_MNIST` names, else the one of
            `keras.datasets.mnist`, downloaded on first use. `"synthetic"` is digits
            drawn with Pillow's built-in font, as many and of the same shape and dtype.
            `"auto"` is MNIST, or the synthetic digits where MNIST cannot be had. Anything
            else is the path of an `.npz` file with the arrays `x_train`, `y_train`,
            `x_test` and `y_test`.

    Returns:
        The data, which says what it is.

    Raises:
        ValueError: A file that was named is missing or does not hold such arrays.
        ConnectionError: `source` is `"mnist"` and MNIST could not be downloaded.

    Example:
        >>> data = load_data("synthetic")
        >>> data.name, data.x_train.shape, data.y_train.shape
        ('synthetic digits', (60000, 28, 28, 1), (60000, 10))
    """
    if source == "synthetic":
        return _synthetic()
    if source not in ("auto", "mnist"):
        return _from_file("source", Path(source))
    if named := os.environ.get(ENVIRONMENT_VARIABLE):
        return _from_file(f"${ENVIRONMENT_VARIABLE}", Path(named))
    try:
        return _dataset("MNIST", _download())
    except ConnectionError as error:
        if source == "mnist":
            raise
        return dataclasses.replace(_synthetic(), reason=str(error))


def build_model(learning_rate: float | LearningRateSchedule = 1e-3) -> keras.Model:
    """Return the compiled model: 29,066 parameters, Adam, categorical cross-entropy.

    Three blocks of Conv(3x3, ReLU, padding "same") and MaxPool(2x2) with 16, 32 and 64
    filters, then Flatten and Dense(10, softmax). Its metric is `accuracy`.

    Args:
        learning_rate: What Adam is given: a rate or a schedule.

    Example:
        >>> build_model().count_params()
        29066
    """
    layers = keras.layers
    blocks: list[Any] = []
    for filters in (16, 32, 64):
        blocks.append(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        blocks.append(layers.MaxPooling2D())
    head = [layers.Flatten(), layers.Dense(_CLASSES, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *blocks, *head])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _synthetic() -> Dataset:
    x_train, y_train = draw_digits(_SYNTHETIC_TRAIN, seed=0)
    x_test, y_test = draw_digits(_SYNTHETIC_TEST, seed=1)
    return _dataset(SYNTHETIC, (x_train, y_train, x_test, y_test))


def _download() -> tuple[np.ndarray, ...]:
    try:
        with _limited_patience():
            (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when a download fails.
        raise ConnectionError(
            f"MNIST could not be downloaded ({error}). Name a local copy with "
            f"`--data PATH.npz` or ${ENVIRONMENT_VARIABLE}, or take `--data synthetic`."
        ) from error
    return x_train, y_train, x_test, y_test


@contextmanager
def _limited_patience() -> Iterator[None]:
    """Give up on a network that swallows packets; Keras sets no time limit."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_CONNECTION_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _from_file(argument: str, path: Path) -> Dataset:
    data = _dataset(f"data from {path.name}", _read(argument, path))
    is_mnist = data.checksum == _MNIST_CHECKSUM
    return dataclasses.replace(data, name="MNIST") if is_mnist else data


def _read(argument: str, path: Path) -> tuple[np.ndarray, ...]:
    requirement = f"`{argument}` must name an .npz file with the arrays {', '.join(_KEYS)}."
    received = f"Received: {str(path)!r}"
    try:
        with np.load(path, allow_pickle=False) as file:
            x_train, y_train, x_test, y_test = (file[key] for key in _KEYS)
    except FileNotFoundError:
        raise ValueError(f"{requirement} {received}, which does not exist.") from None
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{requirement} {received}, which cannot be read: {error}") from error
    for images, labels in ((x_train, y_train), (x_test, y_test)):
        _check(f"{requirement} {received}", images, labels)
    return x_train, y_train, x_test, y_test


def _check(complaint: str, images: np.ndarray, labels: np.ndarray) -> None:
    if images.ndim != 3 or images.shape[1:] != (28, 28) or not len(images):
        raise ValueError(f"{complaint}, with images of shape {images.shape}, not [N, 28, 28].")
    if images.dtype != np.uint8:
        raise ValueError(f"{complaint}, with images of dtype {images.dtype}, not uint8.")
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "ui":
        raise ValueError(f"{complaint}, whose labels are not one integer for each image.")
    if labels.min() < 0 or labels.max() >= _CLASSES:
        raise ValueError(f"{complaint}, with labels outside 0..9.")


def _dataset(name: str, arrays: tuple[np.ndarray, ...]) -> Dataset:
    x_train, y_train, x_test, y_test = arrays
    return Dataset(
        name=name,
        x_train=_scaled(x_train),
        y_train=_one_hot(y_train),
        x_test=_scaled(x_test),
        y_test=_one_hot(y_test),
        checksum=functools.reduce(lambda crc, each: zlib.crc32(each.tobytes(), crc), arrays, 0),
    )


def _scaled(images: np.ndarray) -> np.ndarray:
    return (images.astype(np.float32) / 255)[..., np.newaxis]


def _one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(_CLASSES, dtype=np.float32)[labels]
