"""What is taken away: pictures that show the curves, files with the numbers of the event files."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import logdirs
from browser import known

pytestmark = pytest.mark.browser
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def take(tab, tmp_path):
    """Return a function that clicks and gives the name and the bytes of the file that comes."""

    def click(button):
        with tab.page.expect_download() as waiting:
            button.click()
        file = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(file)
        return file.name, file.read_bytes()

    return click


def _picture(tab, take, chart, form):
    tab.find(f"[data-chart={chart}] .menu summary").click()
    return take(tab.find(f"[data-chart={chart}]").get_by_role("menuitem", name=form))


def _has(image, color):
    wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return np.count_nonzero(np.abs(image - wanted).max(axis=-1) < 12)


@pytest.mark.parametrize("chart", ["rate", "loss", "metric", "time"])
def test_a_png_shows_the_curves_at_twice_their_size(tab, take, chart):
    tab.look(pick={"mode": "only", "names": ["cosine", "linear"]})
    area = tab.area(chart)

    name, data = _picture(tab, take, chart, "PNG")

    image = Image.open(io.BytesIO(data))
    pixels = np.asarray(image.convert("RGB"), int)
    assert (f"lr_tb-{chart}.png", "PNG") == (name, image.format)
    assert image.width >= 2 * area["width"]
    assert image.height >= 2 * area["height"]
    colors = tab.colors()
    assert _has(pixels, colors["linear"]) > 100
    assert _has(pixels, colors["cosine"]) > 100 or chart == "time"  # They lie over each other.
    assert _has(pixels, colors["square"]) == 0
    assert np.mean(np.abs(pixels - 255).max(axis=-1) < 3) > 0.5, "on the colour of the page"


def test_an_svg_has_a_path_for_each_curve_where_the_formula_says(tab, take):
    tab.look(only="linear")

    name, data = _picture(tab, take, "rate", "SVG")

    root = ET.fromstring(data)
    assert ("lr_tb-rate.svg", f"{_SVG}svg") == (name, root.tag)
    color = tab.colors()["linear"]
    dashed = [p for p in root.iter(f"{_SVG}path") if p.get("stroke-dasharray") == "6 4"]
    [plan] = [path for path in dashed if path.get("stroke") == color]
    points = np.array(
        [pair.split() for pair in plan.get("d").replace("L", "M").split("M")[1:]], float
    )
    x, y = points.T
    assert np.polyfit(x, y, 1)[0] > 0, "a rate that falls"
    assert np.abs(np.polyval(np.polyfit(x, y, 1), x) - y).max() < 0.3
    words = [text.text for text in root.iter(f"{_SVG}text")]
    assert {"Learning rate", "linear", "step", "0"} <= set(words)


def test_a_picture_of_the_dark_page_is_dark(tab, take):
    tab.page.evaluate("document.body.classList.add('dark-mode')")
    tab.until(lambda: tab.surface() == "#303134")

    _, data = _picture(tab, take, "rate", "PNG")

    tab.page.evaluate("document.body.classList.remove('dark-mode')")
    tab.until(lambda: tab.surface() == "#ffffff")
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int)
    assert np.mean(np.abs(pixels - [0x30, 0x31, 0x34]).max(axis=-1) < 3) > 0.5


def _logged(ten_runs, run, part, tag):
    return logdirs.read(ten_runs / run / part).scalars[tag]


def test_the_csv_holds_every_point_shown_as_the_event_files_have_it(tab, take, ten_runs):
    tab.look(pick={"mode": "only", "names": ["cosine", "linear"]})

    name, data = take(tab.button("CSV", ".toolbar"))

    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert "lr_tb-curves.csv" == name
    assert {"cosine", "linear"} == {row["run"] for row in rows}
    places = {
        ("Learning rate", "applied"): ("train", "step/learning_rate"),
        ("Loss", "train"): ("train", "step/loss"),
        ("Loss", "validation"): ("validation", "epoch/loss"),
        ("Accuracy", "validation"): ("validation", "epoch/accuracy"),
        ("Step time (ms)", "train"): ("train", "step/step_time_ms"),
    }
    for run in ("cosine", "linear"):
        for (chart, part), place in places.items():
            found = {
                int(row["step"]): np.float32(row["value"])
                for row in rows
                if (row["chart"], row["part"], row["run"]) == (chart, part, run)
            }
            assert _logged(ten_runs, run, *place) == found, (run, chart, part)


def test_the_csv_of_rates_has_the_plan(tab, take):
    tab.look(only="cosine")

    rows = list(csv.DictReader(io.StringIO(take(tab.button("CSV", ".toolbar"))[1].decode())))

    plan = {int(row["step"]): float(row["value"]) for row in rows if row["part"] == "planned"}
    assert {0, 599} <= set(plan)
    np.testing.assert_allclose(
        list(plan.values()), known.rate("cosine", list(plan)), rtol=1e-5, atol=1e-9
    )


def test_the_json_holds_the_zoomed_points_smoothed_and_raw_the_table_and_the_link(
    tab, take, ten_runs
):
    tab.look(only="square", x="epoch", zoom=[2, 3], smooth=0.5)

    name, data = take(tab.button("JSON", ".toolbar"))

    found = json.loads(data)
    assert ("lr_tb.json", 1, "epoch") == (name, found["version"], found["x"])
    assert "p.lr_tb.only=%22square%22" in found["link"]
    charts = {chart["chart"]: chart["curves"] for chart in found["charts"]}
    [train] = [curve for curve in charts["Loss"] if curve["part"] == "train"]
    logged = _logged(ten_runs, "square", "train", "step/loss")
    assert list(range(199, 300)) == [point["step"] for point in train["points"]]
    for point in train["points"]:
        assert logged[point["step"]] == np.float32(point["value"])
        assert (point["step"] + 1) / known.PER_EPOCH == pytest.approx(point["x"])
    assert train["points"][0]["smoothed"] != train["points"][0]["value"]
    [applied] = [curve for curve in charts["Learning rate"] if curve["part"] == "applied"]
    assert {None} == {point["smoothed"] for point in applied["points"]}
    assert {row["name"] for row in found["comparison"]["rows"]} == set(known.SCHEDULES)


def test_the_table_as_csv_holds_what_it_shows(tab, take):
    tab.look(filter="cosine")
    tab.until_rows(2)

    name, data = take(tab.button("CSV", ".table-panel"))

    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert "lr_tb-comparison.csv" == name
    assert {"cosine", "cosine_warmup"} == {row["Schedule"] for row in rows}
    shown = {key: cells["best"]["value"] for key, cells in tab.cells().items()}
    assert shown == {row["Schedule"]: row["best val_accuracy"] for row in rows}
