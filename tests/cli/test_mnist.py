"""`lr-tb mnist` trains what was asked for, and refuses at once what cannot be done."""

import re

import numpy as np
import pytest

import logdirs
from lr_tb.cli import main
from lr_tb.cli.builtin import BUILTIN
from lr_tb.records import PLAN_TAG

_STEPS = 5  # 40 images in batches of 8.


@pytest.fixture
def train(digits_path, tmp_path, capsys):
    """Return a function that runs the command on few digits: `(status, what it printed)`."""

    def run(*arguments, logdir=tmp_path / "logs"):
        options = ["--data", digits_path, "--logdir", logdir, "--batch-size", 8, "--epochs", 1]
        status = main(["mnist", *map(str, options), *map(str, arguments)])
        return status, capsys.readouterr().out

    return run


def _epochs(log_dir, tag="epoch/accuracy", run="validation"):
    return list(logdirs.read(log_dir / run).scalars[tag].values())


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


def test_the_table_says_what_was_logged(train, tmp_path):
    status, printed = train("--schedule", "constant", "mine=CosineDecay(1e-2, total_steps)")

    assert 0 == status
    for name in ("constant", "mine"):
        accuracy = _epochs(tmp_path / "logs" / name)[-1]
        row = next(line for line in printed.splitlines() if re.match(rf"{name}\s+[01]\.", line))
        assert [f"{accuracy:.4f}", str(_STEPS - 1), f"{accuracy:.4f}"] == row.split()[1:4]
    assert f"See them: tensorboard --logdir {tmp_path / 'logs'}" in printed


def test_plain_lines_tell_each_epoch_where_there_is_no_terminal(train, tmp_path):
    _, printed = train("--schedule", "constant", "--epochs", 2)

    lines = [line for line in printed.splitlines() if line.startswith("constant  epoch")]
    tests = _epochs(tmp_path / "logs/constant")
    losses = _epochs(tmp_path / "logs/constant", "epoch/loss", "train")
    for number, line in enumerate(lines, start=1):
        assert f"epoch {number}/2  step {number * _STEPS}/{2 * _STEPS}  rate 1.00e-03" in line
        assert f"loss {losses[number - 1]:.4f}" in line
        assert f"test acc. {tests[number - 1]:.4f}" in line
    assert 2 == len(lines)
    assert "\x1b" not in printed


def test_the_same_seed_gives_the_same_numbers_whatever_was_trained_before(train, tmp_path):
    train("--schedule", "constant", "cosine", "--seeds", 2, logdir=tmp_path / "a")
    train("--schedule", "cosine", "constant", "--seeds", 2, logdir=tmp_path / "b")

    losses = {}
    for group in ("constant/seed0", "constant/seed1", "cosine/seed0", "cosine/seed1"):
        first, second = (
            _epochs(tmp_path / logs / group, "step/loss", "train") for logs in ("a", "b")
        )
        assert first == second
        losses[group] = first
    assert losses["constant/seed0"] != losses["constant/seed1"]


def test_seeds_are_one_row_with_mean_and_standard_deviation(train, tmp_path):
    _, printed = train("--schedule", "constant", "--seeds", 3, "--epochs", 2)

    best = [max(_epochs(tmp_path / f"logs/constant/seed{seed}")) for seed in range(3)]
    row = next(line for line in printed.splitlines() if re.match(r"constant\s+[01]\.", line))
    assert f"{np.mean(best):.4f} ± {np.std(best, ddof=1):.4f}" in row
    assert 1 == len(re.findall(r"^constant\s+[01]\.", printed, re.MULTILINE))


def test_a_training_that_fails_does_not_stop_the_others(train, tmp_path):
    status, printed = train("--schedule", "wild=3e38", "constant", "--epochs", 3)

    assert 1 == status
    assert re.search(r"Failed: wild: the loss became (nan|inf) at step \d+", printed)
    assert 3 == len(_epochs(tmp_path / "logs/constant"))


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


def test_a_folder_that_holds_runs_is_refused_with_the_ways_out(train, tmp_path, capsys):
    train("--schedule", "constant")
    before = sorted(tmp_path.rglob("*tfevents*"))

    arguments = ["--schedule", "cosine", "--logdir", str(tmp_path / "logs")]
    assert 2 == main(["mnist", *arguments])

    error = capsys.readouterr().err
    assert "--resume" in error
    assert "another folder" in error
    assert before == sorted(tmp_path.rglob("*tfevents*"))


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
