"""A search, from end to end."""

import json
import shutil

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams import metadata as hparams_metadata

import logdirs
from lr_tb.backup import TrainingFolder
from lr_tb.cli import main
from lr_tb.tuner.project import hash_of
from tuner import tiny

_STEPS = np.arange(tiny.TOTAL_STEPS)
_RATES = {
    "flat": np.full(tiny.TOTAL_STEPS, 1e-2),
    "cosine": 0.5 * 3e-2 * (1 + np.cos(np.pi * _STEPS / tiny.TOTAL_STEPS)),
}
_GROUPS = [f"{name}/seed{seed}" for name in _RATES for seed in (0, 1)]


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A folder and the tuner that has searched there, with two seeds."""
    folder = tmp_path_factory.mktemp("searched")
    return folder, tiny.search(tiny.tuner(folder, executions_per_trial=2))


def _accuracies(folder, name):
    """Return the best validation accuracy of each seed, as it stands in the event files."""
    runs = [folder / "logs" / name / f"seed{seed}" / "validation" for seed in (0, 1)]
    return [max(logdirs.read(run).scalars["epoch/accuracy"].values()) for run in runs]


def _hparams(group):
    """Return the hyperparameters of a run group, as TensorBoard's plugin decodes them."""
    for file in group.glob("*tfevents*"):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                if value.tag == hparams_metadata.SESSION_START_INFO_TAG:
                    content = value.metadata.plugin_data.content
                    info = hparams_metadata.parse_session_start_info_plugin_data(content)
                    return {k: getattr(v, v.WhichOneof("kind")) for k, v in info.hparams.items()}
    raise AssertionError(f"no hyperparameters in {group}")


def test_each_execution_is_a_run_group(searched):
    folder, _ = searched

    groups = {path.parent.relative_to(folder / "logs") for path in folder.glob("logs/**/train")}

    assert sorted(_GROUPS) == sorted(map(str, groups))


def test_a_single_execution_needs_no_folder_of_its_seed(tmp_path):
    tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), epochs=1)

    assert (tmp_path / "logs" / "flat" / "train").is_dir()
    assert "flat" == logdirs.read(tmp_path / "logs" / "flat").records["lr_tb/plan"].name


@pytest.mark.parametrize("group", _GROUPS)
def test_the_plan_is_applied_at_every_step(searched, group):
    name, seed = group.split("/seed")
    plan = logdirs.read(searched[0] / "logs" / group).records["lr_tb/plan"]
    applied = logdirs.read(searched[0] / "logs" / group / "train").scalars["step/learning_rate"]

    assert _STEPS.tolist() == list(applied)
    assert _RATES[name] == pytest.approx(list(applied.values()), abs=1e-6 * 3e-2)
    assert _RATES[name] == pytest.approx(np.interp(_STEPS, plan.steps, plan.rates), abs=3e-5)
    assert (name, int(seed), 18) == (plan.name, plan.seed, plan.total_steps)


@pytest.mark.parametrize("group", _GROUPS)
def test_the_trial_is_in_the_hparams_tab(searched, group):
    name, seed = group.split("/seed")

    hparams = _hparams(searched[0] / "logs" / group)

    assert (name, "SGD", 16, int(seed)) == tuple(
        hparams[key] for key in ("schedule", "optimizer", "batch_size", "seed")
    )


def test_results_are_those_of_the_event_files(searched):
    folder, tuner = searched

    results = {result.name: result for result in tuner.results()}

    assert set(_RATES) == set(results)
    for name, result in results.items():
        values = _accuracies(folder, name)
        assert values == pytest.approx(result.values)
        assert np.mean(values) == pytest.approx(result.mean)
        assert np.std(values, ddof=1) == pytest.approx(result.std)
        assert (2, (0, 1)) == (result.n, result.seeds)
    best = max(results.values(), key=lambda result: result.mean)
    assert best is results[tuner.results()[0].name] or best.mean == tuner.results()[0].mean
    assert best.tied


def test_groups_of_others_in_the_log_dir_are_left_out(searched, tmp_path):
    folder = shutil.copytree(searched[0], tmp_path / "copy")
    for name in ("other", "flat-0007"):
        shutil.copytree(folder / "logs" / "flat", folder / "logs" / name)

    results = tiny.tuner(folder, executions_per_trial=2).results()

    assert ["cosine", "flat"] == sorted(result.name for result in results)
    assert [2, 2] == [result.n for result in results]


def test_the_oracle_s_scores_are_the_means_of_the_results(searched):
    scores = {
        trial.hyperparameters.get("schedule"): trial.score
        for trial in searched[1].oracle.get_best_trials(2)
    }

    assert {r.name: r.mean for r in searched[1].results()} == pytest.approx(scores)


def test_results_are_those_of_the_report(searched, capsys):
    folder, tuner = searched

    metric = ["--metric", "val_accuracy", "--format", "json"]
    assert 0 == main(["report", str(folder / "logs"), *metric])

    reported = json.loads(capsys.readouterr().out)
    rows = json.loads(json.dumps([result.as_dict() for result in tuner.results()]))
    assert "val_accuracy" == reported["metric"]
    assert len(rows) == len(reported["rows"])
    for row, expected in zip(rows, reported["rows"], strict=True):
        assert {key: row[key] for key in expected if key in row and key != "parent"} == {
            key: value for key, value in expected.items() if key in row and key != "parent"
        }
        assert {"name", "values", "mean", "std", "n", "tied"} <= set(expected)


def test_steps_to_a_target_are_counted(searched):
    folder, tuner = searched
    run = logdirs.read(folder / "logs" / "flat" / "seed0" / "validation")
    target = run.scalars["epoch/accuracy"][5]

    flat = next(result for result in tuner.results(target=target) if result.name == "flat")

    firsts = []
    for seed in (0, 1):
        run = logdirs.read(folder / "logs" / "flat" / f"seed{seed}" / "validation")
        points = run.scalars["epoch/accuracy"].items()
        firsts += [next((step for step, value in points if value >= target), None)]
    reached = [step for step in firsts if step is not None]
    assert len(reached) == flat.reached >= 1
    assert flat.steps_to_target == (np.mean(firsts) if len(reached) == 2 else None)


def test_the_summary_is_a_table_of_all_schedules(searched, capsys):
    searched[1].results_summary()

    printed = capsys.readouterr().out
    assert "val_accuracy" in printed
    assert all(name in printed for name in _RATES)


def test_the_same_seeds_give_the_same_numbers(searched, tmp_path):
    again = tiny.search(tiny.tuner(tmp_path, executions_per_trial=2))

    assert [r.values for r in searched[1].results()] == [r.values for r in again.results()]
    for group in _GROUPS:
        ours, theirs = (
            logdirs.read(folder / "logs" / group / "train").scalars["step/loss"]
            for folder in (searched[0], tmp_path)
        )
        assert ours == theirs


def test_seeds_differ(searched):
    for name in _RATES:
        losses = [
            logdirs.read(searched[0] / "logs" / name / f"seed{seed}" / "train").scalars["step/loss"]
            for seed in (0, 1)
        ]
        assert losses[0] != losses[1]


def test_schedules_share_the_weights_of_a_seed(searched):
    first = [
        logdirs.read(searched[0] / "logs" / name / "seed0" / "train").scalars["step/loss"][0]
        for name in _RATES
    ]

    assert first[0] == first[1]


def test_the_history_of_every_epoch_is_kept(searched):
    folder, tuner = searched
    path = folder / "search" / "tiny" / "trial_0001" / "execution1"

    history = TrainingFolder(path, hash_of({"schedule": "cosine"})).history

    logged = logdirs.read(folder / "logs" / "cosine" / "seed1" / "validation").scalars
    assert list(logged["epoch/loss"].values()) == pytest.approx([h["val_loss"] for h in history])
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} == set(history[0])


def test_the_best_schedules_come_first(searched):
    _, tuner = searched

    schedules = tuner.get_best_schedules(2)

    rates = {"flat": 1e-2, "cosine": 3e-2 * 0.75}  # A third of the way: cos(pi / 3) = 1 / 2.
    expected = [rates[trial.hyperparameters.get("schedule")] for trial in _best(tuner)]
    at_6 = [each if isinstance(each, float) else float(each(6)) for each in schedules]
    assert expected == pytest.approx(at_6)


def _best(tuner):
    return tuner.oracle.get_best_trials(2)


def test_the_best_model_has_the_weights_of_its_best_epoch(searched):
    _, tuner = searched

    (model,) = tuner.get_best_models(1)

    loss, accuracy = model.evaluate(*tiny.data(), verbose=0)
    best = max(tuner.results(), key=lambda result: result.mean)
    assert max(best.values) == pytest.approx(accuracy)
    assert np.isfinite(loss)


def test_a_search_that_is_over_does_nothing_more(searched):
    folder, tuner = searched
    files = {path: path.stat().st_mtime_ns for path in folder.glob("logs/**/*tfevents*")}

    again = tiny.search(tiny.tuner(folder, executions_per_trial=2))

    assert files == {path: path.stat().st_mtime_ns for path in folder.glob("logs/**/*tfevents*")}
    assert [r.name for r in tuner.results()] == [r.name for r in again.results()]
