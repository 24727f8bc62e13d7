"""A search collects garbage before each training: that need not go through every module."""

import gc

import pytest


@pytest.fixture(autouse=True, scope="session")
def _frozen():
    import keras_tuner  # noqa: F401

    import lr_tb.tuner  # noqa: F401

    gc.freeze()
    yield
    gc.unfreeze()
