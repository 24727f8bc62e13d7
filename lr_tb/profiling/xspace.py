"""A profiler capture (`.xplane.pb`): the fields of its protos that step times are read from.

They are declared here since the other ways cost too much in a training process. For 20 steps
of the MNIST model xprof's reader, with a foreign call for each event, takes a fifth of a
second, and most of a second where XLA compiled the model; TensorFlow's protos import it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

# Message, then its fields: name, number and type. A map is a list of entries.
_FIELDS: dict[str, tuple[tuple[str, int, str], ...]] = {
    "Space": (("planes", 1, "Plane"),),
    "Plane": (
        ("name", 2, "string"),
        ("lines", 3, "Line"),
        ("event_names", 4, "Entry"),
        ("stat_names", 5, "Entry"),
    ),
    "Entry": (("key", 1, "int64"), ("metadata", 2, "Metadata")),
    "Metadata": (("name", 2, "string"),),
    "Line": (("name", 2, "string"), ("timestamp_ns", 3, "int64"), ("events", 4, "Event")),
    "Event": (
        ("metadata_id", 1, "int64"),
        ("offset_ps", 2, "int64"),
        ("duration_ps", 3, "int64"),
        ("stats", 4, "Stat"),
    ),
    "Stat": (("metadata_id", 1, "int64"), ("unsigned", 3, "uint64"), ("signed", 4, "int64")),
}
_SCALARS = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
}
_REPEATED = {"planes", "lines", "event_names", "stat_names", "events", "stats"}


def read_planes(path: Path) -> list[Any]:
    """Return the planes of a capture: one for the host's threads, one for each device.

    Args:
        path: An `.xplane.pb` file.

    Raises:
        ValueError: The file is broken.
        OSError: It cannot be read.
    """
    try:
        return list(_Space.FromString(path.read_bytes()).planes)
    except DecodeError as error:
        raise ValueError(f"{str(path)!r} is no complete profiler capture: {error}") from error


def find_events(
    plane: Any,
    kind_of: Callable[[str], str | None],
    is_on: Callable[[str], bool] = lambda line: True,
) -> Iterator[tuple[str, int, int, Any]]:
    """Yield kind, begin, end and proto of events, with times in picoseconds since 1970.

    Args:
        plane: One of `read_planes(...)`.
        kind_of: Of what kind the events of a name are, None for those of no interest.
        is_on: Whether to look at the line of a name.
    """
    named = ((entry.key, kind_of(entry.metadata.name)) for entry in plane.event_names)
    kinds = {key: kind for key, kind in named if kind is not None}
    for line in plane.lines:
        if is_on(line.name):
            origin = 1000 * line.timestamp_ns
            for event in line.events:
                kind = kinds.get(event.metadata_id)
                if kind is not None:
                    begin = origin + event.offset_ps
                    yield kind, begin, begin + event.duration_ps, event


def integers_of(plane: Any, event: Any) -> dict[str, int]:
    """Return the statistics of an event that are integers, by name."""
    names = {entry.key: entry.metadata.name for entry in plane.stat_names}
    return {names[stat.metadata_id]: stat.signed or stat.unsigned for stat in event.stats}


def _message_class() -> Any:
    """Return the class of a whole capture, from a pool of its own: TensorFlow has these too."""
    file = FileDescriptorProto(name="xspace.proto", package="lr_tb", syntax="proto3")
    for message, fields in _FIELDS.items():
        described = file.message_type.add(name=message)
        for name, number, kind in fields:
            field = described.field.add(name=name, number=number)
            field.label = field.LABEL_REPEATED if name in _REPEATED else field.LABEL_OPTIONAL
            field.type = _SCALARS.get(kind, field.TYPE_MESSAGE)
            if kind not in _SCALARS:
                field.type_name = f".lr_tb.{kind}"
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("lr_tb.Space"))


_Space = _message_class()
