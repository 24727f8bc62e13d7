"""Reading event files in tests, with TensorBoard's own loader."""

import dataclasses
from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from lr_tb import records


@dataclasses.dataclass
class Run:
    """What stands in the event files of one run."""

    scalars: dict[str, dict[int, float]]
    wall_times: dict[str, dict[int, float]]
    records: dict[str, object]
    starts: list[int]
    tags: list[str]


def read(directory):
    """Return everything in a run's folder; of a step written twice the later value stays."""
    run = Run({}, {}, {}, [], [])
    for file in sorted(Path(directory).glob("*tfevents*")):
        for event in EventFileLoader(str(file)).Load():
            if event.HasField("session_log"):
                run.starts.append(event.step)
            for value in event.summary.value:
                run.tags.append(value.tag)
                _add(run, event, value)
    return run


def _add(run, event, value):
    if value.tag.startswith("lr_tb/"):
        run.records[value.tag] = records.decode(value.tag, value.tensor.string_val[0])
    elif value.tensor.float_val:
        run.scalars.setdefault(value.tag, {})[event.step] = value.tensor.float_val[0]
        run.wall_times.setdefault(value.tag, {})[event.step] = event.wall_time
