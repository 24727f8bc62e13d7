"""TensorBoard's entry point. An ImportError here would end TensorBoard: import nothing else."""

from typing import TYPE_CHECKING

from tensorboard.plugins import base_plugin

if TYPE_CHECKING:
    from lr_tb.plugin.backend import LRPlugin


class LRLoader(base_plugin.TBLoader):
    """Loads the plugin."""

    def load(self, context: base_plugin.TBContext) -> "LRPlugin":
        """Return the plugin; an error raised here costs this tab only."""
        from lr_tb.plugin.backend import LRPlugin

        return LRPlugin(context)
