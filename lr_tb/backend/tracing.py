"""Whether what is called now will run later, in a compiled function."""

import sys

import keras


def is_tracing() -> bool:
    """Whether TensorFlow is tracing; on other backends that cannot be asked, False."""
    if keras.backend.backend() != "tensorflow":
        return False
    return not sys.modules["tensorflow"].executing_eagerly()
