"""On JAX, where TensorFlow is not installed, everything works by the listed packages."""

import configparser
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import jax_environment
import packages

_INSIDE = "tests/jax_backend/without_tensorflow.py"
_SAME_AS_ON_TENSORFLOW = (
    "tests/monitor/test_rates.py::test_every_step_of_an_execution_is_logged",
    "tests/monitor/test_rates.py::test_mixed_precision_logs_the_inner_optimizers_rate",
    "tests/monitor/test_rates.py::test_keras_own_callbacks_are_followed_in_any_order",
    "tests/monitor/test_rates.py::test_steps_go_on_in_a_second_fit",
    "tests/monitor/test_rates.py::test_each_of_several_optimizers_has_a_tag_and_a_plan",
    "tests/monitor/test_loss.py::test_validation_does_not_disturb_the_loss",
    "tests/monitor/test_loss.py::test_a_nested_evaluate_does_not_disturb_the_loss",
    "tests/scheduler/test_callback.py::test_steps_go_on_in_a_second_fit",
    "tests/plateau/test_callback.py::test_the_factor_is_inside_the_train_step",
    "tests/finder/test_callback.py::test_the_losses_are_those_of_each_batch_before_its_update",
    "tests/schedules/test_evaluate.py::test_a_schedule_that_takes_one_step_only_is_mapped",
    "tests/test_plan.py::test_the_spec_rebuilds_the_curve",
    "tests/tuner/test_schedule_tuner.py::test_each_execution_is_a_run_group",
    "tests/cli/test_mnist.py::test_the_same_seed_gives_the_same_numbers_whatever_was_trained_before",
    "tests/cli/test_resume.py::test_what_was_done_is_not_repeated",
)
_ONLY_WITH_TENSORFLOW = {"tensorflow", "tensorboard-plugin-profile"}


def _claims_inside():
    text = (packages.ROOT / _INSIDE).read_text()
    return [f"{_INSIDE}::{name}" for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each test on JAX: from file and function to the texts of failures."""
    try:
        python = jax_environment.python()
    except jax_environment.UnreachableError as error:
        pytest.skip(f"no packages to make an environment with JAX from: {error}")
    report = tmp_path_factory.mktemp("jax") / "report.xml"
    command = [python, "-P", "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}"]
    done = subprocess.run(
        [*command, _INSIDE, *_SAME_AS_ON_TENSORFLOW],
        cwd=packages.ROOT,
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return _read(report)


def _read(report):
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        claim = f"{case.get('classname')}.{case.get('name').partition('[')[0]}"
        bad = [item.text or item.get("message") for item in case if item.tag != "properties"]
        found.setdefault(claim, []).extend(bad)
    return found


@pytest.mark.jax
@pytest.mark.timeout(900)
@pytest.mark.parametrize("claim", [*_claims_inside(), *_SAME_AS_ON_TENSORFLOW])
def test_it_holds_on_jax_without_tensorflow(outcomes, claim):
    path, _, function = claim.partition("::")
    name = ".".join([*Path(path).with_suffix("").parts, function])

    assert [] == outcomes[name], "\n\n".join(outcomes[name])


def test_the_list_names_what_the_package_requires_and_jax_for_tensorflow():
    config = configparser.ConfigParser()
    config.read(packages.ROOT / "setup.cfg")
    required = set(config["options"]["install_requires"].split())
    lines = jax_environment.REQUIREMENTS.read_text().splitlines()

    listed = {line.partition(" ")[0] for line in lines if not line.startswith("#")}

    assert required - _ONLY_WITH_TENSORFLOW | {"jax", "six"} == listed
