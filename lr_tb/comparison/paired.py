"""Is a difference between two schedules more than noise? Paired by their common seeds."""

import dataclasses
import math
from collections.abc import Mapping

# Quantile 0.975 of Student's t for n = 2 to 31 pairs (n - 1 degrees of freedom).
_T = (
    *(12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004),
    *(2.262157, 2.228139, 2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905),
    *(2.109816, 2.100922, 2.093024, 2.085963, 2.079614, 2.073873, 2.068658, 2.063899),
    *(2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272),
)
_NORMAL = 1.96


@dataclasses.dataclass(frozen=True)
class PairedDifference:
    """The mean of paired differences with its 95 % confidence interval.

    Attributes:
        n: Number of pairs, >= 2.
        mean: Mean difference.
        half_width: The interval is `mean - half_width` to `mean + half_width`:
            `t(0.975, n - 1) * sd / sqrt(n)`.
    """

    n: int
    mean: float
    half_width: float

    @property
    def is_noise(self) -> bool:
        """Whether the interval holds 0. Without any spread only a difference of 0 is noise."""
        return abs(self.mean) <= self.half_width


def paired_difference(
    values: Mapping[int, float], others: Mapping[int, float]
) -> PairedDifference | None:
    """Compare two schedules over the seeds that both were trained with.

    Args:
        values: From seed to value.
        others: The same of the schedule to compare with.

    Returns:
        The differences `values - others`, or None with fewer than two common seeds.

    Example:
        >>> paired_difference({0: 1.0, 1: 2.0}, {0: 0.5, 1: 1.5})
        PairedDifference(n=2, mean=0.5, half_width=0.0)
    """
    seeds = values.keys() & others.keys()
    n = len(seeds)
    if n < 2:
        return None
    differences = [values[seed] - others[seed] for seed in sorted(seeds)]
    mean = math.fsum(differences) / n
    sd = math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (n - 1))
    return PairedDifference(n, mean, t_quantile(n) * sd / math.sqrt(n))


def t_quantile(n: int) -> float:
    """Return t(0.975, n - 1), from a table for n = 2 to 31 and 1.96 beyond.

    Example:
        >>> t_quantile(2), t_quantile(31), t_quantile(32)
        (12.706205, 2.042272, 1.96)
    """
    return _T[n - 2] if n - 2 < len(_T) else _NORMAL
