import os
import struct

import pytest

import sample_logs
from lr_tb.events import EventWriter
from lr_tb.plugin.logdir import open_logdir, read_events
from lr_tb.records import PlanRecord


def _write(folder, points, *, starts_session=True):
    writer = EventWriter(folder, starts_session=starts_session)
    for step, value in points.items():
        writer.add_scalars(step, {"tag": value}, wall_time=1000.0 + step)
    writer.close()


def _points(logdir, run):
    points = open_logdir(logdir).series(["tag"])[run]["tag"]
    return dict(zip(points.steps.tolist(), points.values.tolist(), strict=True))


def _only_file(folder):
    (file,) = folder.glob("*tfevents*")
    return file


def test_every_point_is_kept_however_many(tmp_path):
    _write(tmp_path / "a", {step: float(step % 7) for step in range(3000)})

    assert _points(tmp_path, "a") == {step: float(step % 7) for step in range(3000)}


@pytest.mark.parametrize("folder, run", [("", "."), ("a", "a"), ("a/b c/é", "a/b c/é")])
def test_a_run_is_named_by_its_path(tmp_path, folder, run):
    _write(tmp_path / folder, {0: 1.0})

    assert list(open_logdir(tmp_path).runs()) == [run]


def test_a_later_file_that_starts_a_session_replaces_from_there_on(tmp_path):
    _write(tmp_path / "a", {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0})
    _write(tmp_path / "a", {2: 2.0})

    assert _points(tmp_path, "a") == {0: 1.0, 1: 1.0, 2: 2.0}


def test_records_are_read_beside_scalars(tmp_path):
    sample_logs.write_group(tmp_path / "a", sample_logs.plan("named"), rates=[0.1])

    stored = open_logdir(tmp_path).records()

    assert list(stored) == ["a"]
    record = stored["a"]["lr_tb/plan"].record
    assert isinstance(record, PlanRecord)
    assert record.name == "named"


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 11, 12, 13, 20])
def test_of_a_file_that_is_cut_short_what_stands_before_is_kept(tmp_path, cut):
    _write(tmp_path / "a", {0: 1.0, 1: 2.0, 2: 3.0})
    file = _only_file(tmp_path / "a")
    os.truncate(file, file.stat().st_size - cut)

    assert _points(tmp_path, "a") == {0: 1.0, 1: 2.0}


def test_after_garbage_nothing_more_is_read_and_nothing_is_raised(tmp_path):
    _write(tmp_path / "a", {0: 1.0})
    with _only_file(tmp_path / "a").open("ab") as stream:
        stream.write(struct.pack("<QI", 8, 0) + b"\xff" * 8 + b"\0" * 4)

    assert _points(tmp_path, "a") == {0: 1.0}


@pytest.mark.parametrize("size", [2**63, 2**40, 13])
def test_a_length_that_lies_is_not_believed(tmp_path, size):
    file = tmp_path / "x.tfevents"
    file.write_bytes(struct.pack("<QI", size, 0) + b"123456789012")

    assert list(read_events(file)) == []


@pytest.mark.parametrize("content", [b"", b"\0", b"\0" * 11])
def test_a_file_without_an_event_is_a_run_without_anything(tmp_path, content):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.tfevents").write_bytes(content)

    assert open_logdir(tmp_path).scalars() in ({}, {"a": {}})


def test_a_link_that_leads_back_up_is_not_followed_twice(tmp_path):
    _write(tmp_path / "a", {0: 1.0})
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)

    assert list(open_logdir(tmp_path).runs()) == ["a"]


def test_a_link_to_logs_elsewhere_is_followed(tmp_path):
    _write(tmp_path / "elsewhere", {0: 1.0})
    logdir = tmp_path / "logs"
    logdir.mkdir()
    (logdir / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    assert _points(logdir, "linked") == {0: 1.0}


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_directory_is_refused_by_name(tmp_path, name):
    (tmp_path / "file").touch()

    with pytest.raises(NotADirectoryError, match=name):
        open_logdir(tmp_path / name)


def test_an_empty_directory_holds_nothing(tmp_path):
    reader = open_logdir(tmp_path)

    assert (reader.runs(), reader.scalars(), reader.records()) == ({}, {}, {})
