"""A search for the best schedule, on KerasTuner."""

from lr_tb.tuner.schedule_tuner import ScheduleTuner

__all__ = ["ScheduleTuner"]
