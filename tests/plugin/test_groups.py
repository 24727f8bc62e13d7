import json

import numpy as np
import pytest

import foreign_logs
import sample_logs
from lr_tb.plugin import replies
from lr_tb.plugin.groups import find_groups, metrics_of, natural_order
from lr_tb.plugin.logdir import open_logdir
from lr_tb.records import ProfileRecord, StepTime
from plugin_client import client_of


def _groups(logdir):
    return {group.name: group for group in replies.read_groups(open_logdir(logdir))}


def _names(scalars, records=()):
    index = {run: dict.fromkeys(tags, 1.0) for run, tags in scalars.items()}
    return [group.name for group in find_groups({}, index, {name: {} for name in records})]


@pytest.mark.parametrize(
    "scalars, groups",
    [
        ({"a/train": ["epoch/loss"]}, ["a"]),
        ({"a/validation": ["epoch/loss"]}, ["a"]),
        ({"a/train": ["epoch/loss"], "a/validation": ["epoch/loss"]}, ["a"]),
        ({"train": ["epoch/loss"]}, ["."]),
        ({"validation": ["epoch/loss"], "b/train": ["epoch/loss"]}, [".", "b"]),
        ({"a/train": []}, []),
        ({"a": ["optimizer/lr"]}, ["a"]),
        ({".": ["optimizer/lr"]}, ["."]),
        ({"a": ["loss"]}, []),
        ({"a": ["optimizer/lr"], "b": ["loss"]}, ["a"]),
        ({"train/train": ["loss"]}, ["train"]),
        ({"a/training": ["loss"]}, []),
        ({"lr10/train": ["x"], "lr2/train": ["x"]}, ["lr2", "lr10"]),
    ],
)
def test_which_directories_are_run_groups(scalars, groups):
    assert _names(scalars) == groups


def test_a_record_alone_makes_a_group(tmp_path):
    sample_logs.write_records(tmp_path / "planned", sample_logs.plan("planned"))

    assert list(_groups(tmp_path)) == ["planned"]


@pytest.mark.parametrize(
    "folder, plan, row, parent, seed",
    [
        ("cosine/seed0", {"name": "cosine", "seed": 7}, "cosine", "cosine", 7),
        ("cosine/seed12", {"name": "cosine"}, "cosine", "cosine", 12),
        ("cosine/seed3", None, "cosine", "cosine", 3),
        ("seed3", None, "seed3", "", 3),
        ("x/y", None, "y", "x", None),
        ("x/seedy", None, "seedy", "x", None),
        ("x/y", {"name": "renamed"}, "renamed", "x", None),
    ],
)
def test_groups_of_one_row_and_parent_are_seeds(tmp_path, folder, plan, row, parent, seed):
    if plan:
        sample_logs.write_records(tmp_path / folder, sample_logs.plan(**plan))
    sample_logs.write_scalars(tmp_path / folder / "train", {"step/learning_rate": {0: 0.1}})

    group = _groups(tmp_path)[folder]

    assert (group.row, group.parent, group.seed) == (row, parent, seed)


def test_the_log_directory_itself_can_be_a_group(tmp_path):
    sample_logs.write_group(tmp_path, sample_logs.plan(), accuracies=[0.5], rates=[0.1])

    group = _groups(tmp_path)["."]

    assert (group.row, group.parent) == ("cosine", "")
    assert {curve.run for curve in group.found.curves} == {"train", "validation"}


def test_its_version_changes_with_each_new_point_and_record(tmp_path):
    folder = tmp_path / "a"
    versions = []

    def look():
        group = _groups(tmp_path)["a"]
        versions.append((group.updated, dict(group.records_updated)))

    sample_logs.write_scalars(folder / "train", {"step/learning_rate": {0: 0.1}})
    look()
    sample_logs.write_scalars(folder / "train", {"step/learning_rate": {1: 0.2}})
    look()
    sample_logs.write_records(folder, sample_logs.plan())
    look()
    sample_logs.write_records(folder, sample_logs.step_times())
    look()

    assert len({updated for updated, _ in versions}) == 4
    assert [sorted(kinds) for _, kinds in versions] == [[], [], ["plan"], ["plan", "step_times"]]
    assert versions[2][1]["plan"] == versions[3][1]["plan"]


@pytest.mark.parametrize("folder, capture", [("a/b", "a/b/train/c1"), (".", "train/c1")])
def test_captures_are_named_as_the_profile_tab_names_them(tmp_path, folder, capture):
    profile = ProfileRecord(capture="c1", device=None, rows=(StepTime(step=0),))
    sample_logs.write_records(tmp_path / folder, profile)

    assert _groups(tmp_path)[folder].as_dict()["captures"] == [capture]


def test_metrics_go_by_keras_names_and_prefer_the_epochs(tmp_path):
    sample_logs.write_scalars(
        tmp_path / "a" / "train",
        {"step/accuracy": {0: 0.1}, "epoch/accuracy": {9: 0.2}, "step/learning_rate": {0: 0.1}},
    )
    sample_logs.write_scalars(tmp_path / "a" / "validation", {"epoch/accuracy": {9: 0.3}})

    group = _groups(tmp_path)["a"]

    assert {name: (c.run, c.tag) for name, c in group.metrics.items()} == {
        "accuracy": ("a/train", "epoch/accuracy"),
        "val_accuracy": ("a/validation", "epoch/accuracy"),
    }
    assert metrics_of([group]) == ["val_accuracy", "accuracy"]


def test_a_metric_of_ours_that_has_no_epochs_yet_is_not_compared(tmp_path):
    sample_logs.write_scalars(tmp_path / "a" / "train", {"step/accuracy": {0: 0.1}})

    assert _groups(tmp_path)["a"].metrics == {}


def test_several_optimizers_are_told_in_one_line(tmp_path):
    for optimizer, schedule in {"sgd": "float", "adam": "CosineDecay"}.items():
        record = sample_logs.plan("two", schedule=schedule, note=f"{optimizer}!")
        sample_logs.write_records(tmp_path / "two", record, optimizer=optimizer)

    values = _groups(tmp_path)["two"].as_dict()

    assert values["schedule"] == "adam: CosineDecay, sgd: float"
    assert (values["spec"], values["optimizers"]) == (None, ["adam", "sgd"])
    assert values["note"] == "adam!, sgd!"


@pytest.mark.parametrize("name", [*foreign_logs.WORDS])
def test_logs_of_others_are_groups_with_rates_and_metrics(foreign, name):
    values = _groups(foreign)[name].as_dict()

    assert (values["source"], values["recognised"]) == (name, foreign_logs.WORDS[name])
    assert (values["schedule"], values["total_steps"], values["records"]) == (None, None, [])
    assert {"learning_rate", "loss"} <= {curve["quantity"] for curve in values["curves"]}
    assert values["curves"][0]["unit"] == ("epoch" if name == "keras" else "step")


def test_the_rates_of_others_are_those_they_wrote(foreign):
    client = client_of(foreign)

    for name, (tag, _, _) in foreign_logs.TAGS.items():
        points = client.get("/series", query_string={"tag": tag}).json["runs"][name]
        expected = foreign_logs.rate(points["steps"])
        assert points["steps"] == list(range(foreign_logs.STEPS))
        assert points["values"] == pytest.approx(expected.tolist(), rel=1e-6)
    points = client.get("/series?tag=epoch_learning_rate").json["runs"]["keras/train"]
    expected = foreign_logs.keras_rate(np.arange(foreign_logs.EPOCHS))
    assert points["values"] == pytest.approx(expected.tolist(), rel=1e-6)


def test_others_are_compared_by_what_they_measured(foreign):
    rows = client_of(foreign).get("/compare?metric=val_accuracy").json["rows"]

    by_name = {row["name"]: row for row in rows}
    assert sorted(by_name) == sorted(foreign_logs.WORDS)
    for name in ("transformers", "summary"):
        row = by_name[name]
        assert (row["mean"], row["best_step"]) == (pytest.approx(0.89), foreign_logs.STEPS - 1)
    assert by_name["keras"]["unit"] == "epoch"
    assert by_name["lightning"]["status"] == "no data"


def test_what_runs_says_is_json(logs):
    for group in _groups(logs).values():
        assert json.loads(json.dumps(group.as_dict()))["name"] == group.name


@pytest.mark.parametrize("names", [["a1", "a2", "a10", "a10b", "b"], ["1", "2", "10", "٣"]])
def test_numbers_in_names_sort_by_value(names):
    assert sorted(reversed(names), key=natural_order) == names
