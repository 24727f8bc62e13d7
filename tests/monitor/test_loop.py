"""Training loops of one's own: logged is what was applied, at the optimizer's step."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.optimizers import schedules

import captures
import logdirs
import tiny
from lr_tb import LearningRateMonitor, profiling
from lr_tb.monitor import step_times
from lr_tb.records import PLAN_TAG, PROFILE_TAG, STEP_TIMES_TAG
from recording import RecordingAdam, RecordingSGD

RATE = "step/learning_rate"
LOSS = "step/loss"
BATCHES = [(tiny.X[i : i + 4], tiny.Y[i : i + 4]) for i in range(0, 20, 4)]


class Loop:
    """A model, its optimizer and a training step with a gradient tape."""

    def __init__(self, optimizer, *, compiled=False):
        keras.utils.set_random_seed(0)
        self.model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        self.optimizer = optimizer
        optimizer.build(self.model.trainable_variables)
        self.train_step = tf.function(self._train_step) if compiled else self._train_step

    def _train_step(self, x, y):
        with tf.GradientTape() as tape:
            loss = keras.ops.mean((self.model(x) - y) ** 2)
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def run(self, monitor, before_step=lambda step: None):
        """Train on all batches and return the losses."""
        losses = []
        for step, (x, y) in enumerate(BATCHES):
            before_step(step)
            with monitor.step(self.optimizer):
                losses.append(self.train_step(x, y))
                monitor.log(loss=losses[-1], error=2 * step)
        return [float(loss) for loss in losses]


def _scalars(log_dir):
    return logdirs.read(log_dir / "train").scalars


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize(
    "rate", [0.1, schedules.CosineDecay(0.1, 6, warmup_target=0.3, warmup_steps=2)]
)
def test_the_logged_rate_and_loss_are_those_of_the_step(tmp_path, rate, compiled):
    loop = Loop(RecordingSGD(rate), compiled=compiled)

    with LearningRateMonitor(tmp_path) as monitor:
        losses = loop.run(monitor)

    found = _scalars(tmp_path)
    assert [0, 1, 2, 3, 4] == list(found[RATE]) == list(found[LOSS])
    np.testing.assert_allclose(loop.optimizer.applied(), list(found[RATE].values()), rtol=1e-6)
    np.testing.assert_allclose(losses, list(found[LOSS].values()), rtol=1e-6)
    assert {0: 0, 1: 2, 2: 4, 3: 6, 4: 8} == found["step/error"]
    assert all(value > 0 for value in found["step/step_time_ms"].values())


def test_a_rate_that_the_loop_assigns_is_logged(tmp_path):
    loop = Loop(RecordingSGD(0.5))

    def assign(step):
        if step == 2:
            loop.optimizer.learning_rate = 0.25
        if step == 3:
            loop.optimizer.learning_rate = schedules.PolynomialDecay(0.4, 4, 0.0)

    with LearningRateMonitor(tmp_path) as monitor:
        loop.run(monitor, assign)

    logged = list(_scalars(tmp_path)[RATE].values())
    np.testing.assert_allclose([0.5, 0.5, 0.25, 0.1, 0.0], logged, atol=1e-8)
    np.testing.assert_allclose(loop.optimizer.applied(), logged, atol=1e-8)


def test_steps_go_on_where_the_optimizer_is(tmp_path):
    loop = Loop(RecordingSGD(schedules.PolynomialDecay(0.1, 10, 0.0)))
    for _ in range(2):
        with LearningRateMonitor(tmp_path) as monitor:
            loop.run(monitor)

    found = _scalars(tmp_path)[RATE]
    assert list(range(10)) == list(found)
    np.testing.assert_allclose(0.1 - 0.01 * np.arange(10), list(found.values()), rtol=1e-5)


def test_train_on_batch_is_a_step(tmp_path):
    model, losses = tiny.model(schedules.CosineDecay(0.1, 5)), []

    with LearningRateMonitor(tmp_path) as monitor:
        for x, y in BATCHES:
            with monitor.step(model.optimizer):
                values = model.train_on_batch(x, y, return_dict=True)
                monitor.log(**values)
            losses.append(values["loss"])

    found = _scalars(tmp_path)
    cosine = 0.05 * (1 + np.cos(np.pi * np.arange(5) / 5))
    np.testing.assert_allclose(cosine, list(found[RATE].values()), rtol=1e-6)
    np.testing.assert_allclose(losses, list(found[LOSS].values()), rtol=1e-6)
    assert set(found) >= {"step/mae"}


def test_several_updates_in_one_block_are_as_many_steps(tmp_path):
    loop = Loop(RecordingAdam(schedules.PolynomialDecay(0.1, 10, 0.0)))

    with LearningRateMonitor(tmp_path) as monitor:
        for _ in range(2):
            with monitor.step(loop.optimizer):
                monitor.log(loss=np.mean([loop.train_step(*batch) for batch in BATCHES]))

    found = _scalars(tmp_path)
    np.testing.assert_allclose(loop.optimizer.applied(), list(found[RATE].values()), rtol=1e-6)
    assert [4, 9] == list(found[LOSS]) == list(found["step/step_time_ms"])


def test_an_update_outside_of_a_block_is_not_logged(tmp_path):
    loop = Loop(RecordingSGD(schedules.PolynomialDecay(0.1, 10, 0.0)))

    with LearningRateMonitor(tmp_path) as monitor:
        loop.run(monitor, lambda step: step == 2 and loop.train_step(*BATCHES[0]))

    found = _scalars(tmp_path)[RATE]
    assert [0, 1, 3, 4, 5] == list(found)
    applied = loop.optimizer.applied()[[0, 1, 3, 4, 5]]
    np.testing.assert_allclose(applied, list(found.values()), rtol=1e-6)


def test_several_optimizers_have_a_curve_each(tmp_path):
    fast, slow = Loop(RecordingSGD(0.5, name="fast")), Loop(RecordingSGD(0.1, name="slow"))

    with LearningRateMonitor(tmp_path, total_steps=5) as monitor:
        for number, (x, y) in enumerate(BATCHES):
            with monitor.step([fast.optimizer, slow.optimizer]):
                fast.train_step(x, y)
                if number % 2:
                    slow.train_step(x, y)

    found = _scalars(tmp_path)
    assert [0, 1, 2, 3, 4] == list(found[f"{RATE}/fast"])
    assert [1, 3] == list(found[f"{RATE}/slow"])
    assert {f"{PLAN_TAG}/fast", f"{PLAN_TAG}/slow"} <= set(logdirs.read(tmp_path).records)


def test_an_update_that_a_loss_scale_optimizer_skips_is_no_step(tmp_path):
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    weight = keras.Variable(1.0)
    optimizer.build([weight])

    with LearningRateMonitor(tmp_path) as monitor:
        for gradient in (1.0, float("inf"), 1.0):
            with monitor.step(optimizer):
                optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
                monitor.log(loss=gradient)

    assert {0: 1.0, 1: 1.0} == _scalars(tmp_path)[LOSS]


def test_the_plan_is_there_before_the_first_update(tmp_path):
    loop, seen = Loop(RecordingSGD(schedules.CosineDecay(0.1, 40))), []

    with LearningRateMonitor(tmp_path, total_steps=40, seed=3) as monitor:
        with monitor.step(loop.optimizer):
            seen.append(logdirs.read(tmp_path).records[PLAN_TAG])
            loop.train_step(*BATCHES[0])

    assert ("CosineDecay", 40, 3) == (seen[0].schedule, seen[0].total_steps, seen[0].seed)


def test_an_epoch_is_logged_at_its_last_step(tmp_path):
    loop = Loop(RecordingSGD(schedules.PolynomialDecay(0.1, 10, 0.0)))

    with LearningRateMonitor(tmp_path, batch_size=4) as monitor:
        for epoch in range(2):
            loop.run(monitor)
            monitor.log_epoch(loss=epoch, val_loss=10 + epoch)

    train, validation = _scalars(tmp_path), logdirs.read(tmp_path / "validation").scalars
    assert {4: 0.0, 9: 1.0} == train["epoch/loss"]
    assert {4: 10.0, 9: 11.0} == validation["epoch/loss"]
    assert pytest.approx({4: 0.06, 9: 0.01}) == train["epoch/learning_rate"]
    times = logdirs.read(tmp_path).records[STEP_TIMES_TAG]
    # The first two, the second epoch's first, and the last of each.
    assert (5, 5) == (times.count, times.left_out)
    assert times.examples_per_second > 0


def test_examples_per_second_are_those_of_all_epochs(tmp_path, monkeypatch):
    now, loop = [100.0], Loop(RecordingSGD(0.1))
    monkeypatch.setattr(step_times.time, "perf_counter", lambda: now[0])

    with LearningRateMonitor(tmp_path, batch_size=4) as monitor:
        for _ in range(2):
            loop.run(monitor, lambda step: now.append(now.pop() + 1.0))
            monitor.log_epoch()
            now[0] += 1000.0

    # Three steps in as many seconds after those that warm up; then five steps, the clock of
    # an epoch begins with its first step, in four.
    times = logdirs.read(tmp_path).records[STEP_TIMES_TAG]
    assert (3 * 4 + 5 * 4) / (3 + 4) == times.examples_per_second


def test_what_is_not_known_is_not_told(tmp_path):
    with LearningRateMonitor(tmp_path) as monitor:
        Loop(RecordingSGD(0.1)).run(monitor)

    run = logdirs.read(tmp_path)
    assert "_hparams_/session_end_info" in run.tags
    assert PLAN_TAG not in run.records
    assert run.records[STEP_TIMES_TAG].examples_per_second is None


def test_profile_batch_counts_the_blocks(tmp_path):
    with LearningRateMonitor(tmp_path, profile_batch=(2, 3)) as monitor:
        Loop(RecordingSGD(0.1)).run(monitor)

    (capture,) = captures.below(tmp_path)
    assert [1, 2] == [row.step for row in profiling.step_times(capture)]
    assert capture.name == logdirs.read(tmp_path).records[PROFILE_TAG].capture


def test_a_step_that_raises_is_not_logged(tmp_path):
    loop = Loop(RecordingSGD(0.1))

    with pytest.raises(RuntimeError, match="broken"), LearningRateMonitor(tmp_path) as monitor:
        loop.run(monitor)
        with monitor.step(loop.optimizer):
            raise RuntimeError("broken")

    assert [0, 1, 2, 3, 4] == list(_scalars(tmp_path)[RATE])
    assert "_hparams_/session_end_info" not in logdirs.read(tmp_path).tags


def test_a_fit_and_a_loop_take_turns(tmp_path):
    model, monitor = tiny.model(0.1), LearningRateMonitor(tmp_path)

    tiny.fit(model, [monitor])
    with monitor.step(model.optimizer):
        monitor.log(**model.train_on_batch(*BATCHES[0], return_dict=True))
    tiny.fit(model, [monitor])

    assert list(range(11)) == tiny.steps(tmp_path)


def test_log_outside_of_a_step_is_refused(tmp_path):
    monitor, loop = LearningRateMonitor(tmp_path), Loop(RecordingSGD(0.1))

    with pytest.raises(ValueError, match="`log` must come after `with monitor.step"):
        monitor.log(loss=1.0)
    with pytest.raises(ValueError, match="`log_epoch` must come after `with monitor.step"):
        monitor.log_epoch(loss=1.0)
    with monitor:
        loop.run(monitor)
        with pytest.raises(ValueError, match="`log` must be called within `with monitor.step"):
            monitor.log(loss=1.0)


@pytest.mark.parametrize("value", ["high", "0.5", None, [1.0, 2.0], np.ones(3)])
def test_what_is_no_number_is_refused(tmp_path, value):
    loop = Loop(RecordingSGD(0.1))

    with LearningRateMonitor(tmp_path) as monitor, pytest.raises(TypeError, match="`loss` must be"):
        with monitor.step(loop.optimizer):
            monitor.log(loss=value)


def test_another_optimizer_is_refused(tmp_path):
    with LearningRateMonitor(tmp_path) as monitor:
        Loop(RecordingSGD(0.1)).run(monitor)
        with pytest.raises(ValueError, match="`optimizer` must be that of the steps before"):
            Loop(RecordingSGD(0.1)).run(monitor)
    with pytest.raises(TypeError, match="`optimizer` must be a Keras optimizer"):
        with LearningRateMonitor(tmp_path).step(3):
            pass


def test_a_loop_whose_optimizer_counts_no_step_is_told(tmp_path):
    loop = Loop(RecordingSGD(0.1))

    with LearningRateMonitor(tmp_path) as monitor:
        with pytest.warns(RuntimeWarning, match="The first step has not updated its optimizer"):
            with monitor.step(loop.optimizer):
                monitor.log(loss=1.0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with monitor.step(loop.optimizer):
                monitor.log(loss=1.0)

    assert not (tmp_path / "train").exists()
