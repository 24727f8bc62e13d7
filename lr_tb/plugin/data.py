"""From TensorBoard's data provider to plain values; knows nothing of HTTP."""

import dataclasses
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from tensorboard import context as tensorboard_context
from tensorboard import errors
from tensorboard.data import provider

from lr_tb.records import PLUGIN_NAME, Record, Unreadable, decode, record_class

SCALARS = "scalars"
MAX_RECORD_BYTES = 4 * 2**20
DEFAULT_SCALARS_KEPT = 1000
_MAX_INTEGER = 2**53

_logger = logging.getLogger(__name__)

Decoder = Callable[[str, str | bytes], Record | Unreadable]
Index = dict[str, dict[str, float]]
"""From run and tag to the wall time of the last datum."""


@dataclasses.dataclass(frozen=True, eq=False)
class Points:
    """One scalar series.

    Attributes:
        steps: int64 `[K]`, increasing.
        values: float64 `[K]`.
        wall_times: float64 `[K]`, in seconds.
        sampled: Whether points were left out.
    """

    steps: np.ndarray
    values: np.ndarray
    wall_times: np.ndarray
    sampled: bool = False


@dataclasses.dataclass(frozen=True)
class Stored:
    """A record as it stands in the logs.

    Attributes:
        record: The record, or why it cannot be read.
        wall_time: When it was written.
    """

    record: Record | Unreadable
    wall_time: float


Records = Mapping[str, Mapping[str, Stored]]
"""From run and tag to the record."""


class LogReader:
    """Reads one experiment.

    Args:
        data_provider: TensorBoard's.
        context: The request's context.
        experiment: ID of the experiment.
        sampling_hints: What `--samples_per_plugin` says, by plugin.
        decoder: Reads one record; `read_record` or a memo of it.
    """

    def __init__(
        self,
        data_provider: provider.DataProvider,
        *,
        context: tensorboard_context.RequestContext | None = None,
        experiment: str = "",
        sampling_hints: Mapping[str, int | None] | None = None,
        decoder: Decoder | None = None,
    ) -> None:
        self._provider = data_provider
        self._context = context or tensorboard_context.RequestContext()
        self._experiment = experiment
        self._decode = decoder or read_record
        hint = (sampling_hints or {}).get(SCALARS)
        # TensorBoard says 0 for "all", which its own `downsample` takes as "none".
        self._kept = DEFAULT_SCALARS_KEPT if hint is None else hint or sys.maxsize

    def runs(self) -> dict[str, float | None]:
        """Return the wall time of the first event of each run."""
        runs = self._provider.list_runs(self._context, experiment_id=self._experiment)
        return {run.run_name: _finite_or_none(run.start_time) for run in runs}

    def scalars(self) -> Index:
        """Return which scalars there are."""
        found = self._provider.list_scalars(
            self._context, experiment_id=self._experiment, plugin_name=SCALARS
        )
        return {
            run: {tag: float(series.max_wall_time or 0.0) for tag, series in tags.items()}
            for run, tags in found.items()
        }

    def records(self) -> Records:
        """Return the last record of each run and tag; what cannot be read tells why."""
        found = self._read(self._provider.read_tensors, PLUGIN_NAME, None, downsample=1)
        stored = {
            run: {tag: self._stored(tag, data) for tag, data in by_tag.items() if _is_ours(tag)}
            for run, by_tag in found.items()
        }
        return {run: by_tag for run, by_tag in stored.items() if by_tag}

    def series(
        self, tags: Iterable[str], points: int | None = None
    ) -> dict[str, dict[str, Points]]:
        """Return scalars of all runs, by run and tag; series without a number are left out.

        Args:
            tags: Tags to read.
            points: Most points of a series; by default all that TensorBoard keeps.
        """
        wanted = set(tags)
        if not wanted:
            return {}
        limit = min(points or sys.maxsize, self._kept)
        read = self._read(self._provider.read_scalars, SCALARS, wanted, downsample=limit)
        return {
            run: {tag: found for tag, data in by_tag.items() if (found := to_points(data, limit))}
            for run, by_tag in read.items()
        }

    def _read(
        self, read_function: Callable[..., Any], plugin: str, tags: set[str] | None, downsample: int
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read all runs at once; should one of them spoil that, each for itself."""

        def read(runs: list[str] | None) -> Mapping[str, Mapping[str, Any]]:
            return read_function(
                self._context,
                experiment_id=self._experiment,
                plugin_name=plugin,
                downsample=downsample,
                run_tag_filter=provider.RunTagFilter(runs=runs, tags=tags),
            )

        try:
            return read(None)
        except errors.PublicError:
            raise
        except Exception as error:  # Whatever a malformed event makes TensorBoard raise.
            _logger.warning("lr_tb reads run by run, as one is broken: %r", error)
        return self._read_each(read)

    def _read_each(self, read: Callable[[list[str]], Mapping[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for run in sorted(self.runs()):
            try:
                result |= read([run])
            except Exception as error:  # This run is the broken one; the others go on.
                _logger.warning("lr_tb cannot read run %r: %r", run, error)
        return result

    def _stored(self, tag: str, data: Any) -> Stored:
        text = _text_of(data[-1].numpy) if data else None
        unreadable = Unreadable("broken record: no text")
        record = unreadable if text is None else self._decode(tag, text)
        return Stored(record, float(data[-1].wall_time) if data else 0.0)


def read_record(tag: str, text: str | bytes) -> Record | Unreadable:
    """Decode a record, and refuse what is too large for the page.

    Example:
        >>> read_record("lr_tb/plan", "{")
        Unreadable(reason='broken record: Expecting property name enclosed in double quotes: \
line 1 column 2 (char 1)')
    """
    if len(text) > MAX_RECORD_BYTES:
        return Unreadable(f"broken record: {len(text)} bytes, more than {MAX_RECORD_BYTES}")
    record = decode(tag, text)
    if not isinstance(record, Unreadable) and not _fits_json(dataclasses.astuple(record)):
        return Unreadable(f"broken record: an integer beyond {_MAX_INTEGER}")
    return record


def to_points(data: Iterable[Any], limit: int = sys.maxsize) -> Points | None:
    """Turn scalar data into arrays; None where they hold no numbers.

    Where steps go back, a training went on from there and the later points replace the
    earlier ones, as TensorBoard's data server has it: the older Python path keeps both.

    Args:
        data: Objects with `step`, `wall_time` and `value`, in the order of writing.
        limit: How many points were asked for: that many at uneven steps are a sample.
    """
    items = list(data)
    try:
        steps = np.array([item.step for item in items], dtype=np.int64)
        values = np.array([item.value for item in items], dtype=np.float64)
        wall_times = np.array([item.wall_time for item in items], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if not len(items) or values.ndim != 1:
        return None
    sampled = len(items) >= limit and len(np.unique(np.diff(steps))) > 1
    lowest_later = np.minimum.accumulate(steps[::-1])[::-1]
    kept = np.append(steps[:-1] < lowest_later[1:], True)
    return Points(steps[kept], values[kept], wall_times[kept], sampled)


def _text_of(array: Any) -> str | bytes | None:
    if not isinstance(array, np.ndarray) or array.size != 1:
        return None
    text = array.item()
    return text if isinstance(text, str | bytes) else None


def _fits_json(value: Any) -> bool:
    """Whether all integers are such that JavaScript and float64 can hold them."""
    if isinstance(value, list | tuple):
        return all(_fits_json(item) for item in value)
    return not isinstance(value, int) or abs(value) <= _MAX_INTEGER


def _is_ours(tag: str) -> bool:
    try:
        record_class(tag)
    except KeyError:
        return False
    return True


def _finite_or_none(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
