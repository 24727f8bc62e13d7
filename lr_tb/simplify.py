"""From a rate at every step to the few points that draw the same curve (numpy only)."""

import dataclasses
import heapq

import numpy as np

from lr_tb.records import Interpolation

MAX_POINTS = 2000
RELATIVE_ERROR = 1e-3
_BLOCK = 256


@dataclasses.dataclass(frozen=True)
class Curve:
    """Indices of the points that were kept, how to read between them, and the true error."""

    kept: np.ndarray
    interpolation: Interpolation
    max_error: float


def simplify(positions: np.ndarray, values: np.ndarray) -> Curve:
    """Keep at most 2000 points of a curve, and every jump at its exact place.

    The curve through the kept points stays within 1e-3 of the peak of the curve
    given. A jump, a change between neighbours that no line through their own
    neighbours explains, keeps both its sides. Where 2000 points do not suffice,
    the largest jumps stay and `max_error` tells the distance that remains.

    Args:
        positions: `[n]`, strictly increasing.
        values: float64 `[n]`, finite.

    Returns:
        The curve; a staircase is read with interpolation `"previous"`, which needs
        half the points and is exact.

    Example:
        >>> values = np.array([1.0] * 50 + [0.1] * 50)
        >>> curve = simplify(np.arange(100), values)
        >>> curve.kept.tolist(), curve.interpolation, curve.max_error
        ([0, 50, 99], 'previous', 0.0)
    """
    tolerance = RELATIVE_ERROR * float(np.max(np.abs(values)))
    lines = _lines(positions, values, tolerance)
    stairs = _stairs(values)
    if lines.max_error <= tolerance and len(lines.kept) <= len(stairs.kept):
        return lines
    return stairs if stairs.max_error <= lines.max_error else lines


def jumps(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Return each index `i` such that the curve jumps between `i` and `i + 1`.

    Example:
        >>> jumps(np.array([1.0, 1.0, 0.5, 0.5]), 1e-3).tolist()
        [1]
        >>> jumps(np.array([0.0, 0.5, 1.0, 1.5]), 1e-3).tolist()
        []
    """
    change = np.diff(values)
    if change.size < 2:
        return np.flatnonzero(np.abs(change) > tolerance)
    bend = np.abs(np.diff(change))
    unexplained = np.minimum(np.append(np.inf, bend), np.append(bend, np.inf))
    return np.flatnonzero((np.abs(change) > tolerance) & (unexplained > tolerance))


def _stairs(values: np.ndarray) -> Curve:
    change = np.abs(np.diff(values))
    kept = np.flatnonzero(change) + 1
    if len(kept) > MAX_POINTS - 2:
        kept = np.sort(_largest(kept, change[kept - 1], MAX_POINTS - 2))
    kept = np.unique(np.concatenate([[0], kept, [len(values) - 1]]))
    lengths = np.diff(np.append(kept, len(values)))
    error = np.max(np.abs(np.repeat(values[kept], lengths) - values))
    return Curve(kept, "previous", float(error))


def _lines(positions: np.ndarray, values: np.ndarray, tolerance: float) -> Curve:
    at = jumps(values, tolerance)
    if 2 * len(at) > MAX_POINTS - 2:
        at = _largest(at, np.abs(np.diff(values))[at], MAX_POINTS // 2 - 1)
    fixed = np.unique(np.concatenate([[0], at, at + 1, [len(values) - 1]]))
    candidates = np.union1d(fixed, _bends(positions, values, tolerance / 4))
    kept = _split(positions, values, candidates, fixed, tolerance * 3 / 4)
    error = np.max(np.abs(np.interp(positions, positions[kept], values[kept]) - values))
    return Curve(kept, "linear", float(error))


def _largest(indices: np.ndarray, sizes: np.ndarray, count: int) -> np.ndarray:
    return indices[np.argsort(-sizes, kind="stable")[:count]]


def _bends(positions: np.ndarray, values: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the ends of blocks that are straight, and all points of those that are not.

    One cheap pass over a million points, so that the careful one sees thousands.
    """
    count = len(values) // _BLOCK * _BLOCK
    if count < 4 * _BLOCK:
        return np.arange(len(values))
    x = positions[:count].reshape(-1, _BLOCK).astype(np.float64)
    y = values[:count].reshape(-1, _BLOCK)
    slope = (y[:, -1:] - y[:, :1]) / (x[:, -1:] - x[:, :1])
    bent = np.max(np.abs(y[:, :1] + slope * (x - x[:, :1]) - y), axis=1) > tolerance
    keep = np.repeat(bent, _BLOCK)
    keep[::_BLOCK] = True
    keep[_BLOCK - 1 :: _BLOCK] = True
    return np.concatenate([np.flatnonzero(keep), np.arange(count, len(values))])


def _split(
    positions: np.ndarray,
    values: np.ndarray,
    candidates: np.ndarray,
    fixed: np.ndarray,
    tolerance: float,
) -> np.ndarray:
    """Split at the worst point, again and again, until all is within the tolerance.

    Ramer, Douglas and Peucker's algorithm on vertical distances, worst segment first,
    so that a curve which needs too many points gets the best ones.
    """
    x, y = positions[candidates].astype(np.float64), values[candidates]
    kept = np.searchsorted(candidates, fixed).tolist()
    heap: list[tuple[float, int, int, int]] = []
    for first, last in zip(kept[:-1], kept[1:], strict=True):
        _push(heap, x, y, first, last)
    while heap and -heap[0][0] > tolerance and len(kept) < MAX_POINTS:
        _, first, worst, last = heapq.heappop(heap)
        kept.append(worst)
        _push(heap, x, y, first, worst)
        _push(heap, x, y, worst, last)
    return candidates[np.sort(kept)]


def _push(
    heap: list[tuple[float, int, int, int]], x: np.ndarray, y: np.ndarray, first: int, last: int
) -> None:
    if last - first < 2:
        return
    slope = (y[last] - y[first]) / (x[last] - x[first])
    distance = np.abs(y[first] + slope * (x[first:last] - x[first]) - y[first:last])
    worst = int(np.argmax(distance))
    heapq.heappush(heap, (-float(distance[worst]), first, first + worst, last))
