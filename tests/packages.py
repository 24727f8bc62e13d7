"""Building the package in tests: a copy of the sources, and the build backend's hooks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FILES = ("setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
_NOT_COPIED = shutil.ignore_patterns("node_modules", "static", "__pycache__")
_CLOSED_PORT = "http://127.0.0.1:9/"


def copy_sources(folder):
    """Copy what a build needs, without anything that was built."""
    folder.mkdir()
    for name in (*_FILES, "CHANGELOG.md", "Makefile"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "lr_tb", folder / "lr_tb", ignore=_NOT_COPIED)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=_NOT_COPIED)
    return folder


def environment(folder, mode, *, registry=True):
    """Return an environment with `sh` and nothing else on the PATH, node least of all."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    if not (programs / "sh").exists():
        (programs / "sh").symlink_to(shutil.which("sh"))
    variables = os.environ | {"PATH": str(programs), "LR_TB_FRONTEND": mode}
    if not registry:
        variables["npm_config_registry"] = _CLOSED_PORT
        variables["npm_config_cache"] = str(folder / "empty npm cache")
        variables["npm_config_fetch_retries"] = "0"
    return variables


def run_hook(hook, sources, output, variables, *, before=""):
    """Call a hook of the build backend, such as `build_wheel`, in a process of its own."""
    output.mkdir(exist_ok=True)
    code = f"{before}\nfrom setuptools import build_meta\nbuild_meta.{hook}({str(output)!r})"
    return run([sys.executable, "-c", code], sources, variables)


def run(command, folder, variables):
    """Run a command and keep both of its streams as text."""
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
