"""From facts about an installation to findings: what works, what does not and what to do."""

import dataclasses
import enum
import re
from collections.abc import Iterator

from lr_tb.cli.doctor_facts import Facts

_TESTED_PYTHON = ((3, 11), (3, 13))
_KERAS = (3, 15)
_TENSORBOARD = (2, 20)
_TENSORBOARD_WITHOUT_PKG_RESOURCES = (2, 21)
_BACKENDS = ("tensorflow", "jax")
_PROFILED = 5
_NOT_BUILT = "front end of lr_tb was not built"
_USED = {
    "google-crc32c": "nothing can be logged",
    "keras-tuner": "ScheduleTuner does not work",
    "pillow": "`lr-tb mnist` cannot draw digits where MNIST cannot be had",
}


class Status(enum.StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        status: How bad it is.
        subject: What was looked at.
        what: What was found.
        advice: What to do, empty where nothing need be done.
    """

    status: Status
    subject: str
    what: str
    advice: str = ""


def examine(facts: Facts) -> list[Finding]:
    """Return all findings, in the order in which things depend on each other."""
    checks = (
        check_python,
        check_keras,
        check_backend,
        check_packages,
        check_device,
        check_capture,
        check_tensorboard,
        check_data_server,
        check_plugin,
        check_front_end,
        check_profile_plugin,
    )
    return [finding for check in checks for finding in check(facts)]


def check_python(facts: Facts) -> Iterator[Finding]:
    """Python is one that lr_tb is tested with."""
    lowest, highest = (".".join(map(str, each)) for each in _TESTED_PYTHON)
    if _TESTED_PYTHON[0] <= _release(facts.python) <= _TESTED_PYTHON[1]:
        yield Finding(Status.OK, "Python", facts.python)
    else:
        what = f"{facts.python}: lr_tb is tested with {lowest} to {highest}."
        yield Finding(Status.WARNING, "Python", what, f"Make an environment with {highest}.")


def check_keras(facts: Facts) -> Iterator[Finding]:
    """Keras is there and new enough."""
    version = facts.versions.get("keras")
    needed = f"lr_tb needs {_dotted(_KERAS)} or later."
    if version is None:
        yield Finding(Status.PROBLEM, "Keras", f"not installed. {needed}", _install("keras"))
    elif _release(version) < _KERAS:
        yield Finding(Status.PROBLEM, "Keras", f"{version}: {needed}", _install("keras"))
    else:
        yield Finding(Status.OK, "Keras", version)


def check_backend(facts: Facts) -> Iterator[Finding]:
    """The backend is one that lr_tb works with, and it is installed."""
    backend = facts.backend
    if backend not in _BACKENDS:
        advice = "Set KERAS_BACKEND=tensorflow or KERAS_BACKEND=jax."
        what = f"{backend!r}: lr_tb works with tensorflow and jax."
        yield Finding(Status.PROBLEM, "backend", what, advice)
    elif facts.versions.get(backend) is None:
        other = next((name for name in _BACKENDS if facts.versions.get(name)), None)
        advice = f"Set KERAS_BACKEND={other}, or: " if other else ""
        what = f"{backend!r}, which is not installed."
        yield Finding(Status.PROBLEM, "backend", what, advice + _install(backend))
    else:
        yield Finding(Status.OK, "backend", f"{backend} {facts.versions[backend]}")


def check_packages(facts: Facts) -> Iterator[Finding]:
    """What some parts of lr_tb need is there."""
    for package, consequence in _USED.items():
        if facts.versions.get(package) is None:
            is_vital = package == "google-crc32c"
            status = Status.PROBLEM if is_vital else Status.WARNING
            yield Finding(status, package, f"not installed: {consequence}.", _install(package))


def check_device(facts: Facts) -> Iterator[Finding]:
    """An accelerator is used where there is one."""
    if not _has_backend(facts) or facts.probe.error is not None:
        return
    if facts.probe.devices:
        yield Finding(Status.OK, "device", ", ".join(facts.probe.devices))
    elif facts.has_nvidia_driver:
        package = "jax[cuda13]" if facts.backend == "jax" else "tensorflow[and-cuda]"
        what = f"CPU: {facts.backend} does not see the GPU of this machine."
        yield Finding(Status.WARNING, "device", what, _install(package))
    else:
        yield Finding(Status.OK, "device", "CPU, no accelerator")


def check_capture(facts: Facts) -> Iterator[Finding]:
    """A training can be profiled: its capture has step markers and, on a GPU, device times."""
    probe = facts.probe
    if not _has_backend(facts):
        return
    if probe.error is not None:
        what = f"a training of a few steps under the profiler failed: {probe.error}"
        advice = "Try `python -m lr_tb.cli.doctor_probe`, which shows the whole error."
        yield Finding(Status.PROBLEM, "profiler", what, advice)
    elif probe.rows < _PROFILED:
        what = f"{probe.rows} of {_PROFILED} profiled steps have a marker."
        advice = f"Update {facts.backend}: step times cannot be read from its captures."
        yield Finding(Status.PROBLEM, "profiler", what, advice)
    elif probe.device_rows:
        yield Finding(Status.OK, "profiler", f"{probe.rows} steps, with times on the device")
    elif probe.devices:
        what = f"{probe.rows} steps, none with a time on the device."
        advice = "The driver may forbid it to users (CUPTI): see NVIDIA's ERR_NVGPUCTRPERM."
        yield Finding(Status.WARNING, "profiler", what, advice)
    else:
        what = f"{probe.rows} steps; on a CPU there are no times on the device"
        yield Finding(Status.OK, "profiler", what)


def check_tensorboard(facts: Facts) -> Iterator[Finding]:
    """TensorBoard is there and starts."""
    version = facts.versions.get("tensorboard")
    needed = f"lr_tb needs {_dotted(_TENSORBOARD)} or later."
    upgrade = _install("tensorboard")
    if version is None:
        yield Finding(Status.PROBLEM, "TensorBoard", f"not installed. {needed}", upgrade)
    elif _release(version) < _TENSORBOARD:
        yield Finding(Status.PROBLEM, "TensorBoard", f"{version}: {needed}", upgrade)
    elif _release(version) < _TENSORBOARD_WITHOUT_PKG_RESOURCES and not facts.has_pkg_resources:
        setuptools = facts.versions.get("setuptools")
        without = f"setuptools {setuptools} has none" if setuptools else "setuptools is missing"
        what = f"{version} does not start without pkg_resources, and {without}."
        advice = f'{upgrade}, or: pip install "setuptools<82"'
        yield Finding(Status.PROBLEM, "TensorBoard", what, advice)
    else:
        yield Finding(Status.OK, "TensorBoard", version)


def check_data_server(facts: Facts) -> Iterator[Finding]:
    """TensorBoard has its data server."""
    if facts.versions.get("tensorboard") is None:
        return
    if facts.has_data_server:
        yield Finding(Status.OK, "data server", "found")
    else:
        what = "none: TensorBoard reads large logs many times slower."
        advice = _install("tensorboard-data-server")
        yield Finding(Status.WARNING, "data server", what, advice)


def check_plugin(facts: Facts) -> Iterator[Finding]:
    """TensorBoard finds the plugin of lr_tb, and it can be loaded."""
    if "lr_tb" not in facts.plugins:
        advice = f"{_install('lr_tb')} in the environment in which TensorBoard runs"
        what = "TensorBoard does not find it: lr_tb is not installed as a package."
        yield Finding(Status.PROBLEM, "plugin", what, advice)
    elif facts.plugins["lr_tb"] is not None:
        what = f"it cannot be loaded, and ends TensorBoard: {facts.plugins['lr_tb']}"
        yield Finding(Status.PROBLEM, "plugin", what, _install("lr_tb"))
    else:
        yield Finding(Status.OK, "plugin", "TensorBoard finds it")


def check_front_end(facts: Facts) -> Iterator[Finding]:
    """The tab was built."""
    if _NOT_BUILT in facts.index:
        advice = "With a network, in the sources of lr_tb: LR_TB_FRONTEND=require pip install ."
        what = "not built: the tab in TensorBoard stays empty."
        yield Finding(Status.PROBLEM, "front end", what, advice)
    else:
        yield Finding(Status.OK, "front end", "built")


def check_profile_plugin(facts: Facts) -> Iterator[Finding]:
    """The Profile tab is there, its two packages of one version."""
    xprof = facts.versions.get("xprof")
    other = facts.versions.get("tensorboard-plugin-profile")
    error = facts.plugins.get("profile")
    if xprof and other and xprof != other:
        what = f"xprof {xprof} and tensorboard-plugin-profile {other} do not go together."
        advice = _install("xprof", "tensorboard-plugin-profile")
        yield Finding(Status.PROBLEM, "Profile tab", what, advice)
    elif error is not None:
        what = f"it cannot be loaded, and ends TensorBoard: {error}"
        yield Finding(Status.PROBLEM, "Profile tab", what, _install("xprof", "protobuf"))
    elif "profile" not in facts.plugins:
        what = "none; the step times of lr_tb do not need it."
        yield Finding(Status.WARNING, "Profile tab", what, _install("xprof"))
    else:
        yield Finding(Status.OK, "Profile tab", f"TensorBoard finds it, {xprof or other}")


def _has_backend(facts: Facts) -> bool:
    return facts.backend in _BACKENDS and facts.versions.get(facts.backend) is not None


def _release(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


def _dotted(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))


def _install(*packages: str) -> str:
    quoted = [f'"{name}"' if "[" in name else name for name in packages]
    return f"pip install --upgrade {' '.join(quoted)}"
