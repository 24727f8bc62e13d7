"""The examples in docstrings are true."""

import doctest
import importlib

import pytest

import imports

_WITH_EXAMPLES = sorted(
    name for name, path in imports.modules().items() if ">>> " in path.read_text()
)


@pytest.mark.parametrize("name", _WITH_EXAMPLES)
def test_the_examples_of_a_module_are_true(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)

    assert result.attempted > 0
    assert result.failed == 0
