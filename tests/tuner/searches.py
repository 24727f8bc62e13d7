"""What the processes of the tests do: at the top of a module, so that they find it."""

import os
import time
from pathlib import Path

import keras
import tensorflow as tf

import lr_tb.tuner.silence
from tuner import tiny
from tuner.processes import count_file_events, kill_at


def search(folder):
    """Search with two seeds."""
    tiny.search(tiny.tuner(folder, executions_per_trial=2))


def search_counted(folder):
    """Search, and write how many file events there were into `<folder>/events`."""
    events = []
    count_file_events(folder, events.append)
    search(folder)
    (folder / "events").write_text(str(len(events)))


def search_killed(folder, event, seconds):
    """Search, until killed so long after a file event, if need be after the end."""
    kill_at(folder, event, seconds)
    search(folder)
    time.sleep(1)


class _Wait(keras.callbacks.Callback):
    """Holds a training up while a file is there, in its second epoch."""

    def __init__(self, file):
        super().__init__()
        self._file = file
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        while (self._epoch, batch) == (1, 2) and self._file.exists():
            (self._file.parent / f"held-{os.getpid()}").touch()
            time.sleep(0.01)


def search_slowly(folder):
    """Search, held up while `<folder>/wait` is there."""
    tiny.search(tiny.tuner(folder), callbacks=[_Wait(Path(folder) / "wait")])
    print("not reached after Ctrl-C")


SIX = {f"rate{number}": 10.0 ** -(number / 2) for number in range(1, 7)}


def search_six(folder):
    """Search six schedules, as the chief or as a worker."""
    lr_tb.tuner.silence.SECONDS = 2.0
    name = os.environ["KERASTUNER_TUNER_ID"]
    tiny.search(
        tiny.tuner(folder, SIX), verbose=1, callbacks=[_Wait(Path(folder) / f"wait-{name}")]
    )


def search_mirrored(folder):
    """Search on two logical devices, then again, and write what the winner predicts."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    devices = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, devices)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert strategy.num_replicas_in_sync == 2

    def tuner():
        return tiny.tuner(folder, distribution_strategy=strategy)

    class Break(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    try:
        tiny.search(tuner(), callbacks=[Break()])
    except KeyboardInterrupt:
        print("broken off")
    searched = tiny.search(tuner())
    (model,) = searched.get_best_models()
    x, y = tiny.data()
    loss, accuracy = model.evaluate(x, y, verbose=0)
    print("evaluated", loss, accuracy)
