"""Keras reports running means over the epoch; this takes them apart again."""

import keras

from lr_tb.reading import reader
from lr_tb.steady_count import SteadyCount


class LossTracker:
    """Recovers the loss of each execution from Keras' running mean of the epoch.

    With the running mean `M` and its tracker's weight `W` after an execution, and
    `M'`, `W'` before it, the loss of the execution is
    `(M W - M' W') / (W - W')`, good to about 1e-6 times the steps in the epoch.

    Args:
        model: A compiled model. One whose own train step reports a loss past Keras'
            tracker gets back the value as it was reported.

    Attributes:
        count: The tracker's weight: examples seen since the metrics were reset.
    """

    def __init__(self, model: keras.Model) -> None:
        tracker = getattr(model, "_loss_tracker", None)
        self._read_total = reader(tracker.total) if tracker else _nothing
        self.count = SteadyCount(reader(tracker.count) if tracker else _nothing)
        self._sum = 0.0
        self._mean = 0.0
        self._sure = (0.0, 0.0)

    def restart(self) -> None:
        """Take the tracker's state as the one before the next execution."""
        self._sum = self._read_total()
        self.count.restart()

    def undo(self, mean: float, gained: float, steps: int) -> tuple[float, float]:
        """Return sum and weight of the losses of an execution.

        Args:
            mean: The running mean that Keras reports.
            gained: What the execution added to `count`.
            steps: Its steps, the weight where the tracker has none.

        Returns:
            `(sum, weight)`; the weight is 0 where the loss cannot be known.
        """
        weight = self.count.value
        if weight == 0.0:
            return mean * steps, float(steps)
        if self.count.predicted == 1:
            self._sure = self._sum, weight - gained
        self._mean, total = mean, mean * weight
        part, self._sum = total - self._sum, total
        return (part, gained) if gained > 0 else (0.0, 0.0)

    def confirm(self, unfinished_steps: int = 0) -> tuple[float, float] | None:
        """Return None where the predicted executions had the weights they were given.

        Otherwise return sum and weight of the losses of all of them together.
        """
        if self.count.confirm(unfinished_steps):
            return None
        weight = self.count.value
        self._sum = self._mean * weight
        return self._sum - self._sure[0], weight - self._sure[1]


def _nothing() -> float:
    return 0.0
