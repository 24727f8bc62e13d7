"""A Python that has JAX, lr_tb and no TensorFlow: made once and kept in `.venv-jax`."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import packages

REQUIREMENTS = packages.ROOT / "requirements-jax.txt"
_FOLDER = packages.ROOT / ".venv-jax"
_INSTALLED = _FOLDER / ".installed"
_PYTHON = _FOLDER / ("Scripts" if sys.platform == "win32" else "bin") / "python"
# What pip says of a package that surely exists, where it reaches no registry.
_UNREACHABLE = "(from versions: none)"


class UnreachableError(Exception):
    """There is no network to install packages from."""


def python():
    """Return the interpreter, in whose environment the sources as they are now are installed.

    Raises:
        UnreachableError: The environment is to be made, and pip reaches no registry.
    """
    wanted = f"{sys.version}\n{REQUIREMENTS.read_text()}"
    if not _INSTALLED.exists() or _INSTALLED.read_text() != wanted:
        venv.create(_FOLDER, clear=True, with_pip=True)
        _pip("install", "-r", REQUIREMENTS, "pytest", "pytest-timeout")
        _INSTALLED.write_text(wanted)
    with tempfile.TemporaryDirectory() as folder:
        _pip("install", "--no-deps", "--no-index", "--force-reinstall", _wheel(Path(folder)))
    return _PYTHON


def _wheel(folder):
    """Build a wheel without the front end: it is no part of what is tested with it."""
    sources = packages.copy_sources(folder / "sources")
    variables = packages.environment(folder, "skip", registry=False)
    result = packages.run_hook("build_wheel", sources, folder / "wheel", variables)
    assert result.returncode == 0, result.stderr
    return next((folder / "wheel").glob("*.whl"))


def _pip(*arguments):
    command = [_PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode and _UNREACHABLE in result.stderr:
        raise UnreachableError(result.stderr[-2000:])
    assert result.returncode == 0, result.stderr
