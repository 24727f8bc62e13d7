"""The doctor finds what will not work, says what to do, and never fails itself."""

import dataclasses
import io
import os
import subprocess
import sys

import pytest
from rich.console import Console

from lr_tb.cli.doctor import show
from lr_tb.cli.doctor_checks import Status, examine
from lr_tb.cli.doctor_facts import PACKAGES, Facts, Probe, read_probe

_VERSIONS = {name: "9.9" for name in PACKAGES} | {"setuptools": "84.2.1"}
_WELL = Facts(
    python="3.12.1",
    versions=_VERSIONS,
    backend="tensorflow",
    has_pkg_resources=False,
    has_data_server=True,
    has_nvidia_driver=False,
    index="export function render() {}",
    plugins={"lr_tb": None, "profile": None},
    probe=Probe(rows=5),
)


def _facts(versions=None, **changed):
    return dataclasses.replace(_WELL, versions=_VERSIONS | (versions or {}), **changed)


def _bad(facts):
    """Return what is not well: from subject to status, what was found and what to do."""
    return {
        item.subject: (str(item.status), item.what, item.advice)
        for item in examine(facts)
        if item.status is not Status.OK
    }


@pytest.mark.parametrize(
    "facts",
    [
        _facts(),
        _facts(python="3.11.0"),
        _facts(python="3.13.9"),
        _facts({"keras": "3.15.0"}),
        _facts({"keras": "4.0.0"}),
        _facts({"tensorboard": "2.20.0"}, has_pkg_resources=True),
        _facts({"tensorboard": "2.21.0"}, has_pkg_resources=False),
        _facts({"tensorboard": "3.0"}, has_pkg_resources=False),
        _facts({"setuptools": None}),
        _facts({"jax": None}),
        _facts({"tensorflow": None}, backend="jax"),
        _facts({"tensorboard-plugin-profile": None}),
        _facts(has_nvidia_driver=True, probe=Probe(("NVIDIA H200",), rows=5, device_rows=5)),
    ],
)
def test_what_works_is_well(facts):
    assert {} == _bad(facts)


@pytest.mark.parametrize(
    ("facts", "subject", "status", "what", "advice"),
    [
        (_facts(python="3.10.14"), "Python", "warning", "tested with 3.11 to 3.13", "3.13"),
        (_facts(python="3.14.0"), "Python", "warning", "tested with 3.11 to 3.13", "3.13"),
        (_facts({"keras": None}), "Keras", "problem", "not installed", "pip install"),
        (_facts({"keras": "3.14.9"}), "Keras", "problem", "needs 3.15 or later", "pip install"),
        (_facts({"keras": "2.15.0"}), "Keras", "problem", "needs 3.15 or later", "pip install"),
        (_facts(backend="torch"), "backend", "problem", "'torch'", "KERAS_BACKEND=jax"),
        (_facts(backend="openvino"), "backend", "problem", "'openvino'", "KERAS_BACKEND=jax"),
        (_facts({"tensorflow": None}), "backend", "problem", "not inst", "Set KERAS_BACKEND=jax"),
        (
            *(_facts({"jax": None, "tensorflow": None}, backend="jax"), "backend", "problem"),
            *("'jax', which is not installed", "pip install --upgrade jax"),
        ),
        (_facts({"google-crc32c": None}), "google-crc32c", "problem", "logged", "pip install"),
        (_facts({"keras-tuner": None}), "keras-tuner", "warning", "ScheduleTuner", "pip install"),
        (_facts({"pillow": None}), "pillow", "warning", "digits", "pip install"),
        (
            *(_facts(has_nvidia_driver=True), "device", "warning"),
            *("does not see the GPU", '"tensorflow[and-cuda]"'),
        ),
        (
            *(_facts(has_nvidia_driver=True, backend="jax"), "device", "warning"),
            *("does not see the GPU", '"jax[cuda13]"'),
        ),
        (
            *(_facts(probe=Probe(error="ImportError: libcublas")), "profiler", "problem"),
            *("failed: ImportError: libcublas", "python -m lr_tb.cli.doctor_probe"),
        ),
        (_facts(probe=Probe(rows=4)), "profiler", "problem", "4 of 5", "Update tensorflow"),
        (_facts(probe=Probe(rows=0)), "profiler", "problem", "0 of 5", "Update tensorflow"),
        (_facts(probe=Probe(("H200",), rows=5)), "profiler", "warning", "on the device", "CUPTI"),
        (_facts({"tensorboard": None}), "TensorBoard", "problem", "not inst", "pip install"),
        (
            *(_facts({"tensorboard": "2.19.0"}, has_pkg_resources=True), "TensorBoard", "problem"),
            *("needs 2.20 or later", "pip install --upgrade tensorboard"),
        ),
        (
            *(_facts({"tensorboard": "2.20.0"}), "TensorBoard", "problem"),
            *("pkg_resources, and setuptools 84.2.1 has none", 'pip install "setuptools<82"'),
        ),
        (
            *(_facts({"tensorboard": "2.20.0", "setuptools": None}), "TensorBoard", "problem"),
            *("setuptools is missing", 'pip install "setuptools<82"'),
        ),
        (_facts(has_data_server=False), "data server", "warning", "slower", "data-server"),
        (_facts(plugins={"profile": None}), "plugin", "problem", "does not find", "pip install"),
        (
            *(_facts(plugins={"lr_tb": "ImportError: x", "profile": None}), "plugin", "problem"),
            *("ends TensorBoard: ImportError: x", "pip install"),
        ),
        (
            *(_facts(index="// setup.py: the front end of lr_tb was not built."), "front end"),
            *("problem", "stays empty", "LR_TB_FRONTEND=require pip install"),
        ),
        (
            *(_facts({"xprof": "2.20.1"}), "Profile tab", "problem"),
            *("xprof 2.20.1 and tensorboard-plugin-profile 9.9", "pip install --upgrade xprof"),
        ),
        (
            *(_facts(plugins={"lr_tb": None, "profile": "TypeError: x"}), "Profile tab"),
            *("problem", "TypeError: x", "pip install --upgrade xprof protobuf"),
        ),
        (_facts(plugins={"lr_tb": None}), "Profile tab", "warning", "none", "pip install"),
    ],
)
def test_each_conflict_is_the_one_thing_found_with_what_to_do(facts, subject, status, what, advice):
    bad = _bad(facts)

    assert [subject] == list(bad)
    assert status == bad[subject][0]
    assert what in bad[subject][1]
    assert advice in bad[subject][2]


def test_a_machine_without_tensorboard_is_not_told_of_its_data_server():
    bad = _bad(_facts({"tensorboard": None}, has_data_server=False))

    assert ["TensorBoard"] == list(bad)


@pytest.mark.parametrize(
    ("output", "errors", "status", "expected"),
    [
        ('noise\n{"devices": ["H200"]}\n{"rows": 5, "device_rows": 4}\n', "warning", 0, None),
        ('{"devices": ["H200"]}\n', "Traceback\nImportError: x\n", 1, "ImportError: x"),
        ("", "", -11, "it ended with status -11"),
    ],
)
def test_whatever_the_probe_tells_before_it_dies_is_known(output, errors, status, expected):
    probe = read_probe(output, errors, status)

    assert expected == probe.error
    assert ("H200" in output) == (probe.devices == ("H200",))
    assert ((5, 4) if expected is None else (0, 0)) == (probe.rows, probe.device_rows)


def _shown(facts, **console):
    output = io.StringIO()
    show(Console(file=output, **console), facts, examine(facts))
    return output.getvalue()


def test_colours_are_for_terminals():
    assert "\x1b[" in _shown(_facts(), force_terminal=True)
    assert "\x1b[" not in _shown(_facts())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (_facts(), "All is well."),
        (_facts(has_data_server=False), "1 warning."),
        (_facts({"keras": None, "pillow": None, "keras-tuner": None}), "1 problem and 2 warnings."),
    ],
)
def test_the_last_line_counts_what_is_not_well(facts, expected):
    assert expected == _shown(facts).splitlines()[-1]


def test_nothing_that_a_package_says_acts_on_the_terminal():
    assert "\x1b" not in _shown(_facts(probe=Probe(error="\x1b[2Jx")))


def _doctor(**environment):
    return subprocess.run(
        [sys.executable, "-P", "-m", "lr_tb", "doctor"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_this_installation_has_no_problem():
    done = _doctor()

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "problem" not in done.stdout
    for subject in ("Keras", "backend", "device", "profiler", "TensorBoard", "plugin"):
        assert f"ok       {subject}" in done.stdout


def test_a_broken_tensorflow_is_a_problem_and_no_traceback(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('libcublas.so.13 is missing')")

    done = _doctor(PYTHONPATH=str(tmp_path))

    assert 1 == done.returncode
    assert "" == done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("problem")]
    assert "profiler" in line
    assert line.endswith("ImportError: libcublas.so.13 is missing")


def test_an_unsupported_backend_is_the_one_problem():
    done = _doctor(KERAS_BACKEND="torch")

    assert 1 == done.returncode
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("problem")]
    assert "'torch': lr_tb works with tensorflow and jax." in line
