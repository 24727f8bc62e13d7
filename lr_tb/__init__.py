"""Learning-rate schedules for Keras that you can see in TensorBoard."""

import importlib
from typing import Any

__version__ = "0.1.0"

_EXPORTS = {
    "LearningRateFinder": "finder",
    "LearningRateMonitor": "monitor",
    "LearningRateScheduler": "scheduler",
    "Plan": "plan",
    "ReduceLROnPlateau": "plateau",
    "ScheduleTuner": "tuner",
    "log_plans": "plan",
}
_MODULES = ("profiling", "schedules")

__all__ = [
    "LearningRateFinder",
    "LearningRateMonitor",
    "LearningRateScheduler",
    "Plan",
    "ReduceLROnPlateau",
    "ScheduleTuner",
    "__version__",
    "log_plans",
    "profiling",
    "schedules",
]


def __getattr__(name: str) -> Any:
    """Import a public name on its first use, so that `import lr_tb` costs nothing."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _EXPORTS:
        return getattr(importlib.import_module(f"{__name__}.{_EXPORTS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
