"""Captures of real trainings: every profiled execution has a row, and other clocks agree."""

import gzip
import json
import shutil
import time
import urllib.request
from types import SimpleNamespace

import keras
import pytest
import tensorflow as tf
from xprof.convert import raw_to_tool_data
from xprof.profile_data import ProfileData

import captures
import logdirs
from lr_tb import LearningRateMonitor, mnist, profiling
from lr_tb.records import PROFILE_TAG

FIRST, LAST = 11, 30
STEPS = list(range(FIRST - 1, LAST))


class _Watch:
    """A clock of its own that runs within the monitor's executions: `[end, monitor, begin]`."""

    def __init__(self):
        self.seconds = []
        self.begin = keras.callbacks.LambdaCallback(on_train_batch_begin=self._begin)
        self.end = keras.callbacks.LambdaCallback(on_train_batch_end=self._end)

    def _begin(self, batch, logs):
        self._began = time.perf_counter()

    def _end(self, batch, logs):
        self.seconds.append(time.perf_counter() - self._began)


@pytest.fixture(scope="module")
def trained(mnist_path, tmp_path_factory):
    """One epoch of 40 steps on real MNIST, 20 of them profiled, and what a clock saw."""
    log_dir = tmp_path_factory.mktemp("mnist")
    data = mnist.load_data(str(mnist_path))
    watch = _Watch()
    monitor = LearningRateMonitor(log_dir, profile_batch=(FIRST, LAST))
    mnist.build_model().fit(
        data.x_train[: 40 * 128],
        data.y_train[: 40 * 128],
        batch_size=128,
        verbose=0,
        callbacks=[watch.end, monitor, watch.begin],
    )
    (capture,) = captures.below(log_dir)
    return SimpleNamespace(
        log_dir=log_dir,
        capture=capture,
        rows=profiling.step_times(capture),
        watched_ms=[1e3 * seconds for seconds in watch.seconds[FIRST - 1 : LAST]],
    )


def _tool(trained, name, folder):
    """Return what a tool of the Profile tab makes of a copy of the capture."""
    copy = shutil.copytree(trained.capture, folder / "plugins" / "profile" / "copy")
    files = [str(path) for path in copy.glob("*.xplane.pb")]
    return json.loads(raw_to_tool_data.xspace_to_tool_data(files, name, {})[0])


def _step_rows(tables):
    """Return the rows of the table that has step times, as dicts."""
    for table in tables:
        columns = [column["id"] for column in table.get("cols", [])]
        if "stepTimeMs" in columns:
            cells = ([cell.get("v") for cell in row["c"]] for row in table["rows"])
            return [dict(zip(columns, values, strict=False)) for values in cells]
    raise AssertionError("no table of step times")


def test_every_profiled_execution_has_a_row(trained):
    assert STEPS == [row.step for row in trained.rows]
    assert {1} == {row.steps for row in trained.rows}


def test_the_record_holds_the_rows_and_names_the_capture(trained):
    record = logdirs.read(trained.log_dir).records[PROFILE_TAG]

    assert (trained.capture.name, "CPU") == (record.capture, record.device)
    assert [row.wall_ms for row in trained.rows] == [row.wall_ms for row in record.rows]
    assert ["xplane.pb"] == [path.name.split(".", 1)[1] for path in trained.capture.iterdir()]


def test_wall_times_agree_with_another_clock(trained):
    walls = [row.wall_ms for row in trained.rows]

    assert sum(trained.watched_ms) == pytest.approx(sum(walls), rel=0.02)


def test_wall_times_are_those_of_xprofs_reader(trained):
    (file,) = trained.capture.glob("*.xplane.pb")
    expected = {}
    for plane in ProfileData.from_file(file).planes:
        for line in plane.lines:
            for event in line.events:
                if event.name == "train":
                    expected[int(dict(event.stats)["step_num"])] = event.duration_ns / 1e6

    assert expected == pytest.approx({row.step: row.wall_ms for row in trained.rows})


def test_wall_times_agree_with_xprofs_step_times(trained, tmp_path):
    found = _step_rows(_tool(trained, "input_pipeline_analyzer", tmp_path))

    times = {int(row["stepnum"].split()[-1]): float(row["stepTimeMs"]) for row in found}
    walls = {row.step: row.wall_ms for row in trained.rows if row.step in times}
    assert len(times) >= len(STEPS) - 2
    assert sum(times.values()) == pytest.approx(sum(walls.values()), rel=0.02)


def test_the_overview_of_the_profile_tab_has_step_times(trained, tmp_path):
    overview = _tool(trained, "overview_page", tmp_path)

    assert len(_step_rows(overview)) >= len(STEPS) - 2
    assert "No step marker" not in json.dumps(overview)


def test_the_profile_tab_of_tensorboard_has_the_capture(trained, tensorboard, tmp_path):
    shutil.copytree(trained.log_dir, tmp_path / "run")
    process = tensorboard(tmp_path)

    def get(path):
        with urllib.request.urlopen(f"{process.url}/data/plugin/profile/{path}") as reply:
            body = reply.read()
        is_zipped = reply.headers["Content-Encoding"] == "gzip"
        return json.loads(gzip.decompress(body) if is_zipped else body)

    (run,) = get("runs")
    (host,) = get(f"hosts?run={run}&tag=overview_page")
    page = get(f"data?run={run}&tag=overview_page&host={host['hostname']}")
    assert f"run/train/{trained.capture.name}" == run
    assert len(_step_rows(page)) >= len(STEPS) - 2


def test_input_and_compilation_are_parts_of_the_step(trained):
    assert all(0 < row.input_ms < row.wall_ms for row in trained.rows)
    assert {0.0} == {row.compile_ms for row in trained.rows}


def test_a_first_execution_spends_its_time_compiling(mnist_path, tmp_path):
    data = mnist.load_data(str(mnist_path))
    monitor = LearningRateMonitor(tmp_path, profile_batch=(1, 2))

    mnist.build_model().fit(
        data.x_train[:256], data.y_train[:256], batch_size=128, verbose=0, callbacks=[monitor]
    )

    first, second = logdirs.read(tmp_path).records[PROFILE_TAG].rows
    assert 0 < first.compile_ms < first.wall_ms
    assert 0.0 == second.compile_ms


def test_a_marker_like_keras_own_would_leave_the_profile_tab_without_step_times(tmp_path):
    """The control: what the overview says where the markers lack what ours have."""
    tf.profiler.experimental.start(str(tmp_path))
    for step in range(5):
        with tf.profiler.experimental.Trace("Profiled batch", step_num=step):
            tf.reduce_sum(tf.ones((10, 10)))
    tf.profiler.experimental.stop()
    (capture,) = (tmp_path / "plugins" / "profile").iterdir()

    overview = _tool(SimpleNamespace(capture=capture), "overview_page", tmp_path / "copy")

    assert "No step marker" in json.dumps(overview)
