"""What callbacks do to a model lasts as long as a fit, and leaves nothing behind."""

import copy
import pickle
import re

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

import tiny
from lr_tb import LearningRateFinder, LearningRateScheduler, ReduceLROnPlateau
from lr_tb.rates.override import RateOverride
from recording import RecordingAdam, RecordingSGD

_CALLBACKS = {
    "scheduler": lambda: LearningRateScheduler("ExponentialDecay(0.05, 10, 0.5)"),
    "plateau": lambda: ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100),
    "finder": lambda: LearningRateFinder(start=1e-3, end=0.1, num_steps=20),
}
_each_callback = pytest.mark.parametrize("make", _CALLBACKS.values(), ids=_CALLBACKS)


def _own():
    return schedules.PolynomialDecay(0.1, 100, 0.0)


def _model(optimizer=None, **arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer or RecordingAdam(_own()), "mse", **arguments)
    return model


def _fit(model, *callbacks, **arguments):
    return tiny.fit(model, list(callbacks), **{"epochs": 4} | arguments)


def _state(model):
    """Return path and value of every variable of a model and its optimizer."""
    variables = [*model.variables, *model.optimizer.variables]
    return [(each.path, np.array(keras.ops.convert_to_numpy(each))) for each in variables]


def _assert_same(expected, found):
    assert [path for path, _ in expected] == [path for path, _ in found]
    for (path, value), (_, other) in zip(expected, found, strict=True):
        np.testing.assert_array_equal(value, other, err_msg=path)


def _assert_own_rate(model):
    """Assert that training goes on at the optimizer's own rate and nothing shadows it."""
    tiny.fit(model, [])
    before = int(model.optimizer.iterations) - tiny.BATCHES
    applied = model.optimizer.applied()[before:]
    np.testing.assert_allclose(applied, 0.1 * (1 - np.arange(before, before + 5) / 100), rtol=1e-5)
    assert "_get_current_learning_rate" not in vars(model.optimizer)
    assert "make_train_function" not in vars(model)


def _names(model):
    """Return the names of the optimizer's variables, without Keras' running numbers."""
    return [re.sub(r"_\d+", "", each.path) for each in model.optimizer.variables]


def _config(model):
    return model.optimizer.get_config() | {"name": None}


@_each_callback
def test_the_optimizer_is_what_it_was(make):
    plain, model = _model(), _model()
    plain.fit(tiny.X, tiny.Y, verbose=0)

    _fit(model, make())

    assert _names(plain) == _names(model)
    assert _config(plain) == _config(model)
    _assert_own_rate(model)


@pytest.mark.parametrize("trained_before", [True, False])
@pytest.mark.parametrize(
    "arguments",
    [{}, {"use_ema": True, "ema_momentum": 0.5}, {"gradient_accumulation_steps": 2}],
    ids=["plain", "ema", "accumulated"],
)
def test_the_finder_puts_every_variable_back(arguments, trained_before):
    model = _model(RecordingAdam(_own(), **arguments))
    if trained_before:
        _fit(model)
    else:
        model.optimizer.build(model.trainable_variables)
    before = _state(model)

    _fit(model, _CALLBACKS["finder"]())

    _assert_same(before, _state(model))
    assert not model.stop_training


@_each_callback
def test_the_finder_of_several_wrapped_optimizers_puts_everything_back(make):
    body, head = RecordingAdam(_own(), name="body"), RecordingSGD(0.1, name="head")
    both = keras.optimizers.OptimizerMap(body, {".*bias": head})
    model = _model(keras.optimizers.LossScaleOptimizer(keras.optimizers.MultiOptimizer(both), 4.0))
    model.optimizer.build(model.trainable_variables)
    before = _state(model)

    _fit(model, make())

    assert RateOverride.of(body) is RateOverride.of(head) is None
    if make is _CALLBACKS["finder"]:
        _assert_same(before, _state(model))


def test_validation_after_the_range_test_sees_the_weights_as_they_were():
    model = _model()
    expected = model.evaluate(tiny.X, tiny.Y, verbose=0)

    history = _fit(model, _CALLBACKS["finder"](), validation_data=(tiny.X, tiny.Y))

    assert pytest.approx(expected, rel=1e-6) == history.history["val_loss"][-1]


@_each_callback
def test_after_a_fit_that_raised_close_puts_everything_back(make):
    model, callback = _model(), make()
    model.optimizer.build(model.trainable_variables)
    before = _state(model)

    with pytest.raises(RuntimeError, match="broken off"):
        _fit(model, callback, tiny.RaiseAt(3))
    callback.close()
    callback.close()

    if isinstance(callback, LearningRateFinder):
        _assert_same(before, _state(model))
    _assert_own_rate(model)


@_each_callback
def test_after_a_fit_that_raised_the_with_statement_puts_everything_back(make):
    model = _model()

    with pytest.raises(RuntimeError, match="broken off"), make() as callback:
        _fit(model, callback, tiny.RaiseAt(3))

    assert "_get_current_learning_rate" not in vars(model.optimizer)
    _assert_own_rate(model)


@_each_callback
@pytest.mark.parametrize("how", ["train_on_batch", "the same callback"])
def test_after_a_fit_that_raised_the_next_training_is_not_affected(make, how):
    model, callback = _model(), make()
    with pytest.raises(RuntimeError, match="broken off"):
        _fit(model, callback, tiny.RaiseAt(3))

    if how == "train_on_batch":
        model.train_on_batch(tiny.X, tiny.Y)
        step = int(model.optimizer.iterations) - 1
        assert pytest.approx(0.1 * (1 - step / 100)) == model.optimizer.applied()[step]
    else:
        _fit(model, callback)

    _assert_own_rate(model)


def test_after_a_fit_that_raised_two_callbacks_are_gone_too():
    model = _model()
    callbacks = [_CALLBACKS["scheduler"](), _CALLBACKS["plateau"]()]
    with pytest.raises(RuntimeError, match="broken off"):
        _fit(model, *callbacks, tiny.RaiseAt(3))

    _assert_own_rate(model)


@pytest.mark.parametrize("make", [_CALLBACKS["scheduler"], _CALLBACKS["plateau"]])
def test_training_and_testing_inside_a_fit_leave_the_callback_in_force(make):
    class Inside(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.evaluate(tiny.X, tiny.Y, verbose=0)
            self.model.train_on_batch(tiny.X, tiny.Y)

    nested = _model()
    _fit(nested, make(), Inside())

    optimizer = nested.optimizer
    if isinstance(make(), LearningRateScheduler):
        expected = 0.05 * 0.5 ** (np.arange(24) / 10)
    else:
        expected = 0.1 * (1 - np.arange(24) / 100) * np.repeat([1.0, 1.0, 0.5, 0.25], 6)
        # The batch inside the epoch's end comes after the factor is reduced.
        expected[[11, 17, 23]] *= 0.5
    np.testing.assert_allclose(optimizer.applied(), expected, rtol=1e-5)
    _assert_own_rate(nested)


@_each_callback
def test_a_model_that_is_saved_during_the_fit_is_an_ordinary_model(make, tmp_path):
    path = str(tmp_path / "model.keras")

    class Save(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                self.model.save(path)
                self.weights = self.model.get_weights()
                self.steps = int(self.model.optimizer.iterations)

    model, save = _model(), Save()
    _fit(model, make(), save)

    loaded = keras.saving.load_model(path)
    assert model.optimizer.get_config() == loaded.optimizer.get_config()
    assert save.steps == int(loaded.optimizer.iterations) == 18
    for expected, found in zip(save.weights, loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, found)
    _assert_own_rate(loaded)


@_each_callback
def test_a_model_can_be_copied_during_the_fit(make):
    copies = []

    class Copy(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            copies[:] = [copy.deepcopy(self.model), pickle.loads(pickle.dumps(self.model))]

    _fit(_model(), make(), Copy())

    for each in copies:
        _assert_own_rate(each)


@_each_callback
def test_a_callback_can_be_copied_before_and_after_a_fit(make):
    callback = make()
    before = copy.deepcopy(callback)
    _fit(_model(), callback)
    rates = []

    for each in (before, copy.deepcopy(callback), callback):
        model = _model()
        _fit(model, each)
        rates.append(model.optimizer._rates.array()[:20])

    np.testing.assert_array_equal(rates[0], rates[1])
    np.testing.assert_array_equal(rates[0], rates[2])
