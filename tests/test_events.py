"""Event files hold what was written, as TensorBoard's own readers see it."""

import struct
import subprocess
import sys

import pytest
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from lr_tb import events, records


def _events(directory):
    files = sorted(directory.glob("*tfevents*"))
    loaders = (RawEventFileLoader(str(file)) for file in files)
    return [Event.FromString(raw) for loader in loaders for raw in loader.Load()]


def _finder():
    return records.FinderRecord(rates=[0.1], losses=[2.0], smoothed=[2.0], suggestions={})


def test_scalars_come_back_as_float32_at_their_step(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=False)
    writer.add_scalars(7, {"step/loss": 0.1, "step/accuracy": 0.9}, wall_time=3.5)
    writer.close()

    version, event = _events(tmp_path)
    assert "brain.Event:2" == version.file_version
    assert (7, 3.5) == (event.step, event.wall_time)
    float32 = struct.unpack("f", struct.pack("f", 0.1))[0]
    assert {"step/loss": float32} == {
        event.summary.value[0].tag: event.summary.value[0].simple_value
    }
    assert "step/accuracy" == event.summary.value[1].tag


def test_a_reused_event_keeps_nothing_of_the_one_before(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=False)
    writer.add_scalars(0, {"a": 1.0, "b": 2.0})
    writer.add_scalars(1, {"a": 3.0})
    writer.add_scalars(2, {"a": 5.0, "b": 6.0})
    writer.close()

    values = [[(v.tag, v.simple_value) for v in e.summary.value] for e in _events(tmp_path)[1:]]
    assert [[("a", 1.0), ("b", 2.0)], [("a", 3.0)], [("a", 5.0), ("b", 6.0)]] == values


def test_a_run_of_scalars_says_at_which_step_it_starts(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=True)
    writer.add_scalars(40, {"step/loss": 1.0})
    writer.close()

    start = _events(tmp_path)[1]
    assert (SessionLog.START, 40) == (start.session_log.status, start.step)


def test_a_run_of_records_has_no_session_start(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=False)
    writer.add_record(_finder())
    writer.close()

    assert not any(event.HasField("session_log") for event in _events(tmp_path))


def test_a_record_is_one_string_tensor_of_class_tensor_at_step_0(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=False)
    writer.add_record(_finder(), "adam")
    writer.close()

    event = _events(tmp_path)[1]
    value = event.summary.value[0]
    assert (0, "lr_tb/finder/adam") == (event.step, value.tag)
    assert "lr_tb" == value.metadata.plugin_data.plugin_name
    assert 2 == value.metadata.data_class
    assert b"" == value.metadata.plugin_data.content
    assert [] == list(value.tensor.tensor_shape.dim)
    assert _finder() == records.decode(value.tag, value.tensor.string_val[0])


def test_nothing_written_leaves_nothing_behind(tmp_path):
    writer = events.EventWriter(tmp_path / "run", starts_session=True)
    writer.flush()
    writer.close()
    writer.close()

    assert [] == list(tmp_path.iterdir())


def test_what_was_flushed_can_be_read_while_the_writer_is_open(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=False)
    writer.add_scalars(0, {"a": 1.0})
    writer.flush()

    assert 2 == len(_events(tmp_path))
    writer.close()


def test_writing_after_close_opens_a_file_that_sorts_last(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=False)
    for step in range(5):
        writer.add_scalars(step, {"a": 1.0})
        writer.close()

    assert 5 == len(list(tmp_path.iterdir()))
    assert [0, 1, 2, 3, 4] == [e.step for e in _events(tmp_path) if not e.file_version]


def test_names_sort_after_those_of_other_writers_of_the_same_second(tmp_path):
    writer = events.EventWriter(tmp_path, starts_session=False)
    writer.add_scalars(0, {"a": 1.0})
    writer.close()
    name = next(tmp_path.iterdir()).name

    second = name.split(".")[3][:10]
    assert f"events.out.tfevents.{second}.host" < name
    assert name < f"events.out.tfevents.{int(second) + 1}.host"


@pytest.mark.parametrize("directory", ["gs://bucket/x", "s3://bucket", ""])
def test_a_url_is_refused(directory):
    with pytest.raises(ValueError, match="`log_dir` must be a local path. Received: log_dir="):
        events.EventWriter(directory, starts_session=True)


def test_the_writer_imports_no_tensorflow():
    code = (
        "import sys, tempfile; from lr_tb import events\n"
        "w = events.EventWriter(tempfile.mkdtemp(), starts_session=True)\n"
        "w.add_scalars(0, {'a': 1.0}); w.close()\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
