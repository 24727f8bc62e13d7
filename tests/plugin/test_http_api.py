"""What `http_api.md` says is what the routes answer."""

import json
import re
from pathlib import Path

import pytest
from tensorboard.plugins import base_plugin

import lr_tb.plugin
from lr_tb.plugin.backend import LRPlugin
from lr_tb.plugin.groups import KINDS

_TEXT = (Path(lr_tb.plugin.__file__).parent / "http_api.md").read_text()


def _examples(title):
    """Return the JSON objects of a section."""
    section = _TEXT.split(f"\n## `{title}")[1].split("\n## ")[0]
    decoder, found = json.JSONDecoder(), []
    for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL):
        while block.strip():
            value, end = decoder.raw_decode(block.strip())
            found.append(value)
            block = block.strip()[end:]
    return found


def _keys(value, path=""):
    """Return the paths of all keys; an entry of a list stands for all of them."""
    if isinstance(value, list) and value:
        return _keys(value[0], f"{path}[]")
    if not isinstance(value, dict):
        return set()
    return {f"{path}/{key}" for key in value}.union(
        *(_keys(item, f"{path}/{key}") for key, item in value.items())
    )


@pytest.mark.parametrize(
    "title, page",
    [
        ("/compare", "/compare?target=0.98"),
        ("/schedules`", "/schedules"),
        ("/design", "/design?spec=CosineDecay(0.003,2345)&total_steps=2345"),
    ],
)
def test_an_example_has_the_keys_of_the_reply(client, title, page):
    assert _keys(_examples(title)[0]) == _keys(client.get(page).json)


def test_the_example_of_runs_has_the_keys_of_the_reply(client):
    [example] = _examples("/runs`")
    reply = client.get("/runs").json
    group = next(g for g in reply["groups"] if g["name"] == "cosine/seed1")

    shown, [described] = reply | {"groups": [group]}, example["groups"]

    shown["groups"][0]["records_updated"] = described["records_updated"] = {}
    assert _keys(example) == _keys(shown)


def test_the_example_of_series_has_the_keys_of_the_reply(client):
    [example] = _examples("/series")
    reply = client.get("/series?tag=step/learning_rate").json

    described, points = example["runs"]["cosine/seed0/train"], reply["runs"]["cosine/seed0/train"]

    assert (set(example), set(described)) == (set(reply), set(points))


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_record_has_the_keys_of_the_reply(client, kind):
    entries, *others = _examples("/records")
    records = [entries["records"][0]["record"], *others]
    reply = client.get(f"/records?kind={kind}").json
    shown = next(entry for entry in reply["records"] if entry["record"])

    described, record = records[KINDS.index(kind)], shown["record"]

    if kind == "finder":
        described["suggestions"] = record["suggestions"]
    assert _keys(described) == _keys(record)
    assert set(entries["records"][0]) == set(shown)


def test_every_route_is_described():
    described = set(re.findall(r"`(/[^`?]*)[`?]", _TEXT))

    routes = LRPlugin(base_plugin.TBContext()).get_plugin_apps()

    assert set(routes) <= described
