"""Keras reports running means over the epoch; this takes them apart again."""


class RunningMean:
    """Recovers the loss of each execution from Keras' running mean of the epoch.

    With the running mean `M` and its weight `W` after an execution, and `M'`, `W'` before
    it, the loss of the execution is `(M W - M' W') / (W - W')`, good to about 1e-6 times
    the steps in the epoch.

    Example:
        >>> mean = RunningMean()
        >>> mean.undo(2.0, weight=4, steps=1)
        (8.0, 4)
        >>> mean.undo(3.0, weight=8, steps=1)
        (16.0, 4)
    """

    def __init__(self) -> None:
        self._sum = 0.0
        self._weight = 0

    def restart(self, total: float, weight: int) -> None:
        """Take a sum and a weight as those before the next execution."""
        self._sum, self._weight = total, weight

    def undo(self, mean: float, weight: int | None, steps: int) -> tuple[float, float]:
        """Return sum and weight of the losses since the last known weight.

        Args:
            mean: The running mean after an execution.
            weight: Its weight, None where that is not known. 0 says that the mean is
                none, but the execution's own value.
            steps: Steps of the execution, the weight where the mean has none.

        Returns:
            `(sum, weight)`; the weight is 0 where the losses cannot be known.
        """
        if weight is None:
            return 0.0, 0
        if weight == 0:
            return mean * steps, steps
        total = mean * weight
        part, gained = total - self._sum, weight - self._weight
        self._sum, self._weight = total, weight
        return (part, gained) if gained > 0 else (0.0, 0)
