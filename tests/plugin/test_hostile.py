"""Two hundred runs, some of which are meant to do harm: no error, and none harms another."""

import json
import math
import struct

import pytest
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT, DT_STRING

import sample_logs
from lr_tb.records import encode

_NAMES = (
    "<script>alert(1)</script>".replace("/", "\\"),
    '"><img src=x onerror=alert(1)>',
    "'; drop table runs; --",
    "..%2F..%2Fetc%2Fpasswd",
    "%s%n%00",
    "a\nb\tc",
    "..",
    "學習率-🚀-é-\u202edrawkcab",
    "x" * 250 + "/" + "y" * 50,
    "{{constructor.constructor('alert(1)')()}}",
    "train",
    "seed99999999999999999999",
    "seed٣",
    "null",
    "-rf",
    " ",
)
_GOOD = [f"good{number}" for number in range(150)]


def _plan(**others):
    return json.loads(encode(sample_logs.plan("damaged"))) | others


_TEXTS = {
    "empty": "",
    "no JSON": "<html>",
    "a list": "[1, 2]",
    "a number": "5",
    "null": "null",
    "nothing": "{}",
    "deep": "[" * 100_000,
    "deep object": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "not UTF-8": b"\xff\xfe\x00",
    "NaN rates": json.dumps(_plan(rates=[math.nan] * 3)),
    "null rates": json.dumps(_plan(rates=[None] * 3)),
    "infinite rates": json.dumps(_plan(rates=[math.inf, 0, 0])),
    "too few rates": json.dumps(_plan(rates=[0.1])),
    "steps that fall": json.dumps(_plan(steps=[5, 3, 1])),
    "steps of text": json.dumps(_plan(steps=["0", "7", "19"])),
    "nested steps": json.dumps(_plan(steps=[[0], [7], [19]])),
    "huge steps": json.dumps(_plan(steps=[0, 7, 10**400])),
    "steps beyond JavaScript": json.dumps(_plan(steps=[0, 7, 2**60])),
    "huge total": json.dumps(_plan(total_steps=10**30)),
    "total of text": json.dumps(_plan(total_steps="20")),
    "name of a number": json.dumps(_plan(name=5)),
    "name of an object": json.dumps(_plan(name={"toString": "x"})),
    "version of text": json.dumps(_plan(version="two")) + "}",
    "newer": json.dumps(_plan(version=2)),
    "much newer": json.dumps(_plan(version=10**100)),
    "interpolation": json.dumps(_plan(interpolation="cubic")),
    "prototype": json.dumps(_plan(steps=None, __proto__={"x": 1})),
    "large": json.dumps(_plan(note="x" * 5 * 2**20)),
}
_TENSORS = {
    "two texts": TensorProto(
        dtype=DT_STRING,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=2)]),
        string_val=[b"{}", b"{}"],
    ),
    "numbers": TensorProto(
        dtype=DT_FLOAT,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
        float_val=[1.0],
    ),
    "no text": TensorProto(
        dtype=DT_STRING, tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=0)])
    ),
}

_HARMS = (
    lambda data: data[:-20],
    lambda data: data + b"\xff" * 100,
    lambda data: data + struct.pack("<Q", 2**62) + b"\0" * 40,
    lambda data: b"garbage" + data,
    lambda data: b"",
)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """A log directory of two hundred runs."""
    logdir = tmp_path_factory.mktemp("crowd")
    for number, name in enumerate(_GOOD):
        _write_good(logdir / name, number)
    for number, name in enumerate(_NAMES[:6] + _NAMES[7:]):
        plan = sample_logs.plan(name, spec=name, note=name, schedule=name)
        sample_logs.write_group(logdir / name, plan, accuracies=[0.5], losses=[1.0, 0.5 + number])
    _write_good(logdir / "parent of itself", 0, name="../../..")
    for number, text in enumerate(_TEXTS.values()):
        sample_logs.write_text(logdir / f"broken{number}", "lr_tb/plan", text)
        sample_logs.write_text(logdir / f"broken{number}", f"lr_tb/step_times/{number}", text)
    for number, tensor in enumerate(_TENSORS.values()):
        sample_logs.write_tensor(logdir / f"odd{number}", "lr_tb/plan", tensor)
    for number, harm in enumerate(_HARMS):
        _write_good(logdir / f"torn{number}", 0)
        [file] = (logdir / f"torn{number}" / "validation").iterdir()
        file.write_bytes(harm(file.read_bytes()))
    sample_logs.write_group(logdir / "one point", rates=[0.1])
    sample_logs.write_group(logdir / "no validation", sample_logs.plan("x"), rates=[0.1, 0.2])
    sample_logs.write_records(logdir / "no training", sample_logs.plan("y"))
    return logdir


def _write_good(folder, number, name=None):
    sample_logs.write_group(
        folder,
        sample_logs.plan(name or folder.name, seed=0),
        accuracies=[0.9, 0.9 + number / 10_000],
        losses=[0.5, 0.25],
        rates=[0.1] * 5,
    )
