"""The device that trains, in words."""

import sys

import keras


def device_name() -> str:
    """Return the accelerator's name, such as `"NVIDIA H200"`, or `"CPU"`.

    With TensorFlow and JAX the first device that is no CPU is named; nothing is
    imported that the backend has not imported itself.
    """
    if keras.backend.backend() == "jax":
        return _jax_name()
    if keras.backend.backend() == "tensorflow":
        return _tensorflow_name()
    return keras.backend.backend()


def _tensorflow_name() -> str:
    config = sys.modules["tensorflow"].config
    for device in config.list_physical_devices():
        if device.device_type != "CPU":
            details = config.experimental.get_device_details(device)
            return str(details.get("device_name", device.device_type))
    return "CPU"


def _jax_name() -> str:
    device = sys.modules["jax"].devices()[0]
    return "CPU" if device.platform == "cpu" else str(device.device_kind)
