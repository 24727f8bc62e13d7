"""How quick the tab is with many runs, in a real TensorBoard and a real browser.

    python benchmarks/tab.py [--groups 100 500] [--points 1000] [--rounds 5] [--json FILE]

Needs the `playwright` package and Chromium or Chrome (`$LR_TB_CHROMIUM`, or on the PATH). Each
run group has a plan and four tags of as many points: rate, loss, step time, accuracy. Measured:

- shell: from the click on the tab to the moment at which TensorBoard has opened our page;
- painted: from there to the frame in which the last of the four charts is drawn;
- table: from there to the frame in which the comparison stands;
- whole: from there to the moment at which all points have come: with many groups the first
  look is at a part of them;
- zoom: script time of a frame while one zooms in and out, of the frames that draw a chart;
- requests of that page, and of these the series: one per tag (two where a first look comes
  before), not per run;
- the bundle, gzipped.

Times are the median and the fastest of the rounds: other programs on the machine only add.
"""

import argparse
import collections
import gzip
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import lr_tb.plugin
from lr_tb.events import EventWriter
from lr_tb.records import PlanRecord
from tensorboard_process import TensorBoard

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BUNDLE = Path(lr_tb.plugin.__file__).parent / "static" / "index.js"
ROUTE = "/plugin/lr_tb/"
ZOOMS = 12

# Runs in every frame before its own scripts. A frame's time goes on until the microtasks
# are done in which uPlot draws.
WATCH = """
if (location.search.includes("name=lr_tb")) {
  const found = (window.found = { frames: new Map() });
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (work) => ask((at) => {
    const began = performance.now();
    work(at);
    const end = () => found.frames.set(at, (found.frames.get(at) ?? 0) + performance.now() - began);
    queueMicrotask(() => queueMicrotask(() => queueMicrotask(end)));
  });
  const drawn = new Set();
  const isDrawn = (canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(width / 2, 0, 4, height);
    const isColored = (i) => Math.max(data[i], data[i + 1], data[i + 2])
      - Math.min(data[i], data[i + 1], data[i + 2]) > 40;
    for (let i = 0; i < data.length && !drawn.has(canvas); i += 4)
      if (isColored(i)) drawn.add(canvas);
    return drawn.has(canvas);
  };
  const look = () => {
    const charts = [...document.querySelectorAll(".charts .u-wrap > canvas")];
    if (!found.painted && charts.length === 4 && charts.every(isDrawn))
      found.painted = performance.now();
    if (!found.table && document.querySelector(".comparison tbody tr"))
      found.table = performance.now();
    if (!found.painted || !found.table) ask(look);
  };
  ask(look);
}
"""

TIMES = """({
  ...window.found,
  origin: performance.timeOrigin,
  whole: Math.max(...performance.getEntriesByType("resource")
    .filter((each) => each.name.includes("/series?")).map((each) => each.responseEnd)),
})"""


def write(logdir: Path, groups: int, points: int) -> None:
    """Write run groups whose curves all differ."""
    steps = np.arange(points)
    for index in range(groups):
        peak = 1e-3 * (1 + index / groups)
        rates = peak / 2 * (1 + np.cos(np.pi * steps / points))
        folder = logdir / f"run{index:03d}"
        writer = EventWriter(folder, starts_session=False)
        kept = np.unique(np.linspace(0, points - 1, 64).astype(int))
        name = f"run{index:03d}"
        plan = {"name": name, "schedule": "CosineDecay", "steps_per_epoch": max(1, points // 10)}
        writer.add_record(
            PlanRecord(**plan, total_steps=points, steps=kept, rates=rates[kept], max_error=1e-5)
        )
        writer.close()
        noise = np.random.default_rng(index).normal(size=(3, points))
        writer = EventWriter(folder / "train", starts_session=True)
        for step in range(points):
            values = {
                "step/learning_rate": float(rates[step]),
                "step/loss": 2 / (1 + step / 100) + 0.02 * float(noise[0, step]),
                "step/step_time_ms": 5 + 0.2 * float(noise[1, step]),
                "step/accuracy": 1 - 1 / (2 + step / 50) + 0.01 * float(noise[2, step]),
            }
            writer.add_scalars(step, values, wall_time=1.7e9 + step / 100)
        writer.close()
        writer = EventWriter(folder / "validation", starts_session=True)
        for epoch in range(10):
            step = (epoch + 1) * points // 10 - 1
            writer.add_scalars(step, {"epoch/accuracy": 0.9 + 0.005 * epoch}, wall_time=1.7e9)
        writer.close()


def open_tab(context: Any, url: str) -> tuple[Any, dict[str, Any]]:
    """Click the tab in a TensorBoard that stands; return the page and what was measured."""
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/#text")
    button = page.get_by_role("tab", name="LR Schedules")
    button.wait_for()
    page.wait_for_timeout(1000)
    clicked = time.time() * 1000
    button.click()
    handle = page.wait_for_selector("iframe[src*='name=lr_tb']")
    frame = handle.content_frame()
    frame.wait_for_function("window.found?.painted && window.found?.table", timeout=120_000)
    page.wait_for_load_state("networkidle")
    times = frame.evaluate(TIMES)
    routes = [urllib.parse.urlsplit(each).path.partition(ROUTE) for each in asked]
    return page, {
        "shell_ms": times["origin"] - clicked,
        "painted_ms": times["painted"],
        "table_ms": times["table"],
        "whole_ms": times["whole"],
        "requests": dict(collections.Counter(route for _, ours, route in routes if ours)),
    }


def zoom(page: Any) -> list[float]:
    """Zoom in and out by the keyboard; return the script time of each frame that drew."""
    frame = page.query_selector("iframe[src*='name=lr_tb']").content_frame()
    plot = frame.locator("[data-chart=rate] .plot")
    plot.focus()
    page.wait_for_timeout(500)
    frame.evaluate("window.found.frames.clear()")
    for turn in range(ZOOMS):
        plot.press("+" if turn % 2 == 0 else "Escape")
        page.wait_for_timeout(250)
    times: list[float] = frame.evaluate("[...window.found.frames.values()]")
    return [each for each in times if each > 1]


def measure(groups: int, points: int, rounds: int) -> dict[str, Any]:
    """Open the tab so often on so many groups."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("LR_TB_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        write(Path(scratch), groups, points)
        board = TensorBoard(scratch)
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            board.wait_for("/data/plugin/lr_tb/runs", lambda runs: len(runs["groups"]) == groups)
            opened, frames = [], []
            for _ in range(rounds):
                context = browser.new_context(viewport={"width": 1400, "height": 900})
                context.add_init_script(WATCH)
                page, found = open_tab(context, board.url)
                opened.append(found)
                frames += zoom(page)
                context.close()
        finally:
            browser.close()
            board.stop()
    return summarize(groups, points, opened, frames)


def summarize(
    groups: int, points: int, opened: list[dict[str, Any]], frames: list[float]
) -> dict[str, Any]:
    """Return the figures of one number of groups."""
    times = {key: [each[key] for each in opened] for key in opened[0] if key.endswith("_ms")}
    requests = opened[0]["requests"]
    return {
        "groups": groups,
        "points": points,
        **{key: round(statistics.median(values), 1) for key, values in times.items()},
        "painted_fastest_ms": round(min(times["painted_ms"]), 1),
        "zoom_frame_ms": round(statistics.median(frames), 1),
        "zoom_frame_p95_ms": round(float(np.quantile(frames, 0.95)), 1),
        "requests": sum(requests.values()),
        "series_requests": requests.get("series", 0),
    }


def main() -> None:
    """Measure, print a table, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = [measure(groups, arguments.points, arguments.rounds) for groups in arguments.groups]
    print("".join(f"{key.removesuffix('_ms'):>16}" for key in rows[0]))
    for row in rows:
        print("".join(f"{value:>16}" for value in row.values()))
    bundle = len(gzip.compress(BUNDLE.read_bytes()))
    print(f"times in ms; bundle {bundle / 1024:.1f} KiB gzipped")
    if arguments.json:
        machine = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
        content = {**machine, "bundle_bytes": bundle, "rows": rows}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
