"""Event files: TensorBoard's protos and framing, without TensorFlow."""

import itertools
import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import google_crc32c
from google.protobuf.message import Message
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING

from lr_tb.records import PLUGIN_NAME, Record, encode, tag_of

_FILE_VERSION = "brain.Event:2"
_MASK_DELTA = 0xA282EAD8


class EventWriter:
    """Writes scalars and records into one event file of a run.

    The file is made by the first write, so that a writer which writes nothing
    leaves nothing behind. What was flushed survives a killed process; TensorBoard
    reads on while the file grows.

    A writer with `starts_session=True` says at which step it begins
    (`SessionLog(START)`), and TensorBoard then drops the points at and after that
    step of earlier files: a resumed run replaces what it repeats.

    Args:
        directory: Folder of the run, made when the first event is written.
        starts_session: Whether the file begins with `SessionLog(START)`; true for
            runs of scalars, false for the run that holds the records.

    Raises:
        ValueError: `directory` is a URL; only local paths are written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as logdir:
        ...     writer = EventWriter(logdir, starts_session=True)
        ...     writer.add_scalars(0, {"step/loss": 2.3})
        ...     writer.close()
        ...     len(os.listdir(logdir))
        1
    """

    def __init__(self, directory: str | os.PathLike[str], *, starts_session: bool) -> None:
        self.directory = local_path(directory)
        self._starts_session = starts_session
        self._file: IO[bytes] | None = None
        self._templates: dict[tuple[str, ...], tuple[Event, list[Summary.Value]]] = {}

    def add_scalars(
        self, step: int, values: Mapping[str, float], wall_time: float | None = None
    ) -> None:
        """Write one event with a float32 scalar per tag.

        Args:
            step: Optimizer step, 0-based.
            values: From tag to value.
            wall_time: Seconds since the epoch; now by default.
        """
        event, slots = self._template(tuple(values))
        event.step = step
        event.wall_time = time.time() if wall_time is None else wall_time
        for slot, value in zip(slots, values.values(), strict=True):
            slot.simple_value = value
        self._write(event)

    def add_record(self, record: Record, optimizer: str | None = None) -> None:
        """Write a record as a string tensor at step 0, under the tag of its kind.

        Args:
            record: The record.
            optimizer: Name of its optimizer where the model has several.
        """
        self.add_summary(Summary(value=[_string_value(tag_of(record, optimizer), encode(record))]))

    def add_summary(self, summary: Message) -> None:
        """Write a `Summary` proto at step 0."""
        event = Event(step=0, wall_time=time.time())
        event.summary.ParseFromString(summary.SerializeToString())
        self._write(event)

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file; a later write opens another one. May be called twice."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _template(self, tags: tuple[str, ...]) -> tuple[Event, list[Summary.Value]]:
        """Return what is reused for these tags: building an event costs more than writing it."""
        if tags not in self._templates:
            event = Event(summary=Summary(value=[Summary.Value(tag=tag) for tag in tags]))
            self._templates[tags] = event, list(event.summary.value)
        return self._templates[tags]

    def _write(self, event: Event) -> None:
        if self._file is None:
            self._file = self._open(event.step)
        self._file.write(_frame(event.SerializeToString()))

    def _open(self, first_step: int) -> IO[bytes]:
        self.directory.mkdir(parents=True, exist_ok=True)
        file = _create(self.directory)
        now = time.time()
        file.write(_frame(Event(wall_time=now, file_version=_FILE_VERSION).SerializeToString()))
        if self._starts_session:
            start = Event(wall_time=now, step=first_step)
            start.session_log.status = SessionLog.START
            file.write(_frame(start.SerializeToString()))
        return file


def local_path(directory: str | os.PathLike[str]) -> Path:
    """Return a folder as a `Path`; `scheme://` is refused.

    Raises:
        TypeError: It is not a path.
        ValueError: It is empty, or a URL.

    Example:
        >>> local_path("gs://bucket/logs")
        Traceback (most recent call last):
        ValueError: `log_dir` must be a local path. Received: log_dir='gs://bucket/logs'. \
Log to a local folder and copy it.
    """
    text = os.fspath(directory)
    if not isinstance(text, str) or not text or "://" in text:
        raise ValueError(
            f"`log_dir` must be a local path. Received: log_dir={text!r}. "
            "Log to a local folder and copy it."
        )
    return Path(text)


def _create(directory: Path) -> IO[bytes]:
    """Open a new file whose name sorts after all earlier ones: TensorBoard reads by name.

    Seconds come first, in ten digits, as in every other writer's names; nanoseconds
    follow, since two fits may well begin in one second.
    """
    for count in itertools.count():
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        name = (
            f"events.out.tfevents.{seconds:010d}{nanoseconds:09d}"
            f".{socket.gethostname()}.{os.getpid()}.{count}.{PLUGIN_NAME}"
        )
        try:
            return open(directory / name, "xb")
        except FileExistsError:
            continue
    raise AssertionError("unreachable")


def _frame(data: bytes) -> bytes:
    """Wrap one record: length, CRC of the length, data, CRC of the data."""
    header = struct.pack("<Q", len(data))
    return b"".join((header, _masked_crc(header), data, _masked_crc(data)))


def _masked_crc(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF)


def _string_value(tag: str, text: str) -> Summary.Value:
    metadata = SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME),
        data_class=DATA_CLASS_TENSOR,
    )
    tensor = TensorProto(
        dtype=DT_STRING, tensor_shape=TensorShapeProto(), string_val=[text.encode()]
    )
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
