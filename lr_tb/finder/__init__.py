"""The learning-rate range test."""

from lr_tb.finder.callback import LearningRateFinder

__all__ = ["LearningRateFinder"]
