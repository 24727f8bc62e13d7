"""The profiler runs for its window only, stops however a fit ends, and stops no training."""

import shutil
import warnings

import keras
import pytest
import tensorflow as tf

import captures
import logdirs
import tiny
from lr_tb import LearningRateMonitor, profiling
from lr_tb.profiling.window import profiled_executions
from lr_tb.records import PROFILE_TAG, STEP_TIMES_TAG

TWENTY = {"batch_size": 1}


def _steps(log_dir):
    """Return step and number of steps of each row in the last record."""
    return [(row.step, row.steps) for row in logdirs.read(log_dir).records[PROFILE_TAG].rows]


def _assert_no_profiler_runs():
    with pytest.raises(tf.errors.UnavailableError):
        tf.profiler.experimental.stop(save=False)


class Do(keras.callbacks.Callback):
    """Does something at the end of a batch."""

    def __init__(self, batch, act):
        super().__init__()
        self._at, self._act = batch, act

    def on_train_batch_end(self, batch, logs=None):
        if batch == self._at:
            self._act()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0, []),
        (1, [1]),
        (7, [7]),
        ((1, 1), [1]),
        ((2, 4), [2, 3, 4]),
        ([2, 3], [2, 3]),
    ],
)
def test_what_profile_batch_means(given, expected):
    assert expected == list(profiled_executions(given))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (-1, ValueError),
        ((0, 0), ValueError),
        ((0, 3), ValueError),
        ((4, 3), ValueError),
        (True, TypeError),
        ((1, True), TypeError),
        (2.0, TypeError),
        ((1, 2.5), TypeError),
        ((1, 2, 3), TypeError),
        ("1,2", TypeError),
        (None, TypeError),
    ],
)
def test_a_bad_profile_batch_is_refused_when_the_monitor_is_made(tmp_path, given, error):
    with pytest.raises(error, match=r"`profile_batch` must be 0, .* Received: profile_batch="):
        LearningRateMonitor(tmp_path, profile_batch=given)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((1, 2), [0, 1]),
        ((19, 20), [18, 19]),
        (20, [19]),
        (21, [20]),
        ((39, 60), [38, 39]),
    ],
)
def test_the_executions_of_the_window_have_rows(tmp_path, window, expected):
    monitor = LearningRateMonitor(tmp_path, profile_batch=window)

    tiny.fit(tiny.model(), [monitor], epochs=2, **TWENTY)

    assert [(step, 1) for step in expected] == _steps(tmp_path)
    _assert_no_profiler_runs()


def test_the_profiler_stops_right_after_the_window(tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(len(captures.below(tmp_path)))

    monitor = LearningRateMonitor(tmp_path, profile_batch=(2, 3))
    tiny.fit(tiny.model(), [monitor, Look()])

    assert [0, 0, 1, 1, 1] == seen


@pytest.mark.parametrize("window", [0, 41])
def test_without_an_execution_in_the_window_there_is_no_trace_of_a_profiler(tmp_path, window):
    tiny.fit(
        tiny.model(), [LearningRateMonitor(tmp_path, profile_batch=window)], epochs=2, **TWENTY
    )

    assert PROFILE_TAG not in logdirs.read(tmp_path).records
    assert not (tmp_path / "train" / "plugins").exists()


def test_an_execution_of_several_steps_is_one_row(tmp_path):
    model = tiny.model()
    model.compile("sgd", "mse", steps_per_execution=7)

    tiny.fit(model, [LearningRateMonitor(tmp_path, profile_batch=(2, 5))], epochs=2, **TWENTY)

    # 20 steps an epoch: 7, 7 and 6.
    assert [(7, 7), (14, 6), (20, 7), (27, 7)] == _steps(tmp_path)


def test_an_input_of_unknown_length_that_runs_out_leaves_no_row_of_its_own(tmp_path):
    spec = (tf.TensorSpec((4, 3)), tf.TensorSpec((4, 1)))
    batches = [(tiny.X[:4], tiny.Y[:4])] * 3
    data = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=spec)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras: the input has run out, and cannot be shuffled.
        monitor = LearningRateMonitor(tmp_path, profile_batch=(2, 6))
        tiny.model().fit(data, epochs=4, verbose=0, callbacks=[monitor])

    logged = tiny.steps(tmp_path)
    profiled = [step for step, _ in _steps(tmp_path)]
    # In the first epoch Keras begins a fourth execution, which finds no input.
    assert logged[1:5] == profiled
    assert 4 == len(profiled)


def test_profiled_steps_are_left_out_of_the_step_times_and_counted(tmp_path):
    monitor = LearningRateMonitor(tmp_path, profile_batch=(5, 8))

    tiny.fit(tiny.model(), [monitor], **TWENTY)

    times = logdirs.read(tmp_path).records[STEP_TIMES_TAG]
    # The fit's first two, the epoch's last, four that were profiled.
    assert (13, 7) == (times.count, times.left_out)


def test_two_fits_in_one_second_are_two_captures(tmp_path):
    model, monitor = tiny.model(), LearningRateMonitor(tmp_path, profile_batch=(2, 3))

    for _ in range(2):
        tiny.fit(model, [monitor])

    first, second = captures.below(tmp_path)
    assert [1, 2] == [row.step for row in profiling.step_times(first)]
    assert [6, 7] == [row.step for row in profiling.step_times(second)]
    assert second.name == logdirs.read(tmp_path).records[PROFILE_TAG].capture


def test_early_stopping_keeps_what_there_is(tmp_path):
    model = tiny.model()
    stop = Do(6, lambda: setattr(model, "stop_training", True))

    tiny.fit(model, [LearningRateMonitor(tmp_path, profile_batch=(4, 30)), stop], **TWENTY)

    assert [3, 4, 5, 6] == [step for step, _ in _steps(tmp_path)]
    _assert_no_profiler_runs()


@pytest.mark.parametrize("is_first", [True, False])
def test_a_fit_that_raised_keeps_the_executions_that_ended(tmp_path, is_first):
    monitor, fail = LearningRateMonitor(tmp_path, profile_batch=(4, 30)), tiny.RaiseAt(6)
    callbacks = [monitor, fail] if is_first else [fail, monitor]

    with pytest.raises(RuntimeError, match="broken off"), monitor:
        tiny.fit(tiny.model(), callbacks, **TWENTY)

    # An execution has ended for the monitor once it was told so.
    assert [3, 4, 5, 6][: 3 + is_first] == [step for step, _ in _steps(tmp_path)]
    _assert_no_profiler_runs()


def test_without_an_execution_that_ended_there_is_a_capture_and_no_record(tmp_path):
    monitor = LearningRateMonitor(tmp_path, profile_batch=(2, 3))

    with pytest.raises(RuntimeError, match="broken off"), monitor:
        tiny.fit(tiny.model(), [tiny.RaiseAt(1), monitor])

    assert 1 == len(captures.below(tmp_path))
    assert PROFILE_TAG not in logdirs.read(tmp_path).records


def test_the_next_fit_stops_the_profiler_of_one_that_raised(tmp_path):
    model, monitor = tiny.model(), LearningRateMonitor(tmp_path, profile_batch=(2, 30))
    with pytest.raises(RuntimeError, match="broken off"):
        tiny.fit(model, [monitor, tiny.RaiseAt(3)], **TWENTY)

    tiny.fit(model, [], **TWENTY)

    _assert_no_profiler_runs()
    assert [1, 2, 3] == [step for step, _ in _steps(tmp_path)]


def test_where_another_profiler_runs_the_training_goes_on_with_one_warning(tmp_path):
    tf.profiler.experimental.start(str(tmp_path / "other"))
    try:
        with pytest.warns(RuntimeWarning, match=r"profiling into .*train.*profiler") as told:
            tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path, profile_batch=(2, 4))])
    finally:
        tf.profiler.experimental.stop()

    assert 1 == len(told)
    assert [0, 1, 2, 3, 4] == tiny.steps(tmp_path)
    assert PROFILE_TAG not in logdirs.read(tmp_path).records
    assert 1 == len(list((tmp_path / "other" / "plugins" / "profile").iterdir()))


def test_the_profiler_of_keras_and_ours_leave_each_other_alone(tmp_path):
    def fit(folder, keras_window, ours):
        board = keras.callbacks.TensorBoard(folder, profile_batch=keras_window, write_graph=False)
        monitor = LearningRateMonitor(folder, profile_batch=ours)
        tiny.fit(tiny.model(), [board, monitor], **TWENTY)
        return captures.below(folder)

    with pytest.warns(RuntimeWarning, match="Another profiler is running"):
        (of_keras,) = fit(tmp_path / "keras first", (3, 9), (6, 12))
    (of_ours,) = fit(tmp_path / "ours first", (6, 12), (3, 9))
    both = fit(tmp_path / "one after the other", (3, 4), (6, 7))

    assert [] == profiling.step_times(of_keras)
    assert list(range(2, 9)) == [row.step for row in profiling.step_times(of_ours)]
    assert [0, 2] == sorted(len(profiling.step_times(capture)) for capture in both)
    _assert_no_profiler_runs()


def test_a_capture_that_cannot_be_begun_stops_no_training(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "plugins").write_text("in the way")

    with pytest.warns(RuntimeWarning, match=f"profiling into '{tmp_path}/train'"):
        tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path, profile_batch=(2, 4))])

    assert [0, 1, 2, 3, 4] == tiny.steps(tmp_path)
    _assert_no_profiler_runs()


def test_a_capture_that_cannot_be_saved_stops_no_training(tmp_path):
    def get_in_the_way():
        (tmp_path / "train" / "plugins" / "profile").write_text("in the way")

    monitor = LearningRateMonitor(tmp_path, profile_batch=(2, 4))
    with pytest.warns(RuntimeWarning, match=f"profiling into '{tmp_path}/train'"):
        tiny.fit(tiny.model(), [monitor, Do(2, get_in_the_way)])

    assert [0, 1, 2, 3, 4] == tiny.steps(tmp_path)
    assert ["profile"] == [path.name for path in (tmp_path / "train" / "plugins").iterdir()]
    _assert_no_profiler_runs()


def test_a_folder_that_vanishes_under_a_capture_stops_no_training(tmp_path):
    monitor = LearningRateMonitor(tmp_path / "run", profile_batch=(2, 4))
    vanish = Do(2, lambda: shutil.rmtree(tmp_path / "run" / "train" / "plugins"))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tiny.fit(tiny.model(), [monitor, vanish])

    assert [0, 1, 2, 3, 4] == tiny.steps(tmp_path / "run")
    _assert_no_profiler_runs()
