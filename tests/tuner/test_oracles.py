"""KerasTuner's oracles search the schedules and the hyperparameters inside them."""

import json

import keras_tuner
import numpy as np
import pytest
from keras_tuner.oracles import (
    BayesianOptimizationOracle,
    HyperbandOracle,
    RandomSearchOracle,
)

import logdirs
from lr_tb.schedules import OneCycle
from tuner import tiny


def _one_cycle(hp, total_steps):
    return OneCycle(hp.Float("peak", 1e-2, 1e-1, sampling="log"), total_steps)


def _linear(hp, total_steps):
    return f"PolynomialDecay({hp.Choice('start', [0.02, 0.04, 0.08])}, {total_steps}, 0.0)"


_SCHEDULES = {"one_cycle": _one_cycle, "linear": _linear}


def _search(folder, oracle, schedules=_SCHEDULES, **options):
    return tiny.search(tiny.tuner(folder, schedules, oracle=oracle), epochs=1, **options)


def _read(folder, name):
    group = folder / "logs" / name
    applied = logdirs.read(group / "train").scalars["step/learning_rate"]
    return logdirs.read(group).records["lr_tb/plan"], applied


def _trials(folder):
    """Return the values of each trial by the name of its row."""
    trials = {}
    for path in sorted((folder / "search" / "tiny").glob("trial_*")):
        values = json.loads((path / "trial.json").read_text())["hyperparameters"]["values"]
        trials[path.name] = json.loads((path / "lr_tb.json").read_text())["name"], values
    return trials


def _check_trials(folder, count):
    """Each trial has its own group, the hyperparameters of its schedule and its rates."""
    trials = _trials(folder)
    assert count == len(trials)
    for trial, (name, values) in trials.items():
        schedule = values["schedule"]
        assert f"{schedule}-{trial.removeprefix('trial_')}" == name
        own = {"one_cycle": "one_cycle/peak", "linear": "linear/start"}[schedule]
        assert {"schedule", own} == set(values)
        plan, applied = _read(folder, name)
        peak = max(plan.rates)
        assert values[own] == pytest.approx(peak, rel=2e-2 if schedule == "one_cycle" else 1e-6)
        planned = np.interp(list(applied), plan.steps, plan.rates)
        assert planned == pytest.approx(list(applied.values()), abs=1e-3 * peak)


class _Stubborn(keras_tuner.Oracle):
    """Comes to the same schedule again and again, as Bayesian optimization may."""

    def populate_space(self, trial_id):
        return {"status": "RUNNING", "values": {"schedule": "only"}}


def test_random_search(tmp_path):
    oracle = RandomSearchOracle(max_trials=4, seed=3)

    tuner = _search(tmp_path, oracle)

    _check_trials(tmp_path, 4)
    assert 4 == len(tuner.results())
    assert {"one_cycle", "linear"} == {v["schedule"] for _, v in _trials(tmp_path).values()}


def test_bayesian_optimization(tmp_path):
    oracle = BayesianOptimizationOracle(max_trials=4, num_initial_points=3, seed=1)

    _search(tmp_path, oracle)

    _check_trials(tmp_path, 4)


def test_a_schedule_that_is_tried_again_is_logged_apart(tmp_path):
    tuner = _search(tmp_path, _Stubborn(max_trials=2), {"only": 1e-2})

    assert ["only", "only-1"] == sorted(result.name for result in tuner.results())


def test_the_grid_goes_over_the_values_inside_schedules(tmp_path):
    schedules = {"flat": 1e-2, "linear": _linear}

    tuner = tiny.search(tiny.tuner(tmp_path, schedules), epochs=1)

    names = ["flat-0000", "linear-0001", "linear-0002", "linear-0003"]
    assert names == sorted(result.name for result in tuner.results())
    starts = [_read(tmp_path, name)[0].rates[0] for name in names]
    assert [0.01, 0.02, 0.04, 0.08] == pytest.approx(starts)


@pytest.fixture(scope="module")
def hyperband(tmp_path_factory):
    """A folder where Hyperband has searched: brackets of 1 and 3 epochs, and of 3 only."""
    folder = tmp_path_factory.mktemp("hyperband")
    tuner = tiny.tuner(folder, _SCHEDULES, oracle=HyperbandOracle(max_epochs=3, seed=4))
    return folder, tiny.search(tuner, epochs=1)


def _promoted(folder):
    return {k: v for k, (_, v) in _trials(folder).items() if "tuner/trial_id" in v}


def test_hyperband_builds_schedules_for_the_longest_training(hyperband):
    for name, _ in _trials(hyperband[0]).values():
        plan, _ = _read(hyperband[0], name)

        assert 3 * tiny.STEPS_PER_EPOCH == plan.total_steps


def test_in_hyperband_a_promoted_trial_goes_on_with_its_schedule(hyperband):
    folder, _ = hyperband
    trials = _trials(folder)
    assert _promoted(folder)

    for trial, values in _promoted(folder).items():
        parent = f"trial_{values['tuner/trial_id']}"
        assert trials[parent][0] == trials[trial][0]
        plan, applied = _read(folder, trials[trial][0])
        assert list(range(18)) == sorted(applied)
        planned = np.interp(range(18), plan.steps, plan.rates)
        rates = [applied[step] for step in range(18)]
        assert planned == pytest.approx(rates, abs=1e-3 * max(plan.rates))


def test_in_hyperband_others_end_early(hyperband):
    folder, _ = hyperband
    trials = _trials(folder)
    kept = {trials[trial][0] for trial in _promoted(folder)}

    ended = {name: values["tuner/epochs"] for name, values in trials.values() if name not in kept}

    assert 1 in ended.values()
    for name, epochs in ended.items():
        assert list(range(6 * epochs)) == sorted(_read(folder, name)[1])


def test_in_hyperband_each_epoch_is_trained_once(hyperband):
    folder, _ = hyperband
    for name in {name for name, _ in _trials(folder).values()}:
        written = logdirs.read(folder / "logs" / name / "train")

        assert len(written.scalars["epoch/loss"]) == written.tags.count("epoch/loss")


def test_in_hyperband_there_is_one_row_for_each_group(hyperband):
    folder, tuner = hyperband
    names = {name for name, _ in _trials(folder).values()}

    assert sorted(names) == sorted(result.name for result in tuner.results())
    assert len(names) == len(tuner.get_best_schedules(100))


def test_an_objective_of_the_oracle_s_own_is_kept(tmp_path):
    oracle = RandomSearchOracle(keras_tuner.Objective("val_loss", "min"), max_trials=2, seed=0)

    tuner = _search(tmp_path, oracle)

    best = [min(values.values()) for values in map(_losses(tmp_path), tuner.results())]
    assert best == sorted(best)


def _losses(folder):
    def read(result):
        return logdirs.read(folder / "logs" / result.name / "validation").scalars["epoch/loss"]

    return read
