"""What `lr-tb doctor` knows about an installation, gathered without ever raising."""

import dataclasses
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lr_tb.plugin.assets import INDEX, Assets

PACKAGES = (
    "lr_tb",
    "keras",
    "tensorflow",
    "jax",
    "tensorboard",
    "tensorboard-data-server",
    "xprof",
    "tensorboard-plugin-profile",
    "google-crc32c",
    "keras-tuner",
    "numpy",
    "pillow",
    "protobuf",
    "setuptools",
)
# Other names under which PyPI has the same framework.
_ALSO = {"tensorflow": ("tensorflow-cpu", "tensorflow-macos", "tf-nightly", "tf-nightly-cpu")}
_PROBE_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Probe:
    """What a training of a few steps, in a process of its own, showed.

    Attributes:
        devices: Names of the accelerators that the framework sees.
        rows: Profiled executions with a step marker; 5 were profiled.
        device_rows: Those with a time on the device.
        error: Why it came to no end, or None.
    """

    devices: tuple[str, ...] = ()
    rows: int = 0
    device_rows: int = 0
    error: str | None = None


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known about an installation.

    Attributes:
        python: Version of Python.
        versions: From package to version, None where it is not installed.
        backend: The backend that Keras will use.
        has_pkg_resources: Whether the module `pkg_resources` is there.
        has_data_server: Whether TensorBoard's data server runs on this machine.
        has_nvidia_driver: Whether there is an NVIDIA driver.
        index: Source of the front end's `index.js`.
        plugins: From TensorBoard's dynamic plugins to why one cannot be loaded, None where
            it can.
        probe: What a training of a few steps showed.
    """

    python: str
    versions: Mapping[str, str | None]
    backend: str
    has_pkg_resources: bool
    has_data_server: bool
    has_nvidia_driver: bool
    index: str
    plugins: Mapping[str, str | None]
    probe: Probe


def gather() -> Facts:
    """Return the facts about this installation; takes some seconds."""
    return Facts(
        python=platform.python_version(),
        versions={name: _version(name) for name in PACKAGES},
        backend=_backend(),
        has_pkg_resources=importlib.util.find_spec("pkg_resources") is not None,
        has_data_server=_has_data_server(),
        has_nvidia_driver=shutil.which("nvidia-smi") is not None,
        index=(Assets().read(INDEX) or (b"", ""))[0].decode(errors="replace"),
        plugins=_plugins(),
        probe=_probe(),
    )


def _version(package: str) -> str | None:
    for name in (package, *_ALSO.get(package, ())):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _backend() -> str:
    """Return the backend by Keras' own rule, without importing Keras."""
    named = os.environ.get("KERAS_BACKEND")
    if named:
        return named
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return str(json.loads((folder / "keras.json").read_text())["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def _has_data_server() -> bool:
    try:
        server = importlib.import_module("tensorboard_data_server")
        return server.server_binary() is not None
    except Exception:  # Whatever a broken package raises, the answer is no.
        return False


def _plugins() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for entry in importlib.metadata.entry_points(group="tensorboard_plugins"):
        try:
            entry.load()
            found[entry.name] = None
        except Exception as error:  # TensorBoard itself would end here.
            found[entry.name] = f"{type(error).__name__}: {error}"
    return found


def _probe() -> Probe:
    """Train a few steps in another process: a broken framework may end it in any way."""
    command = [sys.executable, "-P", "-m", "lr_tb.cli.doctor_probe"]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Probe(error=f"it took more than {_PROBE_SECONDS} seconds")
    return read_probe(done.stdout, done.stderr, done.returncode)


def read_probe(output: str, errors: str, status: int) -> Probe:
    """Return what the process of the probe told.

    Args:
        output: Its standard output: objects of JSON, one a line, later ones adding to
            earlier ones.
        errors: Its standard error.
        status: Its exit status.

    Example:
        >>> read_probe('{"devices": []}', "ImportError: no libcublas", 1)
        Probe(devices=(), rows=0, device_rows=0, error='ImportError: no libcublas')
    """
    told: dict[str, Any] = {}
    for line in output.splitlines():
        if line.startswith("{"):
            told |= json.loads(line)
    error = None
    if status:
        error = (errors.strip().splitlines() or [f"it ended with status {status}"])[-1]
    return Probe(**told | {"devices": tuple(told.get("devices", ()))}, error=error)
