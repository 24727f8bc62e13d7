"""What holds with JAX and without TensorFlow; `test_jax.py` runs it in such an environment."""

import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

import logdirs
import lr_tb
import tiny
from lr_tb import cli, profiling
from lr_tb.records import PLAN_TAG
from recording import RecordingSGD

_LONG = np.linspace(-1, 1, 3 * 600, dtype="float32").reshape(600, 3)
_STEPS = 150  # more than are read one by one: the monitor predicts its counters from 64 on


def _model(optimizer, **arguments):
    model = tiny.model()
    model.compile(optimizer, "mse", **arguments)
    return model


def _fit(model, log_dir, *callbacks, **arguments):
    monitor = lr_tb.LearningRateMonitor(log_dir)
    return tiny.fit(model, [*callbacks, monitor], **{"epochs": 4} | arguments)


def _assert_applied_is_logged(optimizer, log_dir):
    logged = logdirs.read(log_dir / "train").scalars["step/learning_rate"]
    applied = optimizer.applied()

    assert list(range(len(applied))) == list(logged)
    np.testing.assert_allclose(applied, list(logged.values()), atol=1e-6 * applied.max())
    return applied


def test_this_is_the_installed_package_on_jax_and_there_is_no_tensorflow():
    assert "jax" == keras.backend.backend()
    assert "site-packages" in Path(lr_tb.__file__).parts
    with pytest.raises(ModuleNotFoundError):
        import tensorflow  # noqa: F401


_STAND_IN = """
import sys
frame = sys._getframe(1)
while "importlib" in frame.f_code.co_filename:
    frame = frame.f_back
print(frame.f_globals["__name__"].partition(".")[0])
raise ImportError
"""


def test_only_keras_itself_asks_for_tensorflow_in_a_training(tmp_path):
    Path(tmp_path, "tensorflow.py").write_text(_STAND_IN)
    code = f"""
        import sys
        sys.path[:0] = [{str(tmp_path)!r}, {str(Path(tiny.__file__).parent)!r}]
        import lr_tb, tiny
        callbacks = [lr_tb.LearningRateMonitor({str(tmp_path / "logs")!r}, profile_batch=2),
                     lr_tb.LearningRateScheduler("CosineDecay(0.1, total_steps)"),
                     lr_tb.ReduceLROnPlateau("loss")]
        tiny.fit(tiny.model(), callbacks, epochs=2)
    """
    command = [sys.executable, "-P", "-c", textwrap.dedent(code)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert {"keras"} == set(done.stdout.split())


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_the_rate_of_a_scheduler_reduced_by_a_plateau_is_logged_as_applied(
    tmp_path, steps_per_execution, jit_compile
):
    optimizer = RecordingSGD(0.7)
    model = _model(optimizer, jit_compile=jit_compile, steps_per_execution=steps_per_execution)
    plateau = lr_tb.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100)
    scheduler = lr_tb.LearningRateScheduler("ExponentialDecay(0.1, 10, 0.5)")

    _fit(model, tmp_path, scheduler, plateau)

    applied = _assert_applied_is_logged(optimizer, tmp_path)
    steps = np.arange(4 * tiny.BATCHES)
    factors = 0.5 ** np.array([0, 0, 1, 2])[steps // tiny.BATCHES]
    np.testing.assert_allclose(0.1 * 0.5 ** (steps / 10) * factors, applied, rtol=1e-6)


def test_the_rate_of_an_epoch_function_is_logged_as_applied(tmp_path):
    optimizer = RecordingSGD(0.7)

    _fit(_model(optimizer), tmp_path, lr_tb.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch)))

    applied = _assert_applied_is_logged(optimizer, tmp_path)
    expected = np.repeat([0.1, 0.05, 0.1 / 3, 0.025], tiny.BATCHES)
    np.testing.assert_allclose(expected, applied, rtol=1e-6)


@pytest.mark.parametrize("make_rate", [lambda: 0.1, lambda: schedules.CosineDecay(0.1, 20)])
def test_each_micro_step_is_logged_where_gradients_accumulate(tmp_path, make_rate):
    optimizer = RecordingSGD(make_rate(), gradient_accumulation_steps=2)

    _fit(_model(optimizer), tmp_path)

    _assert_applied_is_logged(optimizer, tmp_path)


class SetRate(keras.callbacks.Callback):
    """Sets the rate within an epoch, the way JAX wants it: between two syncs."""

    def on_train_batch_end(self, batch, logs=None):
        if batch in (9, 99):
            self.model.jax_state_sync()
            self.model.optimizer.learning_rate = 0.1 / (1 + batch)


def test_a_rate_set_within_a_long_epoch_is_logged_from_its_step_on(tmp_path):
    optimizer = RecordingSGD(0.1)
    model = _model(optimizer)

    monitor = lr_tb.LearningRateMonitor(tmp_path)
    model.fit(_LONG, _LONG[:, :1], batch_size=4, verbose=0, callbacks=[SetRate(), monitor])

    applied = _assert_applied_is_logged(optimizer, tmp_path)
    assert _STEPS == len(applied)
    np.testing.assert_allclose(np.repeat([0.1, 0.01, 0.001], [10, 90, 50]), applied, rtol=1e-6)


def _losses(x, y, rate, epochs):
    """Return the loss of each batch of four before its update, computed by hand."""
    keras.utils.set_random_seed(0)
    kernel, bias = (np.array(each, "float64") for each in tiny.model().get_weights())
    losses = []
    for start in [*range(0, len(x), 4)] * epochs:
        batch, wanted = x[start : start + 4].astype(float), y[start : start + 4].astype(float)
        error = batch @ kernel + bias - wanted
        losses.append(float(np.mean(error**2)))
        kernel -= rate * 2 * batch.T @ error / len(batch)
        bias -= rate * 2 * error.mean(axis=0)
    return losses


def test_every_step_of_long_epochs_has_its_own_loss(tmp_path):
    y = _LONG[:, :1]
    monitor = lr_tb.LearningRateMonitor(tmp_path)

    _model("sgd").fit(
        *(_LONG, y), batch_size=4, epochs=2, shuffle=False, verbose=0, callbacks=[monitor]
    )

    logged = logdirs.read(tmp_path / "train").scalars["step/loss"]
    assert list(range(2 * _STEPS)) == list(logged)
    np.testing.assert_allclose(_losses(_LONG, y, 0.01, 2), list(logged.values()), atol=2e-4)


def test_the_state_of_the_model_is_gathered_at_few_of_the_steps(tmp_path):
    model = _model("sgd")
    gather, gathered, at_epochs = model.jax_state_sync, [], []

    def count():
        if not model._jax_state_synced:
            gathered.append(1)
        gather()

    vars(model)["jax_state_sync"] = count
    begin = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: at_epochs.append(len(gathered))
    )
    monitor = lr_tb.LearningRateMonitor(tmp_path)
    model.fit(_LONG, _LONG[:, :1], batch_size=4, epochs=3, verbose=0, callbacks=[begin, monitor])

    _, second, third = at_epochs
    # In the first epoch counters are learned; then twice in 150 steps, at its ends and a flush.
    assert 2 <= third - second <= 8


def test_the_plan_is_what_was_applied(tmp_path):
    optimizer = RecordingSGD(schedules.CosineDecay(0.0, 16, warmup_target=0.1, warmup_steps=4))

    _fit(_model(optimizer), tmp_path)

    plan = logdirs.read(tmp_path).records[PLAN_TAG]
    applied = _assert_applied_is_logged(optimizer, tmp_path)
    planned = np.interp(np.arange(20), plan.steps, plan.rates)
    np.testing.assert_allclose(planned, applied, atol=1e-6)
    steps = np.arange(20)
    cosine = 0.05 * (1 + np.cos(np.pi * (steps - 4) / 16))
    np.testing.assert_allclose(np.where(steps < 4, 0.025 * steps, cosine), applied, atol=1e-6)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_the_finder_puts_weights_and_optimizer_back(tmp_path, jit_compile):
    model = _model("adam", jit_compile=jit_compile)
    tiny.fit(model, [], epochs=2)
    before = [np.array(each) for each in [*model.variables, *model.optimizer.variables]]
    finder = lr_tb.LearningRateFinder(tmp_path, start=1e-3, end=0.1, num_steps=20)

    tiny.fit(model, [finder], epochs=4)

    after = [np.array(each) for each in [*model.variables, *model.optimizer.variables]]
    assert all(map(np.array_equal, before, after))
    np.testing.assert_allclose(np.geomspace(1e-3, 0.1, 20), finder.rates, rtol=1e-6)
    assert 20 == len(logdirs.read(tmp_path).records["lr_tb/finder"].losses)


def test_each_profiled_execution_has_a_row(tmp_path):
    monitor = lr_tb.LearningRateMonitor(tmp_path, profile_batch=(6, 9))

    tiny.fit(_model("sgd"), [monitor], epochs=2)

    (capture,) = (tmp_path / "train" / "plugins" / "profile").iterdir()
    rows = profiling.step_times(capture)
    assert [5, 6, 7, 8] == [row.step for row in rows]
    assert all(row.wall_ms > 0 for row in rows)
    assert 4 == len(logdirs.read(tmp_path).records["lr_tb/profile"].rows)


def test_the_command_plans_and_reports(tmp_path, capsys):
    _fit(tiny.model(), tmp_path / "constant", validation_data=(tiny.X, tiny.Y))

    planned = ["plan", "cosine=CosineDecay(0.1, 20)", "--total-steps", "20"]
    assert 0 == cli.main([*planned, "--logdir", str(tmp_path / "plans")])
    assert 0 == cli.main(["report", str(tmp_path)])

    assert "constant" in capsys.readouterr().out


def test_the_doctor_misses_nothing_but_the_front_end_that_this_wheel_lacks():
    command = [sys.executable, "-P", "-m", "lr_tb", "doctor"]

    done = subprocess.run(command, capture_output=True, text=True)

    problems = [line for line in done.stdout.splitlines() if line.startswith("problem")]
    assert ["front", "end"] == problems[0].split()[1:3]
    assert 1 == len(problems)
    assert "ok       backend      jax" in done.stdout
    assert "ok       profiler     5 steps" in done.stdout


def test_tensorboard_shows_the_plugin_and_the_runs(tmp_path, tensorboard):
    _fit(tiny.model(), tmp_path / "constant")

    started = tensorboard(tmp_path)

    started.wait_for("/data/plugins_listing", lambda body: body.get("lr_tb", {}).get("enabled"))
    runs = started.wait_for("/data/plugin/lr_tb/runs", lambda body: "constant" in str(body))
    assert "constant" in str(runs)
