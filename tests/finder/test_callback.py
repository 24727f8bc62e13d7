"""The range test trains as it says, notes what it says and leaves nothing behind."""

import keras
import numpy as np
import pytest

import logdirs
import tiny
from lr_tb import LearningRateFinder, LearningRateScheduler, ReduceLROnPlateau
from lr_tb.finder import suggestions
from recording import RecordingSGD

_STEPS = 25  # five epochs


def _model(optimizer, **arguments):
    model = tiny.model()
    model.compile(optimizer, "mse", **arguments)
    return model


def _fit(model, finder, *others, **arguments):
    return tiny.fit(model, [finder, *others], **{"epochs": 5, "shuffle": False} | arguments)


def _range_test(rates):
    """Return the batch losses of a range test of the tiny model, computed by hand."""
    keras.utils.set_random_seed(0)
    kernel, bias = (np.array(each, "float64") for each in tiny.model().get_weights())
    losses = []
    for i, rate in enumerate(rates):
        batch = slice(4 * (i % tiny.BATCHES), 4 * (i % tiny.BATCHES) + 4)
        x, y = tiny.X[batch].astype("float64"), tiny.Y[batch].astype("float64")
        error = x @ kernel + bias - y
        losses.append(float(np.mean(error**2)))
        kernel -= rate * 2 * x.T @ error / 4
        bias -= rate * 2 * error.mean(axis=0)
    return losses


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("exponential", 1e-3 * 100.0 ** (np.arange(_STEPS) / (_STEPS - 1))),
        ("linear", 1e-3 + (0.1 - 1e-3) * np.arange(_STEPS) / (_STEPS - 1)),
    ],
)
def test_the_rate_rises_from_start_to_end(mode, expected, jit_compile):
    optimizer = RecordingSGD(0.7)
    finder = LearningRateFinder(start=1e-3, end=0.1, num_steps=_STEPS, mode=mode)

    _fit(_model(optimizer, jit_compile=jit_compile), finder)

    np.testing.assert_allclose(optimizer._rates.array()[:_STEPS], expected, rtol=1e-6)
    np.testing.assert_allclose(finder.rates, expected, rtol=1e-6)


def test_the_rate_rises_from_the_start_whatever_was_trained_before():
    optimizer = RecordingSGD(0.7)
    model = _model(optimizer)

    tiny.fit(model, [], epochs=2)
    _fit(model, LearningRateFinder(start=1e-3, end=0.1, num_steps=_STEPS))

    expected = np.geomspace(1e-3, 0.1, _STEPS)
    np.testing.assert_allclose(optimizer._rates.array()[10 : 10 + _STEPS], expected, rtol=1e-6)


def test_the_losses_are_those_of_each_batch_before_its_update():
    finder = LearningRateFinder(start=1e-3, end=0.5, num_steps=_STEPS)

    _fit(_model("sgd"), finder)

    np.testing.assert_allclose(finder.losses, _range_test(finder.rates), rtol=1e-4)


def _smoothed(losses):
    weights = [0.98 ** np.arange(i, -1, -1) for i in range(len(losses))]
    return [np.average(losses[: i + 1], weights=each) for i, each in enumerate(weights)]


def test_the_test_ends_when_the_smoothed_loss_is_four_times_the_lowest():
    finder = LearningRateFinder(start=0.01, end=1e3, num_steps=_STEPS)
    by_hand = _smoothed(_range_test(np.geomspace(0.01, 1e3, _STEPS)))
    lowest = np.minimum.accumulate(by_hand)

    _fit(_model("sgd"), finder)

    steps = int(np.argmax(by_hand > 4 * lowest)) + 1
    assert 3 < steps < _STEPS
    assert steps == len(finder.rates) == len(finder.losses)
    np.testing.assert_allclose(finder.smoothed, by_hand[:steps], rtol=1e-3)


def test_the_test_ends_at_a_loss_that_is_not_finite():
    model = _model("sgd")
    x = tiny.X.copy()
    x[9] = np.nan  # in the third batch

    finder = LearningRateFinder(start=1e-3, num_steps=_STEPS)
    model.fit(x, tiny.Y, batch_size=4, epochs=5, shuffle=False, verbose=0, callbacks=[finder])

    assert 2 == len(finder.rates) == len(finder.losses)
    assert np.isfinite(model.get_weights()[0]).all()


def test_a_skipped_update_is_no_step_of_the_test():
    inner = RecordingSGD(0.7)
    optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=2.0**127)
    finder = LearningRateFinder(start=1e-3, end=0.1, num_steps=20)

    _fit(_model(optimizer), finder, epochs=8)

    expected = np.geomspace(1e-3, 0.1, 20)
    np.testing.assert_allclose(inner._rates.array()[:20], expected, rtol=1e-6)
    np.testing.assert_allclose(finder.rates, expected, rtol=1e-6)


def test_the_suggestions_are_those_of_the_smoothed_losses():
    finder = LearningRateFinder(start=1e-4, end=1.0, num_steps=40)

    _fit(_model("adam"), finder, epochs=8)

    assert suggestions.suggest(finder.rates, finder.smoothed) == finder.suggestions
    assert finder.suggestions["valley"] == finder.suggestion
    assert finder.suggestion is not None


def test_the_outcome_is_written(tmp_path):
    finder = LearningRateFinder(tmp_path / "run", start=1e-3, end=0.5, num_steps=_STEPS)

    _fit(_model("sgd"), finder)

    record = logdirs.read(tmp_path / "run").records["lr_tb/finder"]
    assert finder.rates == list(record.rates)
    assert finder.losses == list(record.losses)
    assert finder.smoothed == list(record.smoothed)
    assert finder.suggestions == record.suggestions
    assert {"valley", "slide", "minimum", "steep"} == set(record.suggestions)


def test_an_outcome_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    finder = LearningRateFinder(tmp_path / "file" / "run", start=1e-3, num_steps=_STEPS)

    with pytest.warns(RuntimeWarning, match="cannot write the range test"):
        _fit(_model("sgd"), finder)

    assert finder.suggestion is not None


def test_a_second_test_forgets_the_first():
    finder, model = LearningRateFinder(start=1e-3, end=0.1, num_steps=_STEPS), _model("sgd")

    for _ in range(2):
        _fit(model, finder)

    assert _STEPS == len(finder.rates) == len(finder.losses) == len(finder.smoothed)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_data_that_run_out_are_told():
    def batches():
        for i in range(21):
            yield tiny.X[i % 20 : i % 20 + 1], tiny.Y[i % 20 : i % 20 + 1]

    finder, model = LearningRateFinder(start=1e-3, end=0.1, num_steps=_STEPS), _model("sgd")
    before = model.get_weights()

    with pytest.warns(RuntimeWarning, match="ended after 21 of 25 steps"):
        model.fit(batches(), shuffle=False, verbose=0, callbacks=[finder])

    assert 21 == len(finder.losses)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 0.0}, "`start` must be > 0"),
        ({"start": float("nan")}, "`start` must be finite"),
        ({"start": 0.1, "end": 0.1}, r"`end` must be above start=0\.1\. Received: end=0\.1"),
        ({"num_steps": 19}, "`num_steps` must be >= 20. Received: num_steps=19"),
        ({"mode": "log"}, "`mode` must be one of 'exponential', 'linear'"),
        ({"log_dir": "gs://bucket"}, "`log_dir` must be a local path"),
    ],
)
def test_bad_arguments_are_refused_when_the_callback_is_made(arguments, message):
    with pytest.raises(ValueError, match=message):
        LearningRateFinder(**arguments)


def _refused(model, *callbacks, match, **arguments):
    before = [np.array(each) for each in model.get_weights()]
    with pytest.raises(ValueError, match=match):
        tiny.fit(model, list(callbacks), **arguments)
    for expected, found in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, found)
    tiny.fit(model, [])


def test_several_steps_per_execution_are_refused():
    finder = LearningRateFinder(num_steps=20)
    _refused(_model("sgd", steps_per_execution=2), finder, match="`steps_per_execution` must be 1")


@pytest.mark.parametrize(("epochs", "initial_epoch"), [(4, 0), (9, 5)])
def test_a_fit_shorter_than_the_test_is_refused(epochs, initial_epoch):
    match = rf"at most the 20 steps of the fit.*num_steps=21.*epochs={initial_epoch + 5} "
    finder = LearningRateFinder(num_steps=21)
    _refused(_model("sgd"), finder, match=match, epochs=epochs, initial_epoch=initial_epoch)
    _fit(_model("sgd"), LearningRateFinder(num_steps=20), epochs=4)


@pytest.mark.parametrize(
    ("other", "match"),
    [
        (LearningRateFinder(num_steps=20), "LearningRateFinder, LearningRateFinder"),
        (LearningRateScheduler(0.1), "LearningRateFinder, LearningRateScheduler"),
        (ReduceLROnPlateau("loss"), "LearningRateFinder, ReduceLROnPlateau"),
    ],
)
def test_two_callbacks_that_decide_on_the_rate_are_refused(other, match):
    _refused(_model("sgd"), LearningRateFinder(num_steps=20), other, match=match, epochs=4)


def test_a_finder_inside_a_running_finder_is_refused():
    class Nested(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            _fit(self.model, LearningRateFinder(num_steps=20))

    finder = LearningRateFinder(num_steps=20)
    match = "LearningRateFinder, LearningRateFinder"
    with pytest.raises(ValueError, match=match):
        _fit(_model("sgd"), finder, Nested())


def test_a_train_step_without_a_loss_is_refused():
    class Silent(keras.Sequential):
        def train_step(self, *data):
            return {"count": 1.0}

    model = Silent([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")

    with pytest.raises(ValueError, match="`train_step` must return a `loss`.*keys count"):
        _fit(model, LearningRateFinder(num_steps=20))
