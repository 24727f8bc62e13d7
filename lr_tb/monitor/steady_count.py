"""Counters of a model, read as seldom as it takes to be sure of them."""

import math
from collections.abc import Callable

_ALIKE = 64


class SteadyCount:
    """Follows a counter that nearly always goes up by the same amount.

    Reading a variable on the host costs more than everything else a monitor does at a
    step. Once 64 full executions in a row have added the same, the next ones are taken to
    do so too, until `confirm` reads the counter again. Nothing that rests on a prediction
    is to be written before it was confirmed. A counter that broke its habit once is read
    at every execution from then on.

    Args:
        read: Reads the counter.

    Attributes:
        value: The counter, as read or predicted.
        predicted: Executions since it was read.

    Example:
        >>> counter = SteadyCount(lambda: 7)
        >>> counter.advance(may_predict=True)
        0
        >>> counter.value
        7
    """

    def __init__(self, read: Callable[[], int]) -> None:
        self._read = read
        self._gain = 0
        self._alike: float = 0
        self.predicted = 0
        self.value = read()

    @property
    def is_steady(self) -> bool:
        """Whether the next full execution is taken to add what the ones before it added."""
        return self._alike >= _ALIKE

    def restart(self) -> None:
        """Read the counter: something else may have set it."""
        self.value = self._read()
        self.predicted = 0

    def advance(self, may_predict: bool) -> int:
        """Return what an execution has added.

        Args:
            may_predict: Whether it made as many steps as every full one. Where that is
                not sure, `confirm` is to come before the execution.
        """
        if may_predict and self._alike >= _ALIKE:
            self.predicted += 1
            self.value += self._gain
            return self._gain
        before = self.value
        self.restart()
        gained = self.value - before
        if may_predict:
            self._alike = self._alike + 1 if gained == self._gain else min(self._alike, 0)
            self._gain = gained
        return gained

    def confirm(self, *, is_unfinished: bool = False) -> bool:
        """Return whether what was predicted has come true, and read the counter.

        Args:
            is_unfinished: Whether an execution was begun and broke off: it may have
                counted or not.
        """
        if not self.predicted:
            return True
        expected = self.value
        self.restart()
        if self.value in (expected, expected + self._gain * is_unfinished):
            return True
        self._alike = -math.inf
        return False
