"""The plugin asked without a server: its own applications on its own reader."""

from tensorboard.plugins import base_plugin
from werkzeug.test import Client
from werkzeug.wrappers import Response

from lr_tb.plugin.backend import LRPlugin
from lr_tb.plugin.logdir import LogdirProvider

ROOT = "/data/plugin/lr_tb"


def client_of(logdir):
    """Return a client of the plugin that reads the files of a log directory now."""
    return client_for(LogdirProvider(logdir))


def client_for(provider, hints=None):
    """Return a client of the plugin on any data provider."""
    hints = {"scalars": 0} if hints is None else hints
    plugin = LRPlugin(base_plugin.TBContext(data_provider=provider, sampling_hints=hints))
    apps = plugin.get_plugin_apps()

    def application(environ, start_response):
        route = apps.get(environ["PATH_INFO"], apps["/static/*"])
        return route(environ, start_response)

    return Client(application, Response)


def versions(runs):
    """Return what changes with each series and each record, by group."""
    return {group["name"]: group["updated"] for group in runs["groups"]}
