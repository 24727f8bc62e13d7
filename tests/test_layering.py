"""The import table of the design, held against the code."""

import subprocess
import sys

import pytest

import imports

_PATHS = imports.modules()
_IMPORTS = {name: imports.imports_of(name, _PATHS) for name in _PATHS}
_EDGES = {
    name: {each.module for each in found if each.module in _PATHS}
    for name, found in _IMPORTS.items()
}

# A part may lead to parts of lower layers only; modules that stand in no layer help those that do.
_LAYERS = (
    ("records",),
    ("comparison", "events", "schedules"),
    ("plan",),
    ("rates", "profiling"),
    ("monitor", "scheduler", "plateau", "finder"),
    ("tuner",),
    ("cli",),
)
_LAYER = {part: number for number, parts in enumerate(_LAYERS) for part in parts}
_HEAVY = ("jax", "keras", "keras_tuner", "tensorflow", "torch", "xprof")
_MAX_LINES = 320


def _part(module):
    """Return the part that a module belongs to: the first name below the package."""
    return module.split(".")[1] if "." in module else module


def _modules_of(*parts):
    return sorted(name for name in _PATHS if _part(name) in parts)


@pytest.mark.parametrize("name", _modules_of(*_LAYER))
def test_a_part_leads_to_lower_layers_only(name):
    part = _part(name)

    reached = {_part(module) for module in imports.reachable(name, _EDGES)} - {part}

    above = {other for other in reached & set(_LAYER) if _LAYER[other] >= _LAYER[part]}
    assert above == set()


@pytest.mark.parametrize("name", sorted(_PATHS))
def test_no_module_leads_back_to_itself(name):
    assert name not in imports.reachable(name, _EDGES)


@pytest.mark.parametrize("name", sorted(_PATHS))
def test_nothing_is_imported_by_way_of_the_lazy_names(name):
    assert imports.PACKAGE not in _EDGES[name] or name.startswith("lr_tb.cli")


@pytest.mark.parametrize("name", _modules_of("plugin"))
def test_the_plugin_imports_the_contract_and_the_comparison_only(name):
    found = {each.module for each in _IMPORTS[name] if each.at_import_time}

    parts = {_part(module) for module in found & set(_PATHS)}
    packages = {module.partition(".")[0] for module in found} - set(sys.stdlib_module_names)

    assert parts <= {"plugin", "records", "comparison"}
    assert packages <= {"lr_tb", "google", "numpy", "tensorboard", "werkzeug"}


@pytest.mark.parametrize("name", sorted(set(_PATHS) - set(_modules_of("plugin", "tuner", "cli"))))
def test_only_the_command_and_the_tuner_use_the_plugin(name):
    assert "plugin" not in {_part(module) for module in _EDGES[name]}


@pytest.mark.parametrize("name", _modules_of("records", "comparison", "events"))
def test_the_contract_its_writer_and_its_reader_need_no_framework(name):
    reached = imports.reachable(name, _EDGES) | {name}

    used = {each.module.partition(".")[0] for module in reached for each in _IMPORTS[module]}

    assert used.isdisjoint(_HEAVY)


@pytest.mark.parametrize("name", _modules_of("mnist"))
def test_the_experiment_uses_keras_and_none_of_the_layers(name):
    reached = {_part(module) for module in imports.reachable(name, _EDGES)}

    assert reached.isdisjoint(_LAYER)
    assert "plugin" not in reached


@pytest.mark.parametrize("folder", ["lr_tb", "tests", "examples", "benchmarks"])
def test_each_file_is_short(folder):
    paths = [
        path
        for pattern in ("*.py", "*.ts")
        for path in (imports.ROOT / folder).rglob(pattern)
        if "node_modules" not in path.parts
    ]

    lines = {str(path): len(path.read_text().splitlines()) for path in paths}

    assert {path: count for path, count in lines.items() if count > _MAX_LINES} == {}


def _loaded_by(statement):
    """Return the top-level packages, the standard library's excepted, that a statement loads."""
    code = (
        "import sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split()) - set(sys.stdlib_module_names)


def test_importing_the_package_imports_nothing_but_itself():
    assert {"lr_tb"} == _loaded_by("import lr_tb")


def test_the_entry_point_of_tensorboard_loads_no_framework():
    loaded = _loaded_by("from lr_tb.plugin.loader import LRLoader")

    assert "tensorboard" in loaded
    assert loaded.isdisjoint({*_HEAVY, "google_crc32c", "rich"})


def test_the_plugin_loads_no_framework():
    loaded = _loaded_by(f"import {', '.join(_modules_of('plugin'))}")

    assert loaded.isdisjoint(_HEAVY)
