"""What the README shows is true: its code runs, its commands parse, its links lead somewhere."""

import re
import shlex

import keras
import numpy as np
import pytest

import imports
import tiny
from lr_tb import schedules
from lr_tb.cli import main

_TEXT = (imports.ROOT / "README.md").read_text()
_PYTHON = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
_COMMANDS = re.findall(r"^lr-tb (.*?)(?: +#.*)?$", _TEXT, re.MULTILINE)
_SPECS = re.findall(r'"(\w+\([^"\n]*total_steps[^"\n]*\))"', _TEXT)


def _build_model(hp=None):
    layers = [keras.Input((3,)), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return model


def test_each_block_of_python_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    x, y = tiny.X, np.eye(2)[np.arange(len(tiny.X)) % 2]
    names = {"model": _build_model(), "build_model": _build_model, "x": x, "y": y}
    looped = _build_model()
    names |= {"x_test": x, "y_test": y, "batches": [(x, y)], "optimizer": looped.optimizer}
    names |= {"train_step": lambda x, y: float(looped.train_on_batch(x, y)[0])}
    names |= {"evaluate": lambda model: 0.5}

    for block in _PYTHON:
        exec(compile(block, "README.md", "exec"), names)

    assert len(_PYTHON) == 3
    assert "one cycle" in capsys.readouterr().out
    assert {"cosine", "loop", "search/one cycle/seed2"} <= {
        path.parent.relative_to(tmp_path / "logs").as_posix() for path in tmp_path.rglob("train")
    }


@pytest.mark.parametrize("spec", _SPECS)
def test_each_spec_is_a_schedule(spec):
    made = schedules.from_spec(spec, total_steps=100, steps_per_epoch=10, epochs=10)

    assert np.isfinite(float(made(99)))


@pytest.mark.parametrize("command", _COMMANDS)
def test_each_command_is_one(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name = shlex.split(command)[0]

    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(command), "--help"])

    assert 0 == ended.value.code
    assert f"usage: lr-tb {name}" in capsys.readouterr().out


def test_the_command_that_plans_does_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (command,) = (each for each in _COMMANDS if each.startswith("plan "))

    assert 0 == main(shlex.split(command))

    assert {"a", "b"} == {path.name for path in (tmp_path / "logs/plans").iterdir()}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)]+)\)", _TEXT))))
def test_each_link_leads_somewhere(target):
    assert (imports.ROOT / target).exists()
