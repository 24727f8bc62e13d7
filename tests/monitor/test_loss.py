"""The loss logged for a step is the loss of its batch, and epochs are what Keras reports."""

import keras
import numpy as np
import pytest

import logdirs
from lr_tb import LearningRateMonitor

_BATCHES = 17  # of 4, the last one of 2
_RANDOM = np.random.default_rng(0)
_X = _RANDOM.normal(size=(66, 3)).astype("float32")
_Y = _RANDOM.normal(size=(66, 1)).astype("float32")
_WEIGHTS = _RANDOM.uniform(0.1, 3.0, size=66).astype("float32")


def _model(**compile_arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"], **compile_arguments)
    return model


def _true_losses(sample_weight=None, epochs=1):
    """Train batch by batch by hand, where Keras gives the loss of each batch."""
    model, losses = _model(), []
    for _ in range(epochs):
        for i in range(0, 66, 4):
            weight = None if sample_weight is None else sample_weight[i : i + 4]
            model.reset_metrics()
            logs = model.train_on_batch(
                _X[i : i + 4], _Y[i : i + 4], sample_weight=weight, return_dict=True
            )
            losses.append(logs["loss"])
    return losses


def _fit(log_dir, callbacks=(), model=None, **arguments):
    monitor = LearningRateMonitor(log_dir, **arguments.pop("monitor", {}))
    arguments = {"batch_size": 4, "shuffle": False, "verbose": 0} | arguments
    model = model or _model()
    return model.fit(_X, _Y, callbacks=[monitor, *callbacks], **arguments)


def _logged(log_dir, tag="step/loss"):
    return logdirs.read(log_dir / "train").scalars[tag]


def _assert_close(expected, logged, steps_in_epoch=_BATCHES):
    assert len(expected) == len(logged)
    bound = 1e-6 * steps_in_epoch * max(1.0, max(expected))
    np.testing.assert_allclose(expected, list(logged.values()), atol=bound)


def test_each_batch_has_its_own_loss_with_a_short_last_one(tmp_path):
    _fit(tmp_path, epochs=2)

    _assert_close(_true_losses(epochs=2), _logged(tmp_path))


def test_sample_weights_are_in_the_loss(tmp_path):
    _fit(tmp_path, sample_weight=_WEIGHTS)

    _assert_close(_true_losses(_WEIGHTS), _logged(tmp_path))


def test_validation_does_not_disturb_the_loss(tmp_path):
    _fit(tmp_path, epochs=2, validation_data=(_X, _Y))

    _assert_close(_true_losses(epochs=2), _logged(tmp_path))


@pytest.mark.parametrize("examples", [2, 8, 20, 66])
@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_end"])
def test_a_nested_evaluate_does_not_disturb_the_loss(tmp_path, hook, examples):
    class Evaluate(keras.callbacks.Callback):
        def _evaluate(self, index, logs=None):
            if index in (0, 5):
                self.model.evaluate(_X[:examples], _Y[:examples], verbose=0)

    setattr(Evaluate, hook, Evaluate._evaluate)

    _fit(tmp_path, [Evaluate()], epochs=2)

    _assert_close(_true_losses(epochs=2), _logged(tmp_path))


def test_an_execution_of_several_steps_has_one_mean_loss_at_its_last_step(tmp_path):
    _fit(tmp_path, model=_model(steps_per_execution=7))

    true, logged = _true_losses(), _logged(tmp_path)
    assert [6, 13, 16] == list(logged)
    expected = [np.mean(true[:7]), np.mean(true[7:14]), np.average(true[14:], weights=[4, 4, 2])]
    np.testing.assert_allclose(expected, list(logged.values()), atol=1e-6 * _BATCHES)


def test_a_point_every_n_steps_holds_the_mean_since_the_one_before(tmp_path):
    _fit(tmp_path, monitor={"update_freq": 5})

    true, logged = _true_losses(), _logged(tmp_path)
    assert [0, 5, 10, 15] == list(logged)
    expected = [true[0], np.mean(true[1:6]), np.mean(true[6:11]), np.mean(true[11:16])]
    np.testing.assert_allclose(expected, list(logged.values()), atol=1e-6 * _BATCHES)
    assert [0, 5, 10, 15] == list(_logged(tmp_path, "step/learning_rate"))


def test_epochs_only_writes_no_steps(tmp_path):
    _fit(tmp_path, monitor={"update_freq": "epoch"}, epochs=2)

    scalars = logdirs.read(tmp_path / "train").scalars
    assert {"epoch/learning_rate", "epoch/loss", "epoch/mae"} == set(scalars)
    assert [_BATCHES - 1, 2 * _BATCHES - 1] == list(scalars["epoch/learning_rate"])


def test_epochs_are_what_keras_reports_at_their_last_step(tmp_path):
    history = _fit(tmp_path, epochs=2, validation_data=(_X[:20], _Y[:20])).history

    train = logdirs.read(tmp_path / "train").scalars
    validation = logdirs.read(tmp_path / "validation").scalars
    assert [_BATCHES - 1, 2 * _BATCHES - 1] == list(train["epoch/loss"])
    assert list(train["epoch/loss"]) == list(validation["epoch/loss"])
    for name in ("loss", "mae"):
        np.testing.assert_allclose(history[name], list(train[f"epoch/{name}"].values()), rtol=1e-6)
        np.testing.assert_allclose(
            history[f"val_{name}"], list(validation[f"epoch/{name}"].values()), rtol=1e-6
        )
    assert {"epoch/loss", "epoch/mae"} == set(validation)


def test_rates_that_callbacks_put_into_the_logs_are_no_metrics(tmp_path):
    keras_scheduler = keras.callbacks.LearningRateScheduler(lambda epoch: 0.05)
    monitor = LearningRateMonitor(tmp_path)

    _model().fit(_X, _Y, verbose=0, callbacks=[keras_scheduler, monitor])

    assert 1 == logdirs.read(tmp_path / "train").tags.count("epoch/learning_rate")


def test_the_running_metric_is_logged_as_keras_shows_it(tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["mae"])

    _fit(tmp_path, [Look()])

    np.testing.assert_allclose(seen, list(_logged(tmp_path, "step/mae").values()), rtol=1e-6)


def test_a_train_step_with_a_loss_of_its_own_is_logged_as_it_reports(tmp_path):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

        def train_step(self, data):
            self(data[0])
            variables = self.trainable_variables
            self.optimizer.apply([keras.ops.zeros_like(v) for v in variables], variables)
            return {"loss": keras.ops.cast(self.optimizer.iterations, "float32")}

    keras.utils.set_random_seed(0)
    model = Own()
    model.compile(keras.optimizers.SGD(0.05))

    _fit(tmp_path, model=model)

    assert [float(step + 1) for step in range(_BATCHES)] == list(_logged(tmp_path).values())
