"""Keras reports running means over the epoch; this takes them apart again."""

import keras

from lr_tb.reading import reader


class LossTracker:
    """Recovers the loss of each execution from Keras' running mean of the epoch.

    With the running mean `M` and its tracker's weight `W` after an execution, and
    `M'`, `W'` before it, the loss of the execution is
    `(M W - M' W') / (W - W')`, good to about 1e-6 times the steps in the epoch.

    Args:
        model: A compiled model. One whose own train step reports a loss past Keras'
            tracker gets back the value as it was reported.
    """

    def __init__(self, model: keras.Model) -> None:
        tracker = getattr(model, "_loss_tracker", None)
        self._read_total = reader(tracker.total) if tracker else _nothing
        self._read_weight = reader(tracker.count) if tracker else _nothing
        self._sum = 0.0
        self._weight = 0.0

    @property
    def weight(self) -> float:
        """Examples seen since the metrics were reset."""
        return self._weight

    def restart(self) -> None:
        """Take the tracker's state as the one before the next execution."""
        self._sum = self._read_total()
        self._weight = self._read_weight()

    def undo(self, mean: float, steps: int) -> tuple[float, float]:
        """Return sum and weight of the losses since the last call.

        Args:
            mean: The running mean that Keras reports.
            steps: Steps since the last call, the weight where the tracker has none.

        Returns:
            `(sum, weight)`; the weight is 0 where the loss cannot be known.
        """
        weight = self._read_weight()
        if weight == 0.0:
            return mean * steps, float(steps)
        gained, total = weight - self._weight, mean * weight
        part = total - self._sum
        self._sum, self._weight = total, weight
        return (part, gained) if gained > 0 else (0.0, 0.0)


def _nothing() -> float:
    return 0.0
