"""The monitor writes nothing too early, loses nothing, and leaves nothing behind."""

import copy
import signal
import subprocess
import sys
import textwrap
import time
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.optimizers import schedules

import logdirs
from lr_tb import LearningRateMonitor, Plan
from lr_tb.lock import DirectoryInUseError
from lr_tb.records import PLAN_TAG, STEP_TIMES_TAG

_X = np.linspace(-1, 1, 60, dtype="float32").reshape(20, 3)
_Y = _X.sum(axis=1, keepdims=True)
_BATCHES = 5


def _model(rate=0.1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    return model


def _fit(model, callbacks, **arguments):
    arguments = {"epochs": 1, "batch_size": 4, "verbose": 0} | arguments
    return model.fit(_X, _Y, callbacks=callbacks, **arguments)


class _RaiseAt(keras.callbacks.Callback):
    def __init__(self, batch):
        super().__init__()
        self._batch_to_raise_at = batch

    def on_train_batch_end(self, batch, logs=None):
        if batch == self._batch_to_raise_at:
            raise RuntimeError("broken off")


def _steps(log_dir):
    return list(logdirs.read(log_dir / "train").scalars.get("step/loss", {}))


def test_making_a_monitor_writes_nothing(tmp_path):
    LearningRateMonitor(tmp_path / "run").close()

    assert not (tmp_path / "run").exists()


def test_a_copy_starts_afresh_before_and_after_use(tmp_path):
    monitor = LearningRateMonitor(tmp_path / "run", name="row", update_freq=2)
    before = copy.deepcopy(monitor)
    _fit(_model(), [monitor])
    after = copy.deepcopy(monitor)

    _fit(_model(), [before])
    _fit(_model(), [after])

    assert [0, 2, 4] == _steps(tmp_path / "run")
    assert [0, 0, 0] == logdirs.read(tmp_path / "run/train").starts
    assert "row" == logdirs.read(tmp_path / "run").records[PLAN_TAG].name


def test_two_monitors_of_one_fit_cannot_share_a_folder(tmp_path):
    monitors = [LearningRateMonitor(tmp_path), LearningRateMonitor(tmp_path)]

    with pytest.raises(DirectoryInUseError, match="`log_dir` must not be in use by another"):
        _fit(_model(), monitors)
    for monitor in monitors:
        monitor.close()

    _fit(_model(), [LearningRateMonitor(tmp_path)])
    assert list(range(_BATCHES)) == _steps(tmp_path)


def test_two_monitors_with_folders_of_their_own_both_log(tmp_path):
    model = _model()
    train_function_before = model.train_function

    _fit(model, [LearningRateMonitor(tmp_path / "a"), LearningRateMonitor(tmp_path / "b")])
    _fit(model, [LearningRateMonitor(tmp_path / "b"), LearningRateMonitor(tmp_path / "a")])

    assert list(range(2 * _BATCHES)) == _steps(tmp_path / "a") == _steps(tmp_path / "b")
    assert train_function_before is None
    assert "function" == type(model.train_function).__name__
    assert "reset_metrics" not in vars(model)


def test_another_process_is_kept_out_until_the_first_is_gone(tmp_path):
    code = f"""
        import sys
        from pathlib import Path
        from lr_tb.lock import DirectoryLock
        lock = DirectoryLock(Path({str(tmp_path)!r}), fit=None)
        print("locked", flush=True)
        sys.stdin.read()
    """
    other = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert b"locked\n" == other.stdout.readline()

    with pytest.raises(DirectoryInUseError):
        _fit(_model(), [LearningRateMonitor(tmp_path)])
    other.kill()
    other.communicate()

    _fit(_model(), [LearningRateMonitor(tmp_path)])
    assert list(range(_BATCHES)) == _steps(tmp_path)


def test_a_fit_that_raised_is_written_by_close(tmp_path):
    model = _model()
    with LearningRateMonitor(tmp_path) as monitor, pytest.raises(RuntimeError, match="broken off"):
        _fit(model, [monitor, _RaiseAt(2)])

    assert [0, 1, 2] == _steps(tmp_path)
    assert "function" == type(model.train_function).__name__
    assert "reset_metrics" not in vars(model)


def test_a_fit_that_raised_is_written_by_the_next_fit_of_that_monitor(tmp_path):
    model, monitor = _model(), LearningRateMonitor(tmp_path)
    with pytest.raises(RuntimeError, match="broken off"):
        _fit(model, [monitor, _RaiseAt(2)])

    _fit(model, [monitor])

    assert list(range(3 + _BATCHES)) == _steps(tmp_path)
    assert [0, 3] == logdirs.read(tmp_path / "train").starts


def test_a_fit_that_raised_is_cleaned_up_by_the_next_fit_without_a_monitor(tmp_path):
    model, monitor = _model(), LearningRateMonitor(tmp_path)
    with pytest.raises(RuntimeError, match="broken off"):
        _fit(model, [monitor, _RaiseAt(2)])

    _fit(model, [])

    assert [0, 1, 2] == _steps(tmp_path)
    assert "function" == type(model.train_function).__name__
    assert "reset_metrics" not in vars(model)


def test_a_new_monitor_takes_the_folder_over_from_a_fit_that_raised(tmp_path):
    broken = LearningRateMonitor(tmp_path)
    with pytest.raises(RuntimeError, match="broken off"):
        _fit(_model(), [broken, _RaiseAt(2)])

    _fit(_model(), [LearningRateMonitor(tmp_path)])
    broken.close()

    assert list(range(_BATCHES)) == _steps(tmp_path)


_SCRIPT = """
    import sys, time
    import keras, numpy as np
    from lr_tb import LearningRateMonitor

    class Slow(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            time.sleep(float(sys.argv[2]))

        def on_train_batch_end(self, batch, logs=None):
            print(batch, time.time(), flush=True)
            if batch == int(sys.argv[3]):
                raise RuntimeError("broken off")

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.zeros((4000, 3), "float32")
    model.fit(x, x[:, :1], batch_size=1, verbose=0,
              callbacks=[LearningRateMonitor(sys.argv[1]), Slow()])
"""


def _script(log_dir, step_seconds, raise_at):
    command = [sys.executable, "-c", textwrap.dedent(_SCRIPT)]
    return subprocess.Popen(
        [*command, str(log_dir), str(step_seconds), str(raise_at)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_a_fit_that_raised_is_written_at_the_interpreters_end(tmp_path):
    _script(tmp_path, 0, raise_at=7).communicate()

    assert list(range(8)) == _steps(tmp_path)


@pytest.mark.parametrize("step_seconds", [0.02, 0.7])
def test_a_killed_process_loses_two_seconds_at_most(tmp_path, step_seconds):
    process = _script(tmp_path, step_seconds, raise_at=-1)
    began, ends = None, {}
    for line in process.stdout:
        batch, now = line.split()
        ends[int(batch)] = float(now)
        began = began or float(now)
        if float(now) - began > 4.5:
            break
    process.send_signal(signal.SIGKILL)
    killed = time.time()
    process.communicate()

    written = _steps(tmp_path)
    assert list(range(len(written))) == written
    assert all(step in written for step, end in ends.items() if end < killed - 2.1)


def test_what_was_written_can_be_read_during_a_long_validation(tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            seen.append(_steps(tmp_path))

    _fit(_model(), [LearningRateMonitor(tmp_path), Look()], validation_data=(_X[:4], _Y[:4]))

    assert [list(range(_BATCHES))] == seen


def test_a_full_disk_warns_once_and_training_goes_on(tmp_path):
    code = f"""
        import resource, warnings
        import keras, numpy as np
        from lr_tb import LearningRateMonitor
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        x = np.zeros((400, 3), "float32")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            history = model.fit(x, x[:, :1], batch_size=1, epochs=3, verbose=0,
                                callbacks=[LearningRateMonitor({str(tmp_path)!r})])
        told = [str(w.message) for w in caught if "lr_tb stops logging" in str(w.message)]
        print(len(told), {str(tmp_path)!r} in told[0], len(history.history["loss"]))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "1 True 3" == done.stdout.strip(), done.stderr


def test_a_folder_that_vanishes_does_not_stop_the_training(tmp_path):
    class Remove(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                for file in sorted((tmp_path / "run").rglob("*"), reverse=True):
                    file.unlink() if file.is_file() else file.rmdir()
                (tmp_path / "run").rmdir()
                (tmp_path / "run").write_text("a file where a folder was")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history = _fit(
            _model(),
            [LearningRateMonitor(tmp_path / "run"), Remove()],
            epochs=3,
            validation_data=(_X, _Y),
        )

    assert 3 == len(history.history["loss"])


@pytest.mark.parametrize("rate", [0.1, schedules.CosineDecay(0.1, 50)], ids=["float", "schedule"])
def test_model_files_and_optimizers_are_the_same_with_and_without(tmp_path, rate):
    def train(callbacks, name):
        model = _model(rate)
        model.optimizer.name = model.name = "same"
        checkpoint = keras.callbacks.ModelCheckpoint(
            tmp_path / f"{name}.keras", save_freq=3, verbose=0
        )
        _fit(model, [*callbacks, checkpoint], epochs=2)
        return model

    bare = train([], "bare")
    watched = train([LearningRateMonitor(tmp_path / "run")], "watched")

    assert bare.optimizer.get_config() == watched.optimizer.get_config()
    names = [[v.path.split("/")[-1] for v in m.optimizer.variables] for m in (bare, watched)]
    assert names[0] == names[1]
    loaded = [keras.models.load_model(tmp_path / f"{name}.keras") for name in ("bare", "watched")]
    for first, second in zip(*(m.optimizer.variables for m in loaded), strict=True):
        np.testing.assert_array_equal(np.array(first.value), np.array(second.value))
    for first, second in zip(*(m.get_weights() for m in loaded), strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_plan_is_there_before_the_first_update(tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(logdirs.read(tmp_path).records.get(PLAN_TAG))

    model = _model(schedules.CosineDecay(0.1, 10))
    _fit(model, [LearningRateMonitor(tmp_path, seed=3), Look()], epochs=2)

    assert ("CosineDecay", 10, 5, 3) == (
        seen[0].schedule,
        seen[0].total_steps,
        seen[0].steps_per_epoch,
        seen[0].seed,
    )


def test_an_epoch_of_unknown_length_is_planned_after_the_first_one(tmp_path):
    def batches():
        for _ in range(3):
            yield _X[:4], _Y[:4]

    spec = (tf.TensorSpec((4, 3)), tf.TensorSpec((4, 1)))
    data = tf.data.Dataset.from_generator(batches, output_signature=spec)
    model, counts = _model(schedules.CosineDecay(0.1, 10)), []

    class Count(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            counts.append(int(self.model.optimizer.iterations.numpy()))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras: the input has run out, and cannot be shuffled.
        model.fit(data, epochs=4, verbose=0, callbacks=[LearningRateMonitor(tmp_path), Count()])

    plan, train = logdirs.read(tmp_path).records[PLAN_TAG], logdirs.read(tmp_path / "train")
    assert (4 * counts[0], counts[0]) == (plan.total_steps, plan.steps_per_epoch)
    assert [0, 1, 2] == list(train.scalars["step/loss"])[:3]
    assert 12 == len(train.scalars["step/loss"])
    assert set(train.scalars["epoch/loss"]) <= set(train.scalars["step/loss"])


def test_a_plan_can_be_given(tmp_path):
    plan = Plan.from_schedule("CosineDecay(0.1, total_steps)", 40, name="mine")

    _fit(_model(), [LearningRateMonitor(tmp_path / "a", plan=plan.replace(note="a note"))])
    _fit(_model(), [LearningRateMonitor(tmp_path / "b", plan="0.5", total_steps=7, name="b")])

    first = logdirs.read(tmp_path / "a").records[PLAN_TAG]
    second = logdirs.read(tmp_path / "b").records[PLAN_TAG]
    assert ("mine", "a note", 40) == (first.name, first.note, first.total_steps)
    assert ("b", "0.5", 7) == (second.name, second.spec, second.total_steps)


@pytest.mark.parametrize("plan", ["NoSuch(0.1)", "CosineDecay(0.1, -total_steps)"])
def test_a_plan_that_cannot_be_drawn_is_refused_before_the_first_update(tmp_path, plan):
    model = _model()

    with LearningRateMonitor(tmp_path, plan=plan) as monitor, pytest.raises(ValueError):
        _fit(model, [monitor])

    assert 0 == int(model.optimizer.iterations.numpy())


def test_a_seed_folder_names_the_row_and_the_seed(tmp_path):
    _fit(_model(), [LearningRateMonitor(tmp_path / "cosine/seed12")])

    plan = logdirs.read(tmp_path / "cosine/seed12").records[PLAN_TAG]
    assert ("cosine", 12) == (plan.name, plan.seed)


def test_step_times_leave_out_what_is_no_step(tmp_path):
    _fit(_model(), [LearningRateMonitor(tmp_path)], epochs=3, validation_data=(_X, _Y))

    times = logdirs.read(tmp_path).records[STEP_TIMES_TAG]
    assert 3 * _BATCHES == times.count + times.left_out
    # Two of the fit's first, the first and the last of each epoch.
    assert 2 + 3 + 3 - 1 == times.left_out
    assert ("CPU", "tensorflow") == (times.device, times.backend)
    assert times.milliseconds == sorted(times.milliseconds)
    assert times.examples_per_second > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"update_freq": 0}, '`update_freq` must be "batch", "epoch" or an integer >= 1. Received'),
        ({"update_freq": "step"}, "`update_freq` must be"),
        ({"update_freq": True}, "`update_freq` must be"),
        ({"hparams": {"a": []}}, "`hparams` must map names to"),
        ({"total_steps": 0}, "`total_steps` must be >= 1. Received: total_steps=0"),
        ({"batch_size": -1}, "`batch_size` must be >= 1. Received: batch_size=-1"),
        ({"seed": 1.5}, "`seed` must be an integer. Received: seed=1.5"),
    ],
)
def test_a_bad_argument_is_refused_when_the_monitor_is_made(tmp_path, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        LearningRateMonitor(tmp_path, **arguments)


def test_a_url_is_refused():
    with pytest.raises(ValueError, match="`log_dir` must be a local path. Received: log_dir='gs:"):
        LearningRateMonitor("gs://bucket/logs")
