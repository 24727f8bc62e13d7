import keras
import keras_tuner
import pytest
from keras.optimizers.schedules import CosineDecay

from lr_tb.tuner.candidates import Candidates
from lr_tb.tuner.horizon import Horizon
from lr_tb.tuner.hypermodel import ScheduledHyperModel, set_rate
from tuner import tiny


def _model(optimizer):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=True)
    return model


def _rates(optimizer):
    return {
        "number": lambda: optimizer(0.5),
        "schedule": lambda: optimizer(CosineDecay(0.5, 9)),
        "callable": lambda: optimizer(lambda: 0.5),
    }


@pytest.mark.parametrize("before", ["number", "schedule", "callable"])
@pytest.mark.parametrize("is_scaled", [False, True], ids=["plain", "scaled"])
def test_a_number_replaces_whatever_rate_there_was(before, is_scaled):
    optimizer = _rates(keras.optimizers.SGD)[before]()
    model = _model(keras.optimizers.LossScaleOptimizer(optimizer) if is_scaled else optimizer)

    set_rate(model, 0.25)

    assert 0.25 == float(model.optimizer.learning_rate)
    tiny_x, tiny_y = tiny.data()
    model.fit(tiny_x, tiny_y, verbose=0, batch_size=48)
    assert 2 == int(model.optimizer.iterations)


@pytest.mark.parametrize("before", ["number", "schedule", "callable"])
@pytest.mark.parametrize("is_scaled", [False, True], ids=["plain", "scaled"])
def test_a_schedule_replaces_whatever_rate_there_was(before, is_scaled):
    schedule = CosineDecay(0.25, 7)
    optimizer = _rates(keras.optimizers.SGD)[before]()
    model = _model(keras.optimizers.LossScaleOptimizer(optimizer) if is_scaled else optimizer)

    set_rate(model, schedule)

    inner = model.optimizer.inner_optimizer if is_scaled else model.optimizer
    assert schedule is inner._learning_rate


@pytest.mark.parametrize("rate", [0.25, CosineDecay(0.25, 7)], ids=["number", "schedule"])
@pytest.mark.parametrize("before", ["number", "schedule"])
def test_a_model_that_is_saved_and_loaded_has_the_rate_that_it_was_given(tmp_path, before, rate):
    model = _model(_rates(keras.optimizers.Adam)[before]())
    set_rate(model, rate)
    model.fit(*tiny.data(), verbose=0, batch_size=48)
    model.save(tmp_path / "model.keras")

    loaded = keras.models.load_model(tmp_path / "model.keras")

    given = rate if isinstance(rate, float) else float(rate(2))
    assert given == pytest.approx(float(loaded.optimizer.learning_rate))
    assert 2 == int(loaded.optimizer.iterations)


def test_the_rest_of_the_optimizer_stays():
    optimizer = keras.optimizers.SGD(CosineDecay(0.5, 9), momentum=0.75, clipnorm=2.0)
    model = _model(optimizer)

    set_rate(model, 0.25)

    assert (0.75, 2.0) == (model.optimizer.momentum, model.optimizer.clipnorm)


def test_a_model_with_several_optimizers_is_refused():
    with pytest.raises(ValueError, match="one optimizer.*a model with 2: .*left"):
        set_rate(tiny.build_two_optimizers(None), 0.1)


@pytest.mark.parametrize(
    ("made", "words"),
    [(None, "a NoneType"), (keras.Sequential(), "a Sequential without optimizer"), (7, "a int")],
)
def test_what_is_no_compiled_model_is_refused(made, words):
    with pytest.raises(TypeError, match=f"must build a compiled Keras model. Received: {words}"):
        set_rate(made, 0.1)


@pytest.mark.parametrize("hypermodel", [None, 7, "model"])
def test_what_builds_no_model_is_refused(hypermodel):
    with pytest.raises(TypeError, match="`hypermodel` must be a function or"):
        ScheduledHyperModel(hypermodel, Candidates({"flat": 0.1}), lambda: None)


def test_a_hyper_model_declares_builds_and_fits():
    class Mine(keras_tuner.HyperModel):
        def declare_hyperparameters(self, hp):
            hp.Int("declared", 1, 2)

        def build(self, hp):
            return tiny.build_model(hp)

        def fit(self, hp, model, *args, **kwargs):
            return "fitted"

    ours = ScheduledHyperModel(
        Mine(), Candidates({"flat": 0.125}), lambda: Horizon(epochs=1, steps_per_epoch=1)
    )
    hp = keras_tuner.HyperParameters()
    ours.declare_hyperparameters(hp)
    model = ours.build(hp)

    assert {"declared": 1, "schedule": "flat"} == hp.values
    assert 0.125 == float(model.optimizer.learning_rate)
    assert ("fitted", True) == (ours.fit(hp, model), ours.has_own_fit)


def test_a_function_and_a_hyper_model_without_fit_train_as_keras_does():
    class Mine(keras_tuner.HyperModel):
        def build(self, hp):
            return tiny.build_model(hp)

    for hypermodel in (tiny.build_model, Mine()):
        ours = ScheduledHyperModel(hypermodel, Candidates({"flat": 0.1}), lambda: None)

        assert not ours.has_own_fit
