"""The monitor writes nothing too early, plans ahead, and leaves nothing behind."""

import copy
import warnings

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.optimizers import schedules

import logdirs
import tiny
from lr_tb import LearningRateMonitor, Plan
from lr_tb.records import PLAN_TAG, STEP_TIMES_TAG


def test_making_a_monitor_writes_nothing(tmp_path):
    LearningRateMonitor(tmp_path / "run").close()

    assert not (tmp_path / "run").exists()


def test_a_copy_starts_afresh_before_and_after_use(tmp_path):
    monitor = LearningRateMonitor(tmp_path / "run", name="row", update_freq=2)
    before = copy.deepcopy(monitor)
    tiny.fit(tiny.model(), [monitor])
    after = copy.deepcopy(monitor)

    tiny.fit(tiny.model(), [before])
    tiny.fit(tiny.model(), [after])

    assert [0, 2, 4] == tiny.steps(tmp_path / "run")
    assert [0, 0, 0] == logdirs.read(tmp_path / "run/train").starts
    assert "row" == logdirs.read(tmp_path / "run").records[PLAN_TAG].name


@pytest.mark.parametrize("rate", [0.1, schedules.CosineDecay(0.1, 50)], ids=["float", "schedule"])
def test_model_files_and_optimizers_are_the_same_with_and_without(tmp_path, rate):
    def train(callbacks, name):
        model = tiny.model(rate)
        model.optimizer.name = model.name = "same"
        checkpoint = keras.callbacks.ModelCheckpoint(
            tmp_path / f"{name}.keras", save_freq=3, verbose=0
        )
        tiny.fit(model, [*callbacks, checkpoint], epochs=2)
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


def test_backups_are_the_same_with_and_without(tmp_path):
    def backup(callbacks, name):
        model = tiny.model(schedules.CosineDecay(0.1, 10))
        model.optimizer.name = model.name = "same"
        folder = tmp_path / name
        keeper = keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
        tiny.fit(model, [*callbacks, keeper], epochs=2)
        return folder

    bare = backup([], "bare")
    watched = backup([LearningRateMonitor(tmp_path / "run")], "watched")

    files = sorted(path.relative_to(bare) for path in bare.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(watched) for path in watched.rglob("*"))
    assert any(path.suffix == ".h5" for path in files)
    for path in files:
        first, second = (_content(folder / path) for folder in (bare, watched))
        assert first.keys() == second.keys()
        for name, value in first.items():
            np.testing.assert_array_equal(value, second[name], err_msg=name)


def _content(path):
    """Return what a file of a backup holds, by name."""
    if path.suffix != ".h5":
        return {"text": np.array(path.read_text())}
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]}) if hasattr(item, "dtype") else None
        )
    return found


def test_the_plan_is_there_before_the_first_update(tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(logdirs.read(tmp_path).records.get(PLAN_TAG))

    model = tiny.model(schedules.CosineDecay(0.1, 10))
    tiny.fit(model, [LearningRateMonitor(tmp_path, seed=3), Look()], epochs=2)

    assert ("CosineDecay", 10, 5, 3) == (
        seen[0].schedule,
        seen[0].total_steps,
        seen[0].steps_per_epoch,
        seen[0].seed,
    )


def test_an_epoch_of_unknown_length_is_planned_after_the_first_one(tmp_path):
    def batches():
        for _ in range(3):
            yield tiny.X[:4], tiny.Y[:4]

    spec = (tf.TensorSpec((4, 3)), tf.TensorSpec((4, 1)))
    data = tf.data.Dataset.from_generator(batches, output_signature=spec)
    model, counts = tiny.model(schedules.CosineDecay(0.1, 10)), []

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

    tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path / "a", plan=plan.replace(note="a note"))])
    tiny.fit(
        tiny.model(), [LearningRateMonitor(tmp_path / "b", plan="0.5", total_steps=7, name="b")]
    )

    first = logdirs.read(tmp_path / "a").records[PLAN_TAG]
    second = logdirs.read(tmp_path / "b").records[PLAN_TAG]
    assert ("mine", "a note", 40) == (first.name, first.note, first.total_steps)
    assert ("b", "0.5", 7) == (second.name, second.spec, second.total_steps)


@pytest.mark.parametrize("plan", ["NoSuch(0.1)", "CosineDecay(0.1, -total_steps)"])
def test_a_plan_that_cannot_be_drawn_is_refused_before_the_first_update(tmp_path, plan):
    model = tiny.model()

    with LearningRateMonitor(tmp_path, plan=plan) as monitor, pytest.raises(ValueError):
        tiny.fit(model, [monitor])

    assert 0 == int(model.optimizer.iterations.numpy())


def test_a_seed_folder_names_the_row_and_the_seed(tmp_path):
    tiny.fit(tiny.model(), [LearningRateMonitor(tmp_path / "cosine/seed12")])

    plan = logdirs.read(tmp_path / "cosine/seed12").records[PLAN_TAG]
    assert ("cosine", 12) == (plan.name, plan.seed)


def test_step_times_leave_out_what_is_no_step(tmp_path):
    tiny.fit(
        tiny.model(), [LearningRateMonitor(tmp_path)], epochs=3, validation_data=(tiny.X, tiny.Y)
    )

    times = logdirs.read(tmp_path).records[STEP_TIMES_TAG]
    assert 3 * tiny.BATCHES == times.count + times.left_out
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
