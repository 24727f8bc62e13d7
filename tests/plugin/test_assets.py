import pytest

from lr_tb.plugin.assets import Assets


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    built = tmp_path / "static"
    built.mkdir()
    (built / "index.js").write_text("export function render() {}")
    (built / "uPlot.LICENSE.txt").write_text("MIT")
    (built / "index.js.map").write_text("{}")
    (built / "below").mkdir()
    return built


def test_files_of_the_front_end_come_with_their_type(folder):
    assets = Assets(folder)

    assert assets.read("index.js") == (b"export function render() {}", "text/javascript")
    assert assets.read("uPlot.LICENSE.txt") == (b"MIT", "text/plain")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "below", "../secret.txt", "index.js.map", "/etc/passwd", "INDEX.JS", "a\0b"],
)
def test_there_is_nothing_else(folder, name):
    assert Assets(folder).read(name) is None


def test_a_file_that_comes_later_is_not_served(folder):
    assets = Assets(folder)
    (folder / "late.js").write_text("late")

    assert assets.read("late.js") is None


def test_where_nothing_was_built_the_page_says_so(tmp_path):
    text, kind = Assets(tmp_path / "static").read("index.js")

    assert kind == "text/javascript"
    assert b"export function render" in text
    assert b"The front end of lr_tb was not built" in text
