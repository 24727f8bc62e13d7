"""Every schedule trains the MNIST model, and the rates planned, applied and logged are one.

Ten steps are an epoch. In graph mode each schedule is compiled into a model of its own. XLA
takes seconds for one, so one train function holds all schedules, and a variable says which
is in force; a composition has a model of its own there too.
"""

import keras
import numpy as np
import pytest
from keras.optimizers.schedules import LearningRateSchedule

import logdirs
from lr_tb import LearningRateMonitor, mnist
from lr_tb.digits import draw_digits
from lr_tb.records import PLAN_TAG
from lr_tb.schedules import from_spec
from lr_tb.schedules.evaluate import evaluate
from lr_tb.schedules.known import KNOWN
from recording import RecordingAdam

_BATCH_SIZE = 32
_N = 10
_STEPS = np.arange(_N)
_SPECS = {
    "Clip": "Clip(PolynomialDecay(3e-3, total_steps), 1e-3, 2e-3)",
    "CosineDecay": "CosineDecay(3e-3, total_steps)",
    "CosineDecayRestarts": "CosineDecayRestarts(3e-3, 4, m_mul=0.5)",
    "Cyclical": "Cyclical(1e-4, 3e-3, 2, step_size_down=3, mode='triangular2')",
    "EveryEpoch": "EveryEpoch(ExponentialDecay(3e-3, 1, 0.5), total_steps / 3)",
    "ExponentialDecay": "ExponentialDecay(3e-3, 3, 0.5, staircase=True)",
    "InverseTimeDecay": "InverseTimeDecay(3e-3, 2, 0.5)",
    "OneCycle": "OneCycle(3e-3, total_steps)",
    "PiecewiseConstantDecay": "PiecewiseConstantDecay([3, 6], [3e-3, 1e-3, 1e-4])",
    "PiecewiseInterpolated": "PiecewiseInterpolated([1, 3.5, 8], [0.0, 3e-3, 1e-4])",
    "PolynomialDecay": "PolynomialDecay(3e-3, total_steps - 2, 1e-4, power=2.0)",
    "PowerDecay": "PowerDecay(3e-3, 2)",
    "Product": "Product([PowerDecay(3e-3, 5), PolynomialDecay(1.0, total_steps, 0.0)])",
    "Repeat": "Repeat(PolynomialDecay(3e-3, 3, 0.0), 3, period_multiplier=1.5, decay=0.9)",
    "Sequence": "Sequence([1e-3, TanhDecay(3e-3, 5)], [4])",
    "Table": "Table([1e-3, 3e-3, 2e-3, 1e-3])",
    "TanhDecay": "TanhDecay(3e-3, total_steps, end_learning_rate=1e-5)",
    "Warmup": "Warmup(InverseTimeDecay(3e-3, 2, 0.5), 2.5, power=2.0)",
    "WarmupStableDecay": "WarmupStableDecay(3e-3, 3, 3, 3, decay='1-sqrt')",
    "three deep": "Warmup(Sequence([Repeat(CosineDecay(3e-3, 2), 2), Table([2e-3])], [4]), 3)",
}
_REFUSES_ARRAYS = "CosineDecay(0.0, 7, warmup_target=3e-3, warmup_steps=3)"


def _schedule(name):
    return from_spec(_SPECS[name], total_steps=_N)


@pytest.fixture(scope="module")
def digits(request):
    """A few hundred images and labels: MNIST's where there is MNIST."""
    try:
        path = request.getfixturevalue("mnist_path")
    except pytest.skip.Exception:
        images, labels = draw_digits(_N * _BATCH_SIZE, seed=0)
        return images[..., np.newaxis] / np.float32(255), keras.utils.to_categorical(labels, 10)
    data = mnist.load_data(str(path))
    return data.x_train[: _N * _BATCH_SIZE], data.y_train[: _N * _BATCH_SIZE]


def _model(schedule, **how):
    keras.utils.set_random_seed(0)
    model = mnist.build_model()
    model.compile(RecordingAdam(schedule), "categorical_crossentropy", metrics=["accuracy"], **how)
    return model


def _train(model, digits, log_dir, schedule):
    """Train an epoch and compare the rates: those applied, logged, planned, and the schedule's."""
    monitor = LearningRateMonitor(log_dir, plan=schedule, total_steps=_N)
    history = model.fit(*digits, batch_size=_BATCH_SIZE, verbose=0, callbacks=[monitor])
    applied = model.optimizer.applied()
    logged = logdirs.read(log_dir / "train").scalars["step/learning_rate"]
    plan = logdirs.read(log_dir).records[PLAN_TAG]
    precision = 1e-6 * max(applied)
    np.testing.assert_allclose(applied, [logged[step] for step in _STEPS], atol=precision, rtol=0)
    np.testing.assert_allclose(applied, evaluate(schedule, _STEPS), atol=precision, rtol=0)
    np.testing.assert_allclose(applied[plan.steps], plan.rates, atol=precision, rtol=0)
    assert len(applied) == len(logged) == _N
    assert np.isfinite(history.history["loss"]).all()


def test_every_schedule_is_trained_with():
    assert set(KNOWN) < set(_SPECS)


@pytest.mark.parametrize("spec", [*_SPECS.values(), _REFUSES_ARRAYS])
def test_a_schedule_trains_in_graph_mode_and_survives_a_file(spec, digits, tmp_path):
    schedule = from_spec(spec, total_steps=_N)
    model = _model(schedule, jit_compile=False)
    _train(model, digits, tmp_path / "logs", schedule)

    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").optimizer

    assert type(schedule) is type(loaded._learning_rate)
    assert _N == int(loaded.iterations)
    steps = np.arange(3 * _N)
    np.testing.assert_array_equal(evaluate(schedule, steps), evaluate(loaded._learning_rate, steps))


@pytest.mark.parametrize("spec", [_SPECS["three deep"], _REFUSES_ARRAYS])
def test_a_schedule_trains_under_xla(spec, digits, tmp_path):
    schedule = from_spec(spec, total_steps=_N)

    _train(_model(schedule, jit_compile=True), digits, tmp_path, schedule)


class _Chosen(LearningRateSchedule):
    """All schedules in one graph; a variable says which one is in force."""

    def __init__(self, schedules):
        self._schedules = schedules
        self.index = keras.Variable(0, trainable=False, dtype="int32")

    def __call__(self, step):
        rates = keras.ops.stack([schedule(step) for schedule in self._schedules])
        return keras.ops.take(rates, self.index, axis=0)

    def get_config(self):
        return {}


@pytest.fixture(scope="module")
def chosen_model():
    """A model compiled once, and the weights it starts from."""
    model = _model(_Chosen([_schedule(name) for name in _SPECS]), jit_compile=True)
    return model, model.get_weights()


@pytest.mark.parametrize("name", _SPECS)
def test_each_schedule_trains_under_xla(name, chosen_model, digits, tmp_path):
    model, start = chosen_model
    model.set_weights(start)
    model.optimizer.iterations.assign(0)
    model.optimizer._learning_rate.index.assign(list(_SPECS).index(name))

    _train(model, digits, tmp_path, _schedule(name))
