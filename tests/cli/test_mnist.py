"""`lr-tb mnist` trains what was asked for, and refuses at once what cannot be done."""

import contextlib
import io
import re

import numpy as np
import pytest

import logdirs
from lr_tb.cli import main
from lr_tb.cli.builtin import BUILTIN
from lr_tb.mnist import build_model
from lr_tb.records import PLAN_TAG
from lr_tb.tuner import ScheduleTuner

_STEPS = 5  # 40 images in batches of 8.


@pytest.fixture
def train(command, tmp_path, capsys):
    """Return a function that runs the command on few digits: `(status, what it printed)`."""

    def run(*arguments):
        status = main(command(tmp_path / "logs", "--epochs", 1, *arguments))
        return status, capsys.readouterr().out

    return run


@pytest.fixture(scope="module")
def trained(command, tmp_path_factory):
    """Return the folder and the printed lines of two runs: two schedules, and two seeds of one."""
    folder = tmp_path_factory.mktemp("trained")
    runs = {
        "schedules": ("--schedule", "constant", "mine=CosineDecay(1e-2, total_steps)"),
        "seeds": ("--schedule", "mine=CosineDecay(1e-2, total_steps)", "--seeds", 2),
    }
    printed = {}
    for name, arguments in runs.items():
        lines = io.StringIO()
        with contextlib.redirect_stdout(lines):
            assert 0 == main(command(folder / name, "--epochs", 2, *arguments))
        printed[name] = lines.getvalue().splitlines()
    return folder, printed


def _epochs(log_dir, tag="epoch/accuracy", run="validation"):
    return list(logdirs.read(log_dir / run).scalars[tag].values())


def _row(lines, name):
    """Return the one row of the table that begins with a name and a number."""
    (row,) = [line for line in lines if re.match(rf"{name}\s+[01]\.", line)]
    return row


def _curve(plan, steps):
    if plan.interpolation == "linear":
        return np.interp(steps, plan.steps, plan.rates)
    return np.array(plan.rates)[np.searchsorted(plan.steps, steps, side="right") - 1]


def test_every_way_in_which_keras_schedules_a_rate_is_trained_and_planned(train, tmp_path):
    status, printed = train("--epochs", 2)

    assert 0 == status
    kinds = {}
    for name in BUILTIN:
        plan = logdirs.read(tmp_path / "logs" / name).records[PLAN_TAG]
        kinds[name] = plan.schedule
        assert (2 * _STEPS, _STEPS) == (plan.total_steps, plan.steps_per_epoch)
        rates = logdirs.read(tmp_path / "logs" / name / "train").scalars["step/learning_rate"]
        assert list(range(2 * _STEPS)) == list(rates)
        if name != "plateau":  # It may reduce the rate after the first epoch.
            planned = _curve(plan, np.arange(2 * _STEPS))
            peak = max(plan.rates)
            np.testing.assert_allclose(planned, list(rates.values()), atol=1.1e-3 * peak)
        assert re.search(rf"^{name} .*\d\.\d{{4}}", printed, re.MULTILINE)
    assert {
        "constant": "float",
        "exponential": "ExponentialDecay",
        "staircase": "ExponentialDecay",
        "piecewise": "PiecewiseConstantDecay",
        "polynomial": "PolynomialDecay",
        "inverse_time": "InverseTimeDecay",
        "cosine": "CosineDecay",
        "cosine_restarts": "CosineDecayRestarts",
        "epoch_function": "LearningRateScheduler",
        "plateau": "ReduceLROnPlateau",
    } == kinds


def test_the_table_says_what_was_logged(trained):
    folder, printed = trained

    for name in ("constant", "mine"):
        accuracies = _epochs(folder / "schedules" / name)
        best = max(accuracies)
        step = _STEPS * (accuracies.index(best) + 1) - 1
        cells = _row(printed["schedules"], name).split()
        assert [f"{best:.4f}", str(step), f"{accuracies[-1]:.4f}"] == cells[1:4]
    assert f"See them: tensorboard --logdir {folder / 'schedules'}" in printed["schedules"]


def test_plain_lines_tell_each_epoch_where_there_is_no_terminal(trained):
    folder, printed = trained

    lines = [line for line in printed["schedules"] if line.startswith("constant  epoch")]
    tests = _epochs(folder / "schedules/constant")
    losses = _epochs(folder / "schedules/constant", "epoch/loss", "train")
    for number, line in enumerate(lines, start=1):
        assert f"epoch {number}/2  step {number * _STEPS}/{2 * _STEPS}  rate 1.00e-03" in line
        assert f"loss {losses[number - 1]:.4f}" in line
        assert f"test acc. {tests[number - 1]:.4f}" in line
    assert 2 == len(lines)
    assert "\x1b" not in "".join(printed["schedules"])


def test_the_same_seed_gives_the_same_numbers_whatever_was_trained_before(trained):
    folder, _ = trained

    alone, first, second = (
        _epochs(folder / name, "step/loss", "train")
        for name in ("schedules/mine", "seeds/mine/seed0", "seeds/mine/seed1")
    )
    assert 2 * _STEPS == len(alone)
    assert first == alone
    assert second != alone


def test_seeds_are_one_row_with_mean_and_standard_deviation(trained):
    folder, printed = trained

    best = [max(_epochs(folder / f"seeds/mine/seed{seed}")) for seed in range(2)]
    row = _row(printed["seeds"], "mine")
    assert f"{np.mean(best):.4f} ± {np.std(best, ddof=1):.4f}" in row


def test_a_training_that_fails_does_not_stop_the_others(train, tmp_path):
    status, printed = train("--schedule", "wild=3e38", "constant", "--epochs", 3)

    assert 1 == status
    assert re.search(
        r"^Failed: wild: the loss became (nan|inf) at step \d+$", printed, re.MULTILINE
    )
    assert 3 == len(_epochs(tmp_path / "logs/constant"))


def test_a_schedule_that_fails_is_not_trained_with_the_other_seeds(train, tmp_path):
    status, _ = train("--schedule", "wild=3e38", "constant", "--seeds", 2)

    assert 1 == status
    groups = sorted(
        str(path.parent.relative_to(tmp_path / "logs")) for path in tmp_path.rglob("train")
    )
    assert ["constant/seed0", "constant/seed1", "wild/seed0"] == groups


def test_nothing_but_the_command_s_own_words_is_printed(command, tmp_path, capfd):
    arguments = command(tmp_path / "logs", "--epochs", 1, "--schedule", "wild=3e38", "constant")
    assert 1 == main(arguments)
    assert 1 == main([*arguments, "--resume"])

    printed, errors = capfd.readouterr()
    assert "" == errors
    known = ("2 trainings of", "constant", "wild", "Failed: wild", "Note: ", "See them: ")
    table = ("   ", "schedule  ", "one seed: ", "No training")
    lines = [line for line in printed.splitlines() if not line.startswith((*known, *table))]
    assert [] == lines
    assert 2 == len(re.findall("^schedule ", printed, re.MULTILINE))


def test_the_trainings_are_a_search_that_the_tuner_can_read(trained):
    folder, _ = trained

    tuner = ScheduleTuner(
        lambda hp: build_model(),
        {"constant": "0.001", "mine": "CosineDecay(1e-2, total_steps)"},
        log_dir=folder / "schedules",
        directory=folder / "schedules/.lr_tb",
        project_name="search",
    )

    best = {name: max(_epochs(folder / "schedules" / name)) for name in ("constant", "mine")}
    assert best == {result.name: pytest.approx(result.mean) for result in tuner.results()}
    (model,) = tuner.get_best_models()
    assert build_model().count_params() == model.count_params()


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (["cosin"], r"Received: 'cosin'. Did you mean cosine\?"),
        (["quadratic"], r"Received: 'quadratic'. Known: constant, exponential"),
        (["constant", "constant"], r"each name must stand once. Received: 'constant' twice"),
        (["../up=1e-3"], r"NAME of NAME=SPEC must be letters.*Received: '../up'"),
        (["train=1e-3"], r"be none of train, .*Received: 'train'"),
        (["mine="], r"must be NAME=SPEC. Received: 'mine='"),
        (["mine=CosineDecoy(1e-3, 10)"], r"mine: .*CosineDecoy.*CosineDecay"),
        (["mine=CosineDecay(1e-3, )("], r"mine: .*Received"),
        (["mine=__import__('os').getcwd()"], r"mine: .*Received"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_before_anything_is_written(
    digits_path, tmp_path, capsys, schedule, message
):
    logdir = tmp_path / "logs"

    arguments = ["--schedule", *schedule, "--logdir", str(logdir), "--data", str(digits_path)]
    assert 2 == main(["mnist", *arguments])

    assert re.search(message, capsys.readouterr().err)
    assert not logdir.exists()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *((name, value) for name in ("--epochs", "--batch-size", "--seeds") for value in "0x"),
        ("--epochs", "-1"),
        ("--epochs", "1.5"),
        ("--logdir", "gs://bucket/logs"),
    ],
)
def test_a_bad_number_or_a_remote_folder_is_refused(capsys, argument, value):
    with pytest.raises(SystemExit) as exit_:
        main(["mnist", f"{argument}={value}"])

    assert 2 == exit_.value.code
    assert re.search(rf"argument {argument}: must be .* Received: ", capsys.readouterr().err)


def test_data_that_cannot_be_read_are_refused(tmp_path, capsys):
    arguments = ["--data", str(tmp_path / "none.npz"), "--logdir", str(tmp_path / "logs")]
    assert 2 == main(["mnist", "--schedule", "constant", *arguments])

    assert re.search(r"none.npz.*does not exist", capsys.readouterr().err)
    assert not (tmp_path / "logs").exists()


def test_a_folder_that_holds_runs_is_refused_with_the_ways_out(trained, command, capsys):
    folder, _ = trained
    before = sorted(folder.rglob("*tfevents*"))

    assert 2 == main(command(folder / "seeds", "--schedule", "cosine"))

    error = capsys.readouterr().err
    assert "--resume" in error
    assert "another folder" in error
    assert before == sorted(folder.rglob("*tfevents*"))


def test_a_shell_that_is_set_up_for_another_search_is_refused(
    command, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "192.0.2.10")

    assert 2 == main(command(tmp_path / "logs", "--schedule", "constant"))

    assert re.search("KERASTUNER_ORACLE_IP must not be set.*'192.0.2.10'", capsys.readouterr().err)
    assert not (tmp_path / "logs").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, capsys):
    (tmp_path / "logs").write_text("mine")

    assert 2 == main(["mnist", "--logdir", str(tmp_path / "logs")])
    assert "must be a folder" in capsys.readouterr().err


def test_a_folder_with_plans_only_is_trained_into(train, tmp_path):
    logdir = str(tmp_path / "logs")
    arguments = ["constant=5e-3", "--total-steps", "9", "--logdir", logdir]
    assert 0 == main(["plan", *arguments])

    status, _ = train("--schedule", "constant")

    assert 0 == status
    assert _STEPS == logdirs.read(tmp_path / "logs/constant").records[PLAN_TAG].total_steps
