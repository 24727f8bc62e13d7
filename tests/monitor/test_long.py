"""In long epochs counters are predicted: what is logged stays exact, whatever happens."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.optimizers import schedules

import logdirs
from lr_tb import LearningRateMonitor
from recording import RecordingSGD

_STEPS = 200
_RANDOM = np.random.default_rng(0)
_X = _RANDOM.normal(size=(4 * _STEPS, 3)).astype("float32")
_Y = _RANDOM.normal(size=(4 * _STEPS, 1)).astype("float32")


def _model(rate=None, kind=keras.Sequential, **compile_arguments):
    keras.utils.set_random_seed(0)
    model = kind([keras.Input((3,)), keras.layers.Dense(1)])
    optimizer = RecordingSGD(rate or schedules.CosineDecay(0.05, 2 * _STEPS))
    model.compile(optimizer, "mse", **compile_arguments)
    return model


def _fit(model, log_dir, data=None, callbacks=(), **arguments):
    arguments = {"batch_size": 4, "shuffle": False, "verbose": 0} | arguments
    x = {"x": _X, "y": _Y} if data is None else {"x": data}
    if data is not None:
        del arguments["batch_size"]
    model.fit(**x, callbacks=[*callbacks, LearningRateMonitor(log_dir)], **arguments)
    return logdirs.read(log_dir / "train").scalars


def _true_losses(sizes):
    """Train batch by batch by hand, where Keras gives the loss of each batch."""
    model, losses, end = _model(), [], 0
    for size in sizes:
        begin, end = end, end + size
        model.reset_metrics()
        logs = model.train_on_batch(_X[begin:end], _Y[begin:end], return_dict=True)
        losses.append(logs["loss"])
    return np.array(losses)


def _assert_rates_are_applied(model, scalars):
    logged = scalars["step/learning_rate"]
    applied = model.optimizer.applied()
    np.testing.assert_allclose(applied[list(logged)], list(logged.values()), atol=1e-6 * 0.05)


def _assert_losses(expected, logged):
    np.testing.assert_allclose(expected, list(logged.values()), atol=1e-6 * _STEPS * max(expected))


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_every_rate_and_loss_of_a_long_epoch_is_exact(tmp_path, steps_per_execution):
    model = _model(steps_per_execution=steps_per_execution)

    scalars = _fit(model, tmp_path, epochs=2)

    assert list(range(2 * _STEPS)) == list(scalars["step/learning_rate"])
    _assert_rates_are_applied(model, scalars)
    if steps_per_execution == 1:
        twice = [4] * _STEPS
        first = _true_losses(twice)
        _assert_losses(first, dict(list(scalars["step/loss"].items())[:_STEPS]))


def _batches(sizes):
    ends = np.cumsum(sizes)

    def generate():
        for end, size in zip(ends, sizes, strict=True):
            yield _X[end - size : end], _Y[end - size : end]

    spec = (tf.TensorSpec((None, 3)), tf.TensorSpec((None, 1)))
    data = tf.data.Dataset.from_generator(generate, output_signature=spec)
    return data.apply(tf.data.experimental.assert_cardinality(len(sizes)))


def test_a_batch_of_another_size_in_mid_epoch_merges_losses_into_their_exact_mean(tmp_path):
    sizes = [4] * 110 + [2] + [4] * 40
    model = _model()

    scalars = _fit(model, tmp_path, _batches(sizes))

    assert list(range(len(sizes))) == list(scalars["step/learning_rate"])
    _assert_rates_are_applied(model, scalars)
    true, logged = _true_losses(sizes), scalars["step/loss"]
    missing = sorted(set(range(len(sizes))) - set(logged))
    assert 110 in missing or 110 + 1 in missing
    assert len(missing) < 64
    before = -1
    for step, value in logged.items():
        part = slice(before + 1, step + 1)
        mean = np.average(true[part], weights=sizes[part])
        assert mean == pytest.approx(value, abs=1e-6 * len(sizes) * max(true))
        before = step


def test_sizes_that_vary_from_the_start_cost_no_point(tmp_path):
    sizes = [4, 2] * 75

    scalars = _fit(_model(), tmp_path, _batches(sizes))

    assert list(range(len(sizes))) == list(scalars["step/loss"])
    _assert_losses(_true_losses(sizes), scalars["step/loss"])


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end"])
def test_an_evaluation_by_a_callback_ahead_does_not_disturb_the_loss(tmp_path, hook):
    class Evaluate(keras.callbacks.Callback):
        def _evaluate(self, batch, logs=None):
            if batch in (5, 120, 150):
                self.model.evaluate(_X[:20], _Y[:20], verbose=0)

    setattr(Evaluate, hook, Evaluate._evaluate)

    scalars = _fit(_model(), tmp_path, callbacks=[Evaluate()])

    _assert_losses(_true_losses([4] * _STEPS), scalars["step/loss"])


def test_a_counter_set_in_mid_epoch_drops_what_is_not_sure_and_says_so(tmp_path):
    class Reset(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 120:
                self.model.optimizer.iterations.assign(1000)

    model = _model()
    with pytest.warns(RuntimeWarning, match="step counter of the optimizer was set"):
        scalars = _fit(model, tmp_path, callbacks=[Reset()])

    logged = scalars["step/learning_rate"]
    assert set(range(64)) <= set(logged)
    assert set(range(1000 + 64, 1000 + 79)) <= set(logged)
    _assert_rates_are_applied(model, scalars)


class _SetRate(keras.callbacks.Callback):
    """Sets the rate at some batches of the first epoch, in a hook and by a way of its own."""

    def __init__(self, hook, batches, assign):
        super().__init__()
        self._batches, self._assign = batches, assign
        setattr(self, hook, self._set)

    def _set(self, batch, logs=None):
        if batch in self._batches:
            self._assign(self.model.optimizer, 0.05 / (1 + batch))


def _assign_by_keras(optimizer, rate):
    optimizer.learning_rate = rate


def _assign_unseen(optimizer, rate):
    optimizer.learning_rate.value.assign(rate)


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end"])
@pytest.mark.parametrize("batches", [[70], [100, 101, 163, 164, 165], [198, 199]])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_rate_that_is_set_in_mid_epoch_costs_no_point(tmp_path, hook, batches, is_first):
    model = _model(0.05)
    change = _SetRate(hook, batches, _assign_by_keras)
    others = [change] if is_first else [LearningRateMonitor(tmp_path / "other"), change]

    scalars = _fit(model, tmp_path / "logs", callbacks=others, epochs=2)

    for logged in (scalars, scalars if is_first else _read(tmp_path / "other")):
        assert list(range(2 * _STEPS)) == list(logged["step/learning_rate"])
        _assert_rates_are_applied(model, logged)
    assert 1 < len(set(scalars["step/learning_rate"].values()))


def _read(log_dir):
    return logdirs.read(log_dir / "train").scalars


def test_a_rate_set_unseen_in_mid_epoch_drops_what_is_not_sure_and_says_so(tmp_path):
    model = _model(0.05)
    change = _SetRate("on_train_batch_end", [120, 150, 151], _assign_unseen)

    with pytest.warns(RuntimeWarning, match="learning rate was set during an epoch where no"):
        scalars = _fit(model, tmp_path, callbacks=[change], epochs=2)

    logged = scalars["step/learning_rate"]
    assert set(range(64)) <= set(logged)
    assert set(range(64 + 128, 2 * _STEPS)) <= set(logged)
    assert not set(range(121, 128)) & set(logged)
    assert set(logged) == set(scalars["step/loss"])
    _assert_rates_are_applied(model, scalars)


def test_a_rate_that_the_train_step_sets_costs_no_point(tmp_path):
    @keras.saving.register_keras_serializable("lr_tb_tests")
    class Falling(keras.Sequential):
        def train_step(self, data):
            logs = super().train_step(data)
            rate = self.optimizer.learning_rate
            is_late = keras.ops.cast(self.optimizer.iterations > 100, rate.dtype)
            rate.assign(rate * (1.0 - 0.01 * is_late))
            return logs

    model = _model(0.05, Falling)

    scalars = _fit(model, tmp_path)

    assert list(range(_STEPS)) == list(scalars["step/learning_rate"])
    _assert_rates_are_applied(model, scalars)
    assert 0.03 > scalars["step/learning_rate"][_STEPS - 1]


def test_data_that_end_early_leave_exact_steps(tmp_path):
    data = tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(4).take(120)
    model = _model()

    with pytest.warns(UserWarning, match="ran out of data"):
        scalars = _fit(model, tmp_path, data, steps_per_epoch=150)

    assert list(range(120)) == list(scalars["step/learning_rate"])
    _assert_rates_are_applied(model, scalars)
    _assert_losses(_true_losses([4] * 120), scalars["step/loss"])


def test_a_train_step_that_updates_twice_is_followed(tmp_path):
    @keras.saving.register_keras_serializable("lr_tb_tests")
    class Twice(keras.Sequential):
        def train_step(self, data):
            super().train_step(data)
            return super().train_step(data)

    keras.utils.set_random_seed(0)
    model = Twice([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(RecordingSGD(schedules.CosineDecay(0.05, 2 * _STEPS)), "mse")

    scalars = _fit(model, tmp_path)

    assert list(range(2 * _STEPS)) == list(scalars["step/learning_rate"])
    _assert_rates_are_applied(model, scalars)
