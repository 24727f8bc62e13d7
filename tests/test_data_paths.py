"""What a training writes is what TensorBoard shows, whichever way it reads the files."""

import json
import urllib.parse

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

import logdirs
from lr_tb import LearningRateMonitor, Plan, log_plans
from lr_tb.records import PLAN_TAG

_X = np.linspace(-1, 1, 60, dtype="float32").reshape(20, 3)
_Y = _X.sum(axis=1, keepdims=True)
_BATCHES = 5


def _train(log_dir, callbacks=(), epochs=3):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedules.CosineDecay(0.1, 15)), "mse", metrics=["mae"])
    with LearningRateMonitor(log_dir) as monitor:
        model.fit(
            _X,
            _Y,
            batch_size=4,
            epochs=epochs,
            verbose=0,
            validation_data=(_X, _Y),
            callbacks=[*callbacks, monitor],
        )
    return model


def _scalars(board, run, tag, count):
    """Return the points once there are as many as there should be: they are read bit by bit."""
    path = f"/data/plugin/scalars/scalars?run={run}&tag={tag}"
    points = board.wait_for(path, lambda points: len(points) == count)
    return [step for _, step, _ in points], [value for _, _, value in points]


def _plans(board, count):
    path = "/data/plugin/lr_tb/records?kind=plan"
    reply = board.wait_for(path, lambda reply: len(reply["records"]) == count)
    return {entry["group"]: entry["record"] for entry in reply["records"]}


def test_every_scalar_and_every_plan_is_shown(tmp_path, tensorboard, data_path):
    _train(tmp_path / "cosine")
    planned = log_plans(
        tmp_path, {"flat": 0.1, "steps": "ExponentialDecay(0.1, 3, 0.5)"}, total_steps=9
    )

    board = tensorboard(tmp_path, load_fast=data_path)

    for run in ("train", "validation"):
        written = logdirs.read(tmp_path / "cosine" / run).scalars
        assert len(written) >= 2
        for tag, points in written.items():
            shown = _scalars(board, f"cosine/{run}", tag, len(points))
            assert points == pytest.approx(dict(zip(*shown, strict=True)))
    plans = _plans(board, 3)
    assert {"cosine", "flat", "steps"} == set(plans)
    for name, plan in planned.items():
        assert plan.steps.tolist() == plans[name]["steps"]
        assert plan.rates.tolist() == pytest.approx(plans[name]["rates"], rel=1e-8)


def test_the_plan_of_a_training_replaces_the_one_drawn_before(tmp_path, tensorboard, data_path):
    log_plans(tmp_path, {"cosine": "PolynomialDecay(0.5, total_steps)"}, total_steps=2000)
    _train(tmp_path / "cosine")

    board = tensorboard(tmp_path, load_fast=data_path)

    shown, written = _plans(board, 1)["cosine"], logdirs.read(tmp_path / "cosine").records[PLAN_TAG]
    assert ("CosineDecay", 15) == (shown["schedule"], shown["total_steps"])
    assert written.steps.tolist() == shown["steps"]


def test_a_run_broken_off_and_continued_has_no_double_points(tmp_path, tensorboard, data_path):
    class BreakOff(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.optimizer.iterations.numpy()) == 8:
                raise KeyboardInterrupt

    def backup():
        return keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))

    logs = tmp_path / "logs"
    with pytest.raises(KeyboardInterrupt):
        _train(logs / "run", [backup(), BreakOff()])
    _train(logs / "run", [backup()])

    board = tensorboard(logs, load_fast=data_path)

    expected = Plan.from_schedule(schedules.CosineDecay(0.1, 15), 15)
    steps, rates = _scalars(board, "run/train", "step/learning_rate", 15)
    assert list(range(15)) == steps
    assert expected.at(steps).tolist() == pytest.approx(rates, abs=1e-3 * 0.1)
    assert [4, 9, 14] == _scalars(board, "run/train", "epoch/loss", 3)[0]
    assert [4, 9, 14] == _scalars(board, "run/validation", "epoch/loss", 3)[0]


def test_a_new_training_in_an_old_folder_replaces_it(tmp_path, tensorboard, data_path):
    _train(tmp_path / "run")
    _train(tmp_path / "run", epochs=1)

    board = tensorboard(tmp_path, load_fast=data_path)

    assert list(range(_BATCHES)) == _scalars(board, "run/train", "step/loss", _BATCHES)[0]
    assert [4] == _scalars(board, "run/validation", "epoch/loss", 1)[0]


def test_the_hparams_tab_knows_schedule_and_metrics(tmp_path, tensorboard, data_path):
    for name, rate in (("slow", 0.01), ("fast", 0.1)):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(rate), "mse")
        monitor = LearningRateMonitor(tmp_path / name, hparams={"width": 3}, seed=1)
        model.fit(_X, _Y, batch_size=4, verbose=0, callbacks=[monitor])

    board = tensorboard(tmp_path, load_fast=data_path)

    request = urllib.parse.quote(
        json.dumps({"allowedStatuses": ["STATUS_SUCCESS"], "sliceSize": 10})
    )
    groups = board.wait_for(
        f"/data/plugin/hparams/session_groups?request={request}",
        lambda reply: len(reply.get("sessionGroups", [])) == 2,
    )["sessionGroups"]
    hparams = [group["hparams"] for group in groups]
    assert {"0.01", "0.1"} == {values["spec"] for values in hparams}
    assert [("SGD", "float", 4, 1, 3)] * 2 == [
        tuple(h[key] for key in ("optimizer", "schedule", "batch_size", "seed", "width"))
        for h in hparams
    ]
    assert all(group["sessions"][0]["status"] == "STATUS_SUCCESS" for group in groups)
    metrics = [
        {(value["name"]["group"], value["name"]["tag"]) for value in group["metricValues"]}
        for group in groups
    ]
    assert all(("train", "epoch/loss") in names for names in metrics)
