"""`lr-tb plan` writes the planned curves that training would follow."""

import re

import numpy as np
import pytest

import logdirs
from lr_tb.cli import main
from lr_tb.records import PLAN_TAG


def _plan(tmp_path, *arguments):
    return main(["plan", *arguments, "--logdir", str(tmp_path / "logs")])


def test_the_plan_is_the_formula(tmp_path, capsys):
    specs = ["wave=CosineDecay(0.5, total_steps)", "flat=1e-3"]
    assert 0 == _plan(tmp_path, *specs, "--total-steps", "200", "--steps-per-epoch", "50")

    wave = logdirs.read(tmp_path / "logs/wave").records[PLAN_TAG]
    steps = np.arange(200)
    expected = 0.25 * (1 + np.cos(np.pi * steps / 200))
    np.testing.assert_allclose(np.interp(steps, wave.steps, wave.rates), expected, atol=6e-4)
    assert ("wave", "CosineDecay", 200, 50) == (
        wave.name,
        wave.schedule,
        wave.total_steps,
        wave.steps_per_epoch,
    )
    flat = logdirs.read(tmp_path / "logs/flat").records[PLAN_TAG]
    assert {1e-3} == set(flat.rates)
    printed = capsys.readouterr().out
    assert re.search(r"wave +CosineDecay +0\.5 +0\.5 +0 ", printed)
    assert f"tensorboard --logdir {tmp_path / 'logs'}" in printed


def test_the_length_of_an_epoch_can_be_named_in_a_spec(tmp_path):
    spec = "stairs=ExponentialDecay(1.0, steps_per_epoch, 0.5, staircase=True)"
    assert 0 == _plan(tmp_path, spec, "--total-steps", "40", "--steps-per-epoch", "10")

    plan = logdirs.read(tmp_path / "logs/stairs").records[PLAN_TAG]
    assert [1.0, 0.5, 0.25, 0.125] == sorted(set(plan.rates), reverse=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wave"], "must be NAME=SPEC. Received: 'wave'"),
        (["a=1", "a=2"], "each name must stand once"),
        (["a=CosineDecay(1e-3, steps_per_epoch)"], "a: .*steps_per_epoch"),
        (["a=CosineDecay(1e-3)"], "a: .*decay_steps"),
        (["a=ExponentialDecay(1e-3, 1, 1e9)"], "finite"),
        (["a=lambda s: s"], "a: .*Received"),
    ],
)
def test_a_bad_schedule_writes_nothing(tmp_path, capsys, arguments, message):
    assert 2 == _plan(tmp_path, "good=1e-3", *arguments, "--total-steps", "100")

    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("value", ["0", "-1", "1e3", ""])
def test_a_bad_length_is_refused(tmp_path, capsys, value):
    with pytest.raises(SystemExit) as exit_:
        _plan(tmp_path, "a=1", f"--total-steps={value}")

    assert 2 == exit_.value.code
    assert "must be a whole number >= 1" in capsys.readouterr().err


def test_a_name_that_was_trained_is_not_drawn_over(tmp_path, capsys):
    run = tmp_path / "logs/a/train"
    run.mkdir(parents=True)
    (run / "events.out.tfevents.1.host").write_bytes(b"")

    assert 2 == _plan(tmp_path, "a=1", "--total-steps", "10")
    assert "'a' was trained in" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, capsys):
    (tmp_path / "logs").write_text("a file")

    assert 2 == _plan(tmp_path, "a=1", "--total-steps", "10")
    assert "logs" in capsys.readouterr().err
