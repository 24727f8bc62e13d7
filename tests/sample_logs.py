"""Run groups with chosen numbers, written with lr_tb's own writer."""

import time

import numpy as np
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING

from lr_tb.events import EventWriter
from lr_tb.records import PLUGIN_NAME, PlanRecord, StepTimesRecord

START = time.time()
STEPS_PER_EPOCH = 10


def plan(name="cosine", **others):
    """Return a plan of two epochs; `others` replace its fields."""
    values = {
        "name": name,
        "schedule": "CosineDecay",
        "spec": "CosineDecay(0.1, 20)",
        "total_steps": 20,
        "steps_per_epoch": STEPS_PER_EPOCH,
        "steps": np.array([0, 7, 19]),
        "rates": np.array([0.1, 1 / 15, 1e-9]),
    }
    return PlanRecord(**(values | others))


def step_times(**others):
    """Return step times; `others` replace their fields."""
    values = {
        "count": 18,
        "mean_ms": 2.5,
        "levels": [0.0, 0.5, 1.0],
        "milliseconds": [1.0, 2.0, 6.0],
        "left_out": 2,
        "examples_per_second": 1000.0,
        "device": "CPU",
        "backend": "tensorflow",
    }
    return StepTimesRecord(**(values | others))


def write_records(directory, *records, optimizer=None):
    """Write records into the run of a group."""
    writer = EventWriter(directory, starts_session=False)
    for record in records:
        writer.add_record(record, optimizer)
    writer.close()


def write_text(directory, tag, text):
    """Write any text where a record should stand."""
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=TensorShapeProto())
    tensor.string_val.append(text if isinstance(text, bytes) else text.encode())
    write_tensor(directory, tag, tensor)


def write_tensor(directory, tag, tensor):
    """Write any tensor where a record should stand."""
    metadata = SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME),
        data_class=DATA_CLASS_TENSOR,
    )
    writer = EventWriter(directory, starts_session=False)
    value = Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    writer.add_summary(Summary(value=[value]))
    writer.close()


def write_scalars(directory, series, *, start=START):
    """Write scalars: from tag to from step to value; a point each 10 ms of training."""
    writer = EventWriter(directory, starts_session=True)
    for step in sorted({step for points in series.values() for step in points}):
        values = {tag: points[step] for tag, points in series.items() if step in points}
        writer.add_scalars(step, values, wall_time=start + step / 100)
    writer.close()


def write_group(directory, *records, accuracies=(), losses=(), rates=()):
    """Write a whole run group: records, rates of each step, and a value for each epoch."""
    write_records(directory, *records)
    ends = [STEPS_PER_EPOCH * (epoch + 1) - 1 for epoch in range(max(len(accuracies), len(losses)))]
    validation = {
        "epoch/accuracy": dict(zip(ends, accuracies, strict=False)),
        "epoch/loss": dict(zip(ends, losses, strict=False)),
    }
    write_scalars(directory / "train", {"step/learning_rate": dict(enumerate(rates))})
    write_scalars(directory / "validation", validation)
