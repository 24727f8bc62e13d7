"""Counters of a model, read as seldom as it takes to be sure of them."""

import math
from collections.abc import Callable

_ALIKE = 64


class SteadyCount:
    """Follows a counter that nearly always goes up by the same amount at each step.

    Reading a variable on the host costs more than everything else a monitor does at a
    step. Once 64 executions in a row have added the same per step, the next ones are
    taken to do so too, until `confirm` reads the counter again. Nothing that rests on a
    prediction is to be written before it was confirmed. A counter that broke its habit
    once is read at every execution from then on.

    Args:
        read: Reads the counter.

    Attributes:
        value: The counter, as read or predicted.
        predicted: Executions since it was read.

    Example:
        >>> counter = SteadyCount(lambda: 7.0)
        >>> counter.advance(1, may_predict=True)
        0.0
        >>> counter.value
        7.0
    """

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._gain = 0.0
        self._alike: float = 0
        self.predicted = 0
        self.value = read()

    def restart(self) -> None:
        """Read the counter: something else may have set it."""
        self.value = self._read()
        self.predicted = 0

    def advance(self, steps: int, *, may_predict: bool) -> float:
        """Return what an execution has added.

        Args:
            steps: Steps that it made; they matter only where it may be predicted.
            may_predict: Whether its steps are known. Where not, `confirm` comes first.
        """
        if may_predict and self._alike >= _ALIKE:
            self.predicted += 1
            gained = self._gain * steps
            self.value += gained
            return gained
        before = self.value
        self.restart()
        gained = self.value - before
        if may_predict:
            self._learn(gained / steps)
        return gained

    def confirm(self, unfinished_steps: int = 0) -> bool:
        """Return whether what was predicted has come true, and read the counter.

        Args:
            unfinished_steps: Steps of an execution that was begun and broke off: it may
                or may not have counted.
        """
        if not self.predicted:
            return True
        expected = self.value
        self.restart()
        if self.value in (expected, expected + self._gain * unfinished_steps):
            return True
        self._alike = -math.inf
        return False

    def _learn(self, gain: float) -> None:
        self._alike = self._alike + 1 if gain == self._gain else min(self._alike, 0)
        self._gain = gain
