"""Watching a training: the rate each update used, next to loss, metrics and step time."""

from lr_tb.monitor.callback import LearningRateMonitor

__all__ = ["LearningRateMonitor"]
