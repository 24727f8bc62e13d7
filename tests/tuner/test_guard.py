import keras
import keras_tuner
import numpy as np
import pytest

from lr_tb.tuner.guard import Guard

_X = np.linspace(-1, 1, 40, dtype="float32").reshape(20, 2)
_Y = _X.sum(axis=1, keepdims=True)


class OwnSteps(keras.Model):
    """Reports other metrics for training than for validation."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return self.dense(inputs)

    def train_step(self, data):
        super().train_step(data)
        return {"loss": self._loss_tracker.result()}


def _model(rate=0.1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"], run_eagerly=True)
    return model


def _fit(objective, direction="min", *, model=None, checks_first_batch=True, **options):
    guard = Guard(
        keras_tuner.Oracle(
            objective
            if isinstance(objective, list)
            else keras_tuner.Objective(objective, direction)
        ).objective,
        checks_first_batch=checks_first_batch,
    )
    model = model or _model()
    options = {"batch_size": 4, "epochs": 2, "verbose": 0, "validation_data": (_X, _Y)} | options
    model.fit(_X, _Y, callbacks=[guard], **options)
    return int(model.optimizer.iterations)


@pytest.mark.parametrize("objective", ["loss", "val_mae", ["val_loss", "mae"]])
def test_a_training_that_reports_its_objective_runs_to_its_end(objective):
    assert 10 == _fit(objective)


@pytest.mark.parametrize("objective", ["val_accuracy", ["val_loss", "accuracy"]])
def test_an_objective_that_the_model_does_not_report_ends_the_search_at_the_first_batch(objective):
    model = _model()

    with pytest.raises(
        keras_tuner.errors.FatalValueError, match="accuracy'.*reports loss, mae, val_loss, val_mae"
    ):
        _fit(objective, "max", model=model)

    assert 1 == int(model.optimizer.iterations)


def test_where_callbacks_may_report_it_the_end_of_the_epoch_is_waited_for():
    model = _model()

    with pytest.raises(keras_tuner.errors.FatalValueError, match="the model reports"):
        _fit("val_accuracy", "max", model=model, checks_first_batch=False)

    assert 5 == int(model.optimizer.iterations)


def test_epochs_without_validation_are_fine():
    assert 10 == _fit("val_mae", validation_freq=2)


def test_a_model_with_steps_of_its_own_may_report_something_else_in_the_validation():
    model = OwnSteps()
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=True)

    assert 10 == _fit("val_mae", model=model)


def test_a_loss_that_is_no_longer_finite_fails_the_trial_at_its_step():
    model = _model(rate=1e30)

    with pytest.raises(
        keras_tuner.errors.FailedTrialError, match=r"the loss became (inf|nan) at step 1"
    ):
        _fit("val_mae", model=model)

    assert 2 == int(model.optimizer.iterations)


def test_a_validation_that_is_no_longer_finite_fails_the_trial():
    y = np.full_like(_Y, np.nan)

    with pytest.raises(keras_tuner.errors.FailedTrialError, match="val_mae became nan in epoch 0"):
        _fit("val_mae", validation_data=(_X, y))
