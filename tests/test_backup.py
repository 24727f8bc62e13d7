import contextlib
import json
import os
import shutil

import keras
import numpy as np
import pytest

import tiny
from lr_tb import backup
from lr_tb.backup import TrainingFolder, write_whole


def _lower_loss(logs, others):
    return logs["loss"] < others["loss"]


def _folder(path, key="key"):
    return TrainingFolder(path, key, _lower_loss)


def _model():
    made = tiny.model()
    made.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", run_eagerly=True)
    return made


def _weights(model):
    return [np.array(value) for value in [*model.weights, *model.optimizer.variables]]


def _same(ours, theirs):
    return len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))


def _train(path, epochs=3, losses=None):
    """Save epochs with these losses; return the weights after each, by its number."""
    folder, model = _folder(path), _model()
    weights = {}
    for epoch in range(1, epochs + 1):
        tiny.fit(model, [])
        loss = 1.0 / epoch if losses is None else losses[epoch - 1]
        folder.save(model, epoch, {"loss": loss})
        weights[epoch] = _weights(model)
    return weights


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder of three epochs, each better than the one before, and the weights after each."""
    path = tmp_path_factory.mktemp("template") / "training"
    return path, _train(path)


@pytest.fixture
def trained(template, tmp_path):
    """A copy of the template's folder, and the weights after each epoch."""
    path, weights = template
    return shutil.copytree(path, tmp_path / "training"), weights


@pytest.fixture(scope="module")
def fourth(template):
    """The model after the epoch that follows."""
    model = _model()
    _folder(template[0]).load(model)
    tiny.fit(model, [])
    return model


def _files(path):
    return sorted(file.name for file in path.iterdir())


def test_a_backup_brings_back_weights_and_the_optimizer_s_state(trained):
    path, weights = trained

    model = _model()
    epochs = _folder(path).restore(model)

    assert 3 == epochs
    assert 15 == int(model.optimizer.iterations)
    assert _same(weights[3], _weights(model))


def test_a_model_without_input_shape_is_built_as_it_was(tmp_path):
    def unbuilt():
        made = keras.Sequential([keras.layers.Dense(1)])
        made.compile("sgd", "mse")
        return made

    saved = unbuilt()
    tiny.fit(saved, [])
    _folder(tmp_path).save(saved, 1, {"loss": 1.0})

    restored = unbuilt()
    assert 1 == _folder(tmp_path).restore(restored)

    assert _same(_weights(saved), _weights(restored))


def test_without_backup_nothing_is_restored_and_everything_forgotten(tmp_path):
    tmp_path.joinpath("key-history.jsonl").write_text(
        '{"epoch": 1, "stopped": false, "logs": {}}\n'
    )

    folder = _folder(tmp_path)
    epochs = folder.restore(_model())

    assert (0, [], False) == (epochs, folder.history, tmp_path.exists())


def test_the_two_last_backups_are_kept(tmp_path):
    _train(tmp_path, epochs=4, losses=[4, 1, 2, 3])

    assert [
        "key-2.weights.h5",
        "key-3.weights.h5",
        "key-4.weights.h5",
    ][1:] == [name for name in _files(tmp_path) if name[4].isdigit()]
    assert {"key-best-1.weights.h5", "key-best-2.weights.h5"} < set(_files(tmp_path))


@pytest.mark.parametrize("content", [b"", b"broken", None], ids=["empty", "garbage", "cut"])
def test_a_broken_backup_gives_way_to_the_one_before(trained, content):
    path, weights = trained
    newest = path / "key-3.weights.h5"
    newest.write_bytes(newest.read_bytes()[:-200] if content is None else content)

    folder, model = _folder(path), _model()
    epochs = folder.restore(model)

    assert 2 == epochs
    assert _same(weights[2], _weights(model))
    assert [0.5, 1.0] == sorted(logs["loss"] for logs in folder.history)


def test_the_history_is_cut_to_the_restored_epoch_on_disk_too(trained):
    path, _ = trained
    (path / "key-3.weights.h5").unlink()

    _folder(path).restore(_model())

    again = _folder(path)
    assert (2, [1.0, 0.5]) == (again.epochs, [logs["loss"] for logs in again.history])


def test_the_best_weights_of_a_lost_epoch_are_lost_with_it(trained):
    path, weights = trained
    (path / "key-3.weights.h5").unlink()

    _folder(path).restore(_model())
    best = _model()
    _folder(path).load_best(best)

    assert _same(weights[2], _weights(best))


def test_the_best_epoch_is_kept_until_the_end(tmp_path):
    weights = _train(tmp_path, epochs=4, losses=[2, 1, 1, 3])
    folder = _folder(tmp_path)
    folder.finish()

    best = _model()
    folder.load_best(best)

    assert _same(weights[2], _weights(best))


def test_a_folder_without_best_epoch_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="no weights of a best epoch"):
        _folder(tmp_path).load_best(_model())


def test_another_key_starts_afresh(trained):
    path, _ = trained
    _folder(path).finish(0.5)

    other = _folder(path, "other")

    assert (False, 0, []) == (other.is_done, other.epochs, other.history)
    assert 0 == other.restore(_model())
    assert not path.exists()


def test_a_key_that_begins_with_another_one_is_another_one(trained):
    path, _ = trained

    assert 0 == _folder(path, "ke").load(_model())
    assert 0 == _folder(path, "key-best").epochs


def test_finishing_drops_the_backups_unless_another_training_goes_on_from_them(tmp_path):
    for keep in (False, True):
        path = tmp_path / str(keep)
        _train(path)
        folder = _folder(path)

        folder.finish({"loss": 0.25}, keep_backup=keep)

        again = _folder(path)
        assert (True, {"loss": 0.25}) == (again.is_done, again.result)
        assert (3 if keep else 0) == again.load(_model())


def test_a_line_that_was_broken_off_does_not_count(tmp_path):
    _train(tmp_path, epochs=2)
    history = tmp_path / "key-history.jsonl"
    whole = history.read_bytes()

    for length in range(len(whole.splitlines(keepends=True)[0]), len(whole)):
        history.write_bytes(whole[:length])
        assert 1 == _folder(tmp_path).epochs
    history.write_bytes(whole)
    assert 2 == _folder(tmp_path).epochs


def test_an_early_stop_is_remembered(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    folder = _folder(tmp_path)
    tiny.fit(_model(), [Stop(), folder.callback()], epochs=5)

    again = _folder(tmp_path)

    assert (2, True) == (again.epochs, again.is_stopped)


def test_metrics_that_are_no_numbers_are_left_out(tmp_path):
    folder = _folder(tmp_path)

    folder.save(_model(), 1, {"loss": np.float32(0.5), "f1": np.array([0.25, 0.5])})

    assert [{"loss": 0.5}] == _folder(tmp_path).history


@pytest.mark.parametrize("call", range(1, 9))
def test_broken_off_anywhere_a_save_leaves_the_epoch_before_or_the_new_one(
    trained, fourth, monkeypatch, call
):
    """A stand-in for the kill: each step of `save` that touches the disk raises in turn."""
    path, weights = trained
    _break_off(monkeypatch, call)

    with contextlib.suppress(KeyboardInterrupt):
        _folder(path).save(fourth, 4, {"loss": 0.0})
    monkeypatch.undo()

    restored, best = _model(), _model()
    folder = _folder(path)
    epochs = folder.restore(restored)
    folder.load_best(best)
    expected = _weights(fourth) if epochs == 4 else weights[3]
    assert epochs in (3, 4)
    assert epochs == folder.epochs == len(folder.history)
    assert _same(expected, _weights(restored))
    assert _same(expected, _weights(best))


def _break_off(monkeypatch, call):
    calls = 0

    def counted(function):
        def wrapper(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls == call:
                raise KeyboardInterrupt
            return function(*arguments, **options)

        return wrapper

    monkeypatch.setattr(backup.os, "replace", counted(os.replace))
    monkeypatch.setattr(backup.shutil, "copyfile", counted(backup.shutil.copyfile))
    monkeypatch.setattr(backup.Path, "unlink", counted(backup.Path.unlink))
    monkeypatch.setattr(keras.Model, "save_weights", counted(keras.Model.save_weights))
    monkeypatch.setattr(TrainingFolder, "_append", counted(TrainingFolder._append))


def test_a_text_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "state.json"
    write_whole(file, json.dumps([1]))

    def broken(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(backup.os, "replace", broken)
    with pytest.raises(KeyboardInterrupt):
        write_whole(file, json.dumps([1, 2]))

    assert "[1]" == file.read_text()


def test_two_writers_of_one_text_do_not_share_a_partial_file(tmp_path, monkeypatch):
    partial = []
    monkeypatch.setattr(backup.os, "replace", lambda source, target: partial.append(source))

    for _ in range(2):
        write_whole(tmp_path / "state.json", "{}")

    assert 2 == len(set(partial))
