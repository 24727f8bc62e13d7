"""The names that users type."""

import importlib.util
import re
from pathlib import Path

import pytest

import lr_tb

_CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def _is_there(name):
    module = lr_tb._EXPORTS.get(name, name)
    return name.startswith("__") or importlib.util.find_spec(f"lr_tb.{module}") is not None


_NAMES = [name for name in lr_tb.__all__ if _is_there(name)]


def test_the_public_names_are_sorted():
    assert sorted(lr_tb.__all__) == lr_tb.__all__


def test_the_public_names_are_listed():
    assert set(lr_tb.__all__) <= set(dir(lr_tb))


@pytest.mark.parametrize("name", _NAMES)
def test_each_public_name_can_be_imported(name):
    assert getattr(lr_tb, name) is not None


@pytest.mark.parametrize("name", [name for name in _NAMES if name != "__version__"])
def test_each_public_name_says_what_it_is(name):
    assert getattr(lr_tb, name).__doc__.strip()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(
        AttributeError, match="module 'lr_tb' has no attribute 'LearningRateMonitr'"
    ):
        lr_tb.LearningRateMonitr  # noqa: B018


def test_the_version_is_the_newest_of_the_changelog():
    newest = re.search(r"^## \[(\d\S*)\]", _CHANGELOG.read_text(), re.MULTILINE)

    assert newest[1] == lr_tb.__version__
