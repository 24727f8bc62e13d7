"""Profiler captures: made by hand from TensorFlow's own protos, or looked up after a fit."""

from pathlib import Path

from tensorflow.tsl.profiler.protobuf import xplane_pb2

ORIGIN_NS = 1_795_000_000_000_000_000


def write(folder, planes, *, host="host"):
    """Write a capture and return its folder.

    Args:
        folder: Where to write it.
        planes: From the plane's name to its lines, from the line's name to its events: name,
            begin and end in microseconds, and perhaps a dict of statistics.
        host: Begin of the file's name.
    """
    space = xplane_pb2.XSpace()
    for name, lines in planes.items():
        plane = space.planes.add(name=name)
        for line_name, events in lines.items():
            # Lines need not begin at the same time; the events count from the line's begin.
            shift = 1 + len(plane.lines)
            line = plane.lines.add(name=line_name, timestamp_ns=ORIGIN_NS - 1000 * shift)
            for event_name, begin, end, *stats in events:
                event = line.events.add(
                    metadata_id=_identify(plane.event_metadata, event_name),
                    offset_ps=round(1e6 * (begin + shift)),
                    duration_ps=round(1e6 * (end - begin)),
                )
                for key, value in (stats[0] if stats else {}).items():
                    event.stats.add(
                        metadata_id=_identify(plane.stat_metadata, key), int64_value=value
                    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{host}.xplane.pb").write_bytes(space.SerializeToString())
    return folder


def marker(begin, end, step, **stats):
    """Return the event of a step marker."""
    return "train", begin, end, {"_r": 1, "step_num": step} | stats


def below(log_dir):
    """Return the folders of a run group's captures, oldest first."""
    return sorted(Path(log_dir, "train", "plugins", "profile").glob("*"))


def _identify(names, name):
    for key, metadata in names.items():
        if metadata.name == name:
            return key
    key = len(names) + 1
    names[key].id, names[key].name = key, name
    return key
