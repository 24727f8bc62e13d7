"""`lr-tb report` says who won: as a table, as JSON and as CSV, from the logs alone."""

import csv
import io
import json
import re

import numpy as np
import pytest

import logdirs
import sample_logs
from lr_tb.cli import main
from lr_tb.comparison import ScheduleResult
from lr_tb.events import EventWriter

_SEEDS = {"a": [0.91, 0.93, 0.95], "b": [0.90, 0.93, 0.94], "c": [0.5, 0.6, 0.55]}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    """Three schedules with three seeds each: `a` is best, `b` tied with it, `c` worse."""
    logdir = tmp_path_factory.mktemp("seeded")
    for name, bests in _SEEDS.items():
        for seed, best in enumerate(bests):
            plan = sample_logs.plan(name, seed=seed)
            folder = logdir / name / f"seed{seed}"
            sample_logs.write_group(
                folder,
                plan,
                sample_logs.step_times(),
                accuracies=[best, best - 0.25],
                losses=[2, 1],
            )
    return logdir


@pytest.fixture(scope="module")
def trained(tmp_path_factory, digits_path):
    """Two schedules, really trained with three seeds each."""
    logdir = tmp_path_factory.mktemp("trained") / "logs"
    options = ["--schedule", "constant", "cosine", "--seeds", "3", "--epochs", "2"]
    places = ["--data", str(digits_path), "--logdir", str(logdir), "--batch-size", "8"]
    assert 0 == main(["mnist", *options, *places])
    return logdir


@pytest.fixture
def report(capsys):
    """Return a function that runs the command: `(status, standard output, standard error)`."""

    def run(logdir, *arguments):
        capsys.readouterr()
        status = main(["report", str(logdir), *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def _json(report, *arguments):
    status, out, err = report(*arguments, "--format", "json")
    assert (0, "") == (status, err)
    return json.loads(out)


def test_json_holds_the_numbers_of_the_event_files(report, trained):
    found = _json(report, trained)

    assert (1, "val_accuracy") == (found["version"], found["metric"])
    assert {"constant", "cosine"} == {row["name"] for row in found["rows"]}
    for row in found["rows"]:
        series = [
            logdirs.read(trained / row["name"] / f"seed{seed}" / "validation").scalars
            for seed in range(3)
        ]
        accuracies = [list(scalars["epoch/accuracy"].values()) for scalars in series]
        assert [max(values) for values in accuracies] == row["values"]
        assert [values[-1] for values in accuracies] == row["final_values"]
        assert np.mean(row["values"]) == pytest.approx(row["mean"], abs=1e-15)
        assert np.std(row["values"], ddof=1) == pytest.approx(row["std"], abs=1e-15)
        losses = [list(scalars["epoch/loss"].values())[-1] for scalars in series]
        assert np.mean(losses) == pytest.approx(row["loss"], rel=1e-15)
        assert ([0, 1, 2], 3) == (row["seeds"], row["n"])


def test_json_holds_the_step_times_of_the_records(report, trained):
    for row in _json(report, trained)["rows"]:
        records = [
            logdirs.read(trained / row["name"] / f"seed{seed}").records["lr_tb/step_times"]
            for seed in range(3)
        ]
        assert sum(record.count for record in records) == row["count"]
        speeds = [record.examples_per_second for record in records]
        assert np.mean(speeds) == pytest.approx(row["examples_per_second"])
        medians = [np.interp(0.5, record.levels, record.milliseconds) for record in records]
        assert np.mean(medians) == pytest.approx(row["step_ms_p50"])


def test_the_keys_of_a_row_are_those_of_a_result_and_of_the_step_times(report, seeded):
    [row, *_] = _json(report, seeded)["rows"]

    result = set(ScheduleResult.__dataclass_fields__) - {"step_times", "profile"}
    times = set(vars(sample_logs.step_times()))
    assert result | times | {"step_ms_p50", "step_ms_p95"} <= set(row)
    assert {"schedule", "spec", "values", "mean", "std", "n", "tied", "best_step"} <= set(row)


def test_best_first_then_tied_then_worse(report, seeded):
    rows = _json(report, seeded)["rows"]

    told = [(row["name"], row["status"], row["tied"]) for row in rows]
    assert [("a", "best", True), ("b", "tied", True), ("c", "worse", False)] == told
    assert [9] * 3 == [row["best_step"] for row in rows]


def test_the_table_says_who_won_by_how_much_and_how_fast(report, seeded):
    status, out, err = report(seeded)

    assert (0, "") == (status, err)
    lines = out.splitlines()
    [a] = [line for line in lines if re.match(r"a\s", line)]
    assert "0.9300 ± 0.0200" in a
    assert "1,000" in a
    assert "2.00 / 5.60" in a
    assert a.rstrip().endswith("best")
    assert [line for line in lines if line.startswith("tied: ")]


@pytest.mark.parametrize("narrow", [40, 80, 200])
def test_the_table_is_never_cut_off(report, seeded, monkeypatch, narrow):
    monkeypatch.setenv("COLUMNS", str(narrow))

    _, out, _ = report(seeded)

    for name, bests in _SEEDS.items():
        assert re.search(rf"^{name} .*{np.mean(bests):.4f} ± ", out, re.MULTILINE)
    assert "…" not in out


def test_csv_has_a_line_for_each_row_with_the_numbers_of_json(report, seeded):
    status, out, _ = report(seeded, "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(out)))
    expected = _json(report, seeded)["rows"]
    assert (0, 3) == (status, len(rows))
    for row, wanted in zip(rows, expected, strict=True):
        assert list(wanted) == list(row)
        assert wanted["mean"] == float(row["mean"])
        assert wanted["values"] == [float(value) for value in row["values"].split(";")]
        assert (wanted["name"], str(wanted["tied"])) == (row["name"], row["tied"])


def test_another_metric_can_be_chosen_and_less_of_a_loss_is_better(report, seeded):
    found = _json(report, seeded, "--metric", "val_loss")

    assert ("val_loss", "min") == (found["metric"], found["direction"])
    assert [1.0] * 3 == [row["mean"] for row in found["rows"]]
    assert [19] * 3 == [row["best_step"] for row in found["rows"]]


def test_an_unknown_metric_is_refused_with_those_there_are(report, seeded):
    status, out, err = report(seeded, "--metric", "val_acuracy")

    assert (2, "") == (status, out)
    assert "val_accuracy, val_loss" in err
    assert "Received: metric='val_acuracy'" in err


@pytest.mark.parametrize(
    ("target", "steps", "reached"),
    [
        (0.9, [9, 9, None], [3, 3, 0]),
        (0.92, [None, None, None], [2, 2, 0]),
        (0.4, [9, 9, 9], [3] * 3),
    ],
)
def test_steps_to_a_target_are_counted(report, seeded, target, steps, reached):
    rows = _json(report, seeded, "--target", target)["rows"]

    assert steps == [row["steps_to_target"] for row in rows]
    assert reached == [row["reached"] for row in rows]


def test_the_table_says_how_many_trainings_reach_the_target(report, seeded):
    _, out, _ = report(seeded, "--target", "0.92")

    assert "steps to" in out
    assert re.search(r"^a .*2 of 3 reach it", out, re.MULTILINE)


@pytest.mark.parametrize("value", ["nan", "inf", "much"])
def test_a_target_that_is_no_number_is_refused(seeded, capsys, value):
    with pytest.raises(SystemExit) as exit_:
        main(["report", str(seeded), "--target", value])

    assert 2 == exit_.value.code
    assert "--target" in capsys.readouterr().err


def test_an_empty_folder_is_refused_with_what_to_do(report, tmp_path):
    status, out, err = report(tmp_path)

    assert (2, "") == (status, out)
    assert "which holds none" in err
    assert "lr-tb mnist" in err


def test_a_folder_that_is_not_there_is_refused(report, tmp_path):
    status, out, err = report(tmp_path / "nowhere")

    assert (2, "") == (status, out)
    assert "nowhere" in err


def test_logs_of_keras_own_callback_are_compared_too(report, tmp_path):
    for name, best in {"x": 0.75, "y": 0.5}.items():
        for part, tag in {"train": "epoch_learning_rate", "validation": "epoch_accuracy"}.items():
            writer = EventWriter(tmp_path / name / part, starts_session=False)
            for epoch in range(3):
                writer.add_scalars(
                    epoch, {tag: best - 0.1 * epoch if part == "validation" else 0.1}
                )
            writer.close()

    found = _json(report, tmp_path)

    assert "val_accuracy" == found["metric"]
    assert [("x", 0.75, 0), ("y", 0.5, 0)] == [
        (row["name"], row["mean"], row["best_step"]) for row in found["rows"]
    ]
    assert {"epoch"} == {row["unit"] for row in found["rows"]}


def test_what_cannot_be_read_is_told_beside_the_report_not_in_it(report, tmp_path):
    sample_logs.write_group(tmp_path / "good", sample_logs.plan("good"), accuracies=[0.5])
    sample_logs.write_text(tmp_path / "newer", "lr_tb/plan", '{"version": 9}')

    status, out, err = report(tmp_path, "--format", "json")

    assert 0 == status
    assert ["good", "newer"] == [row["name"] for row in json.loads(out)["rows"]]
    assert "newer: lr_tb/plan: written by a newer lr_tb" in err


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_names_cannot_act_on_a_terminal(report, tmp_path, form):
    plan = sample_logs.plan("evil\x1b[2J\x07", note="\x1b]0;title\x07")
    sample_logs.write_group(tmp_path / "group", plan, accuracies=[0.5])

    _, out, err = report(tmp_path, "--format", form)

    assert not {char for char in out + err if char < " "} - {"\n"}


def test_values_that_are_not_numbers_are_null(report, tmp_path):
    sample_logs.write_group(
        tmp_path / "nan", sample_logs.plan("nan"), accuracies=[np.nan, np.inf], losses=[np.nan]
    )

    [row] = _json(report, tmp_path)["rows"]

    assert (None, None, None, "no data") == (row["mean"], row["std"], row["loss"], row["status"])
