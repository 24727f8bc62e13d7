"""A rate that is reduced when a metric has stopped improving."""

from lr_tb.plateau.callback import ReduceLROnPlateau

__all__ = ["ReduceLROnPlateau"]
