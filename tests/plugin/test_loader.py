import subprocess
import sys

import pytest
from tensorboard.plugins import base_plugin

from lr_tb.plugin.loader import LRLoader
from plugin_client import ROOT, client_for

_HEAVY = ("tensorflow", "keras", "jax", "torch", "xprof", "keras_tuner")
_CONSTRUCT = """
import sys
from tensorboard.plugins import base_plugin
from lr_tb.plugin.loader import LRLoader

plugin = LRLoader().load(base_plugin.TBContext())
plugin.get_plugin_apps(), plugin.frontend_metadata(), plugin.is_active()
print(*sorted(name for name in sys.modules if "." not in name))
"""
_BREAK = "import sys; sys.modules['lr_tb.plugin.backend'] = None"


def test_loading_the_plugin_imports_no_framework():
    result = subprocess.run([sys.executable, "-c", _CONSTRUCT], capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert "tensorboard" in result.stdout.split()
    assert set(_HEAVY).isdisjoint(result.stdout.split())


def test_it_is_loaded_under_the_name_of_its_records():
    plugin = LRLoader().load(base_plugin.TBContext())

    assert (plugin.plugin_name, plugin.data_plugin_names()) == ("lr_tb", ("lr_tb",))


def test_tensorboard_runs_on_where_the_plugin_cannot_be_loaded(tmp_path, tensorboard, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(_BREAK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    board = tensorboard(tmp_path)

    _, _, plugins = board.get("/data/plugins_listing")
    assert "scalars" in plugins
    assert "lr_tb" not in plugins
    assert board.get(f"{ROOT}/runs")[0] == 404


class _Broken:
    """A data provider that fails at every question."""

    def __getattr__(self, name):
        def fail(*arguments, **named):
            raise RuntimeError(f"{name} is broken")

        return fail


def test_an_error_while_answering_is_that_requests_own():
    client = client_for(_Broken())

    with pytest.raises(RuntimeError):
        client.get("/runs")

    assert client.get("/index.js").status_code == 200
    assert client.get("/design?spec=0.5&total_steps=2").json["rates"] == [0.5, 0.5]
