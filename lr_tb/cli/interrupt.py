"""Ctrl-C, answered where nothing is half done."""

import signal
from collections.abc import Mapping
from types import FrameType
from typing import Any, Self

import keras


class Interrupt:
    """Takes note of Ctrl-C; a second one is answered at once. Use it as a context manager.

    Python raises `KeyboardInterrupt` wherever it happens to be. In the middle of garbage
    collection, which takes long between two trainings, it is lost.
    """

    def __init__(self) -> None:
        self.is_asked = False

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is signal.default_int_handler:  # Not where the shell has it ignored.
            signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def answer(self) -> None:
        """Raise `KeyboardInterrupt` where Ctrl-C was pressed."""
        if self.is_asked:
            raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.answer()
        self.is_asked = True


class StopOnInterrupt(keras.callbacks.Callback):
    """Ends a fit before its first batch or between two, once Ctrl-C was pressed.

    Args:
        interrupt: Takes note of it.
    """

    def __init__(self, interrupt: Interrupt) -> None:
        super().__init__()
        self._interrupt = interrupt

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """End the fit where that was asked for before it began."""
        self._interrupt.answer()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """End the fit where that is asked for."""
        self._interrupt.answer()

    def on_test_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """End the fit where that is asked for."""
        self._interrupt.answer()
