"""`lr-tb mnist --resume` goes on with what was begun, and with nothing else."""

import json
import os
import re
import shutil
import signal

import numpy as np
import pytest

import logdirs
from lr_tb.cli import main
from lr_tb.cli.progress import Progress
from lr_tb.digits import draw_digits
from lr_tb.lock import DirectoryLock

_STEPS = 5  # 40 images in batches of 8.


@pytest.fixture(scope="module")
def finished(command, tmp_path_factory):
    """Return the folder of a finished run of two seeds."""
    logdir = tmp_path_factory.mktemp("finished") / "logs"
    assert 0 == main(command(logdir, "--schedule", "cosine", "--epochs", 2, "--seeds", 2))
    return logdir


def _losses(group):
    return list(logdirs.read(group / "train").scalars["step/loss"].values())


def test_what_was_done_is_not_repeated(finished, capsys):
    files = {file: file.read_bytes() for file in finished.rglob("*tfevents*")}

    assert 0 == main(["mnist", "--resume", "--logdir", str(finished)])

    printed = capsys.readouterr().out
    assert "cosine seed 0  was done before\ncosine seed 1  was done before\n" in printed
    assert re.search(r"^cosine\s+[01]\.\d{4} ± ", printed, re.MULTILINE)
    assert files == {file: file.read_bytes() for file in finished.rglob("*tfevents*")}


def test_a_training_after_what_was_done_has_the_numbers_that_it_would_have_had(
    finished, command, tmp_path, capsys, monkeypatch
):
    end_epoch = Progress.end_epoch

    def press_ctrl_c(self, line):
        end_epoch(self, line)
        if line.epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    logdir = tmp_path / "logs"
    monkeypatch.setattr(Progress, "end_epoch", press_ctrl_c)
    arguments = ("--schedule", "cosine", "--epochs", 2, "--seeds", 2)
    assert 130 == main(command(logdir, *arguments))
    assert not (logdir / "cosine/seed1").exists()
    monkeypatch.undo()

    assert 0 == main(["mnist", "--resume", "--logdir", str(logdir)])

    assert "cosine seed 0  was done before\ncosine seed 1  epoch 1/2" in capsys.readouterr().out
    for group in ("cosine/seed0", "cosine/seed1"):
        assert 2 * _STEPS == len(_losses(logdir / group))
        assert _losses(finished / group) == _losses(logdir / group)


def test_what_was_done_must_still_have_its_curves(finished, tmp_path, capsys):
    logdir = shutil.copytree(finished, tmp_path / "logs")
    shutil.rmtree(logdir / "cosine/seed1")

    assert 2 == main(["mnist", "--resume", "--logdir", str(logdir)])

    assert re.search(rf"Received: '{logdir}/cosine/seed1', which is gone", capsys.readouterr().err)
    assert not (logdir / "cosine/seed1").exists()


def test_what_failed_is_not_repeated_but_told_again(command, tmp_path, capsys):
    logdir = tmp_path / "logs"
    arguments = ("--schedule", "wild=3e38", "constant", "--epochs", 1, "--seeds", 2)
    assert 1 == main(command(logdir, *arguments))
    failed = re.search(r"^Failed: wild: .*$", capsys.readouterr().out, re.MULTILINE)[0]
    files = {file: file.read_bytes() for file in logdir.rglob("*tfevents*")}

    assert 1 == main(["mnist", "--resume", "--logdir", str(logdir)])

    assert failed in capsys.readouterr().out.splitlines()
    assert files == {file: file.read_bytes() for file in logdir.rglob("*tfevents*")}


def test_the_first_options_may_be_repeated_and_the_data_may_have_moved(
    finished, digits_path, tmp_path, capsys
):
    moved = shutil.copy(digits_path, tmp_path / "digits.npz")
    options = ["--schedule", "cosine", "--epochs", "2", "--seeds", "2", "--batch-size", "8"]

    arguments = [*options, "--data", str(moved), "--logdir", str(finished)]
    assert 0 == main(["mnist", "--resume", *arguments])
    assert "cosine seed 1  was done before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "3"], r"--epochs must be .* begun with: 2\. Received: 3\."),
        (["--seeds", "1"], r"--seeds must be .* begun with: 2\. Received: 1\."),
        (["--batch-size", "9"], r"--batch-size must be .* begun with: 8\. Received: 9\."),
        (["--schedule", "cosine", "a=1"], r"begun with: cosine\. Received: cosine a=1\."),
        (["--schedule", "cosine=1"], r"begun with: cosine\. Received: cosine=1\."),
        (["--find"], r"--find must be .* begun with: off\. Received: on\."),
        (["--profile"], r"--profile must be .* begun with: off\. Received: on\."),
    ],
)
def test_other_options_than_the_first_are_refused(finished, capsys, arguments, message):
    assert 2 == main(["mnist", "--resume", "--logdir", str(finished), *arguments])

    error = capsys.readouterr().err
    assert re.search(message, error)
    assert "another folder" in error


def test_other_digits_of_the_same_name_are_refused(finished, tmp_path, capsys):
    x, y = draw_digits(40, seed=2)
    np.savez(tmp_path / "digits.npz", x_train=x, y_train=y, x_test=x, y_test=y)

    arguments = ["--data", str(tmp_path / "digits.npz"), "--logdir", str(finished)]
    assert 2 == main(["mnist", "--resume", *arguments])

    assert re.search(
        r"begun with: data from digits.npz. Received: data from digits.npz, other ones",
        capsys.readouterr().err,
    )


@pytest.mark.parametrize("is_made", [True, False])
def test_there_must_be_something_to_go_on_with(tmp_path, capsys, is_made):
    logdir = tmp_path / "logs"
    if is_made:
        logdir.mkdir()

    assert 2 == main(["mnist", "--resume", "--logdir", str(logdir)])

    assert "Begin them without --resume" in capsys.readouterr().err
    assert is_made == logdir.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: "{",
        lambda content: "[]",
        lambda content: json.dumps(content | {"version": 1}),
        lambda content: json.dumps(content | {"version": 3}),
        lambda content: json.dumps(content | {"settings": {"epoch": 1}}),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(finished, tmp_path, capsys, change):
    file = tmp_path / "logs/.lr_tb/mnist.json"
    file.parent.mkdir(parents=True)
    content = json.loads((finished / ".lr_tb/mnist.json").read_text())
    file.write_text(change(content))

    assert 2 == main(["mnist", "--resume", "--logdir", str(tmp_path / "logs")])
    assert f"'{file}' must be readable" in capsys.readouterr().err


def test_a_folder_in_which_another_process_trains_is_refused(finished, capsys, request):
    other = DirectoryLock(finished, fit=object())
    request.addfinalizer(other.release)
    other._thread = 0  # As if it were another's.

    assert 2 == main(["mnist", "--resume", "--logdir", str(finished)])
    assert "must not be in use by another lr-tb mnist" in capsys.readouterr().err


def test_backups_that_are_left_of_removed_runs_are_not_gone_on_with(
    finished, command, tmp_path, capsys
):
    shutil.copytree(finished / ".lr_tb", tmp_path / "logs/.lr_tb")

    arguments = ("--schedule", "cosine", "--epochs", 1, "--seeds", 1)
    assert 0 == main(command(tmp_path / "logs", *arguments))

    assert "cosine  epoch 1/1" in capsys.readouterr().out
    assert _STEPS == len(_losses(tmp_path / "logs/cosine"))
