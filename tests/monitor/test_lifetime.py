"""A fit that breaks off, a full disk, a killed process: nothing is lost, nothing stays behind."""

import signal
import subprocess
import sys
import textwrap
import time
import warnings

import keras
import pytest

import logdirs
import tiny
from lr_tb import LearningRateMonitor
from lr_tb.lock import DirectoryInUseError


def test_two_monitors_of_one_fit_cannot_share_a_folder(tmp_path):
    monitors = [LearningRateMonitor(tmp_path), LearningRateMonitor(tmp_path)]

    with pytest.raises(DirectoryInUseError, match="`log_dir` must not be in use by another"):
        tiny.fit(tiny.model(), monitors)
    for monitor in monitors:
        monitor.close()

    tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path)])
    assert list(range(tiny.BATCHES)) == tiny.steps(tmp_path)


def test_two_monitors_with_folders_of_their_own_both_log(tmp_path):
    model = tiny.model()
    train_function_before = model.train_function

    tiny.fit(model, [LearningRateMonitor(tmp_path / "a"), LearningRateMonitor(tmp_path / "b")])
    tiny.fit(model, [LearningRateMonitor(tmp_path / "b"), LearningRateMonitor(tmp_path / "a")])

    assert list(range(2 * tiny.BATCHES)) == tiny.steps(tmp_path / "a") == tiny.steps(tmp_path / "b")
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
        tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path)])
    other.kill()
    other.communicate()

    tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path)])
    assert list(range(tiny.BATCHES)) == tiny.steps(tmp_path)


def test_a_fit_that_raised_is_written_by_close(tmp_path):
    model = tiny.model()
    with LearningRateMonitor(tmp_path) as monitor, pytest.raises(RuntimeError, match="broken off"):
        tiny.fit(model, [monitor, tiny.RaiseAt(2)])

    assert [0, 1, 2] == tiny.steps(tmp_path)
    assert "function" == type(model.train_function).__name__
    assert "reset_metrics" not in vars(model)


def test_a_fit_that_raised_is_written_by_the_next_fit_of_that_monitor(tmp_path):
    model, monitor = tiny.model(), LearningRateMonitor(tmp_path)
    with pytest.raises(RuntimeError, match="broken off"):
        tiny.fit(model, [monitor, tiny.RaiseAt(2)])

    tiny.fit(model, [monitor])

    assert list(range(3 + tiny.BATCHES)) == tiny.steps(tmp_path)
    assert [0, 3] == logdirs.read(tmp_path / "train").starts


def test_a_fit_that_raised_is_cleaned_up_by_the_next_fit_without_a_monitor(tmp_path):
    model, monitor = tiny.model(), LearningRateMonitor(tmp_path)
    with pytest.raises(RuntimeError, match="broken off"):
        tiny.fit(model, [monitor, tiny.RaiseAt(2)])

    tiny.fit(model, [])

    assert [0, 1, 2] == tiny.steps(tmp_path)
    assert "function" == type(model.train_function).__name__
    assert "reset_metrics" not in vars(model)


def test_a_new_monitor_takes_the_folder_over_from_a_fit_that_raised(tmp_path):
    broken = LearningRateMonitor(tmp_path)
    with pytest.raises(RuntimeError, match="broken off"):
        tiny.fit(tiny.model(), [broken, tiny.RaiseAt(2)])

    tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path)])
    broken.close()

    assert list(range(tiny.BATCHES)) == tiny.steps(tmp_path)


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

    assert list(range(8)) == tiny.steps(tmp_path)


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

    written = tiny.steps(tmp_path)
    assert list(range(len(written))) == written
    assert all(step in written for step, end in ends.items() if end < killed - 2.1)


def test_what_was_written_can_be_read_during_a_long_validation(tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            seen.append(tiny.steps(tmp_path))

    tiny.fit(
        tiny.model(),
        [LearningRateMonitor(tmp_path), Look()],
        validation_data=(tiny.X[:4], tiny.Y[:4]),
    )

    assert [list(range(tiny.BATCHES))] == seen


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
        history = tiny.fit(
            tiny.model(),
            [LearningRateMonitor(tmp_path / "run"), Remove()],
            epochs=3,
            validation_data=(tiny.X, tiny.Y),
        )

    assert 3 == len(history.history["loss"])
