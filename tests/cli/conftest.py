"""Digits so few that a training under the command takes seconds."""

import numpy as np
import pytest

from lr_tb.digits import draw_digits


@pytest.fixture(autouse=True, scope="module")
def others_are_not_made_deterministic():
    """The command sets this for its process, which here is that of all other tests, too."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TF_DETERMINISTIC_OPS", "0")
        yield


@pytest.fixture(scope="session")
def digits_path(tmp_path_factory):
    """An `.npz` file of 40 training and 20 test images."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    x_train, y_train = draw_digits(40, seed=0)
    x_test, y_test = draw_digits(20, seed=1)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


@pytest.fixture(scope="module")
def command(digits_path):
    """Return a function that gives the arguments of `lr-tb mnist` on few digits."""

    def arguments(logdir, *others):
        options = ["--data", digits_path, "--logdir", logdir, "--batch-size", 8, *others]
        return ["mnist", *map(str, options)]

    return arguments
