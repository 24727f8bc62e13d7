"""A schedule in force for the length of a fit."""

from lr_tb.scheduler.callback import LearningRateScheduler

__all__ = ["LearningRateScheduler"]
