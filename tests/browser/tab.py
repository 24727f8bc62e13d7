"""The tab as a person has it: opened, pointed at, read."""

import base64
import dataclasses
import io
import json
import time
import urllib.parse

import numpy as np
from PIL import Image

_DEADLINE_SECONDS = 20
_TITLE = "LR Schedules"


def eventually(check, *, seconds=_DEADLINE_SECONDS, page=None):
    """Return what `check` returns once it is true; while it is not, or raises, ask again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := check():
                return found
            failure = AssertionError(f"never came true; it was {found!r}")
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure
        page.wait_for_timeout(50) if page else time.sleep(0.05)


@dataclasses.dataclass
class Picture:
    """What a chart has drawn.

    Attributes:
        pixels: RGB of the plotting area, float64 `[height, width, 3]`.
        surface: The colour behind the curves, such as `#ffffff`.
    """

    pixels: np.ndarray
    surface: str

    def ink(self, color):
        """How much of a colour there is in each pixel, float64 `[height, width]`.

        1 is the colour itself, 0.5 the colour half covering the surface, 0 none of it or
        another colour.
        """
        whole = _channels(color) - _channels(self.surface)
        here = self.pixels - _channels(self.surface)
        part = here @ whole / (whole @ whole)
        astray = np.linalg.norm(here - part[..., None] * whole, axis=2)
        return np.where(astray < 24, np.clip(part, 0, 1), 0)

    def ink_along(self, color, heights, within=2):
        """The most ink of a colour in each column, so close to a height: float64 `[width]`."""
        ink = self.ink(color)
        rows = np.arange(len(ink))[:, None]
        return np.where(np.abs(rows - np.asarray(heights)) <= within, ink, 0).max(axis=0)


def state_of(**view):
    """What stands after `#lr_tb` in a link to this view."""
    texts = {
        key: value if key in ("x", "metric", "filter", "speed") else json.dumps(value)
        for key, value in view.items()
    }
    return "".join(
        f"&p.lr_tb.{key}={urllib.parse.quote(text, safe='')}" for key, text in texts.items()
    )


def _channels(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], float)


class Tab:
    """The tab in a page of the browser.

    Args:
        page: A page of Playwright.
        url: Address of TensorBoard.
        rows: Rows to wait for in the list of runs; None to wait for nothing.
        view: What the link says of the page's state, such as `x="epoch"`.
    """

    def __init__(self, page, url, *, rows=None, **view):
        self.page = page
        page.goto(f"{url}/#lr_tb{state_of(**view)}")
        self.enter(rows)

    def enter(self, rows=None):
        """Find the frame, also after the page was loaded again, and wait for its rows."""
        self.frame = self._frame()
        if rows is not None:
            self.wait_for_rows(rows)

    def _frame(self):
        handle = self.page.wait_for_selector("iframe[src*='name=lr_tb']", timeout=30_000)
        return handle.content_frame()

    def look(self, **view):
        """Follow a link to another view, such as `only="cosine"`, without loading again."""
        self.follow(f"#lr_tb{state_of(**view)}")

    def follow(self, hash_):
        """Put a text into the address bar after `#`, as a link does."""
        self.page.mouse.move(2, 2)
        self.frame.evaluate("document.activeElement?.blur()")
        self.page.evaluate(
            """(hash) => {
                 history.replaceState(history.state, "", hash);
                 dispatchEvent(new HashChangeEvent("hashchange"));
               }""",
            hash_,
        )
        self.draw()

    def find(self, selector):
        """Elements of the tab, as a locator."""
        return self.frame.locator(selector)

    def button(self, name, within="body"):
        """A button by the name that a screen reader says."""
        return self.find(within).get_by_role("button", name=name, exact=True)

    def until(self, check, **options):
        """See `eventually`."""
        return eventually(check, page=self.page, **options)

    def wait_for_rows(self, count):
        """Wait until the list of runs has so many rows and the charts are drawn."""
        self.until(lambda: self.find(".runs li").count() == count, seconds=30)
        self.draw()

    def draw(self):
        """Let the page draw what it is about to: each chart takes a frame."""
        self.frame.evaluate(
            """() => new Promise((done) => {
                 let left = 8;
                 const next = () => (left-- ? requestAnimationFrame(next) : done());
                 next();
               })"""
        )

    def names(self):
        """The rows listed, in order."""
        return self.find(".runs li").evaluate_all("rows => rows.map(row => row.dataset.row)")

    def row(self, key):
        """A row of the list of runs."""
        return self.find(".runs li").nth(self.names().index(key))

    def remarks(self, key):
        """What the row says beside its name."""
        return self.row(key).locator(".remark").all_text_contents()

    def colors(self):
        """The colour of each row, as the list shows it."""
        return dict(
            self.find(".runs li").evaluate_all(
                "rows => rows.map(r => [r.dataset.row,"
                " r.querySelector('.swatch path').getAttribute('stroke')])"
            )
        )

    def surface(self):
        """The colour behind the curves."""
        return self.frame.evaluate(
            "getComputedStyle(document.documentElement).getPropertyValue('--surface').trim()"
        )

    def area(self, chart):
        """The plotting area of a chart on the screen: `x`, `y`, `width`, `height`."""
        over = self.find(f"[data-chart={chart}] .u-over")
        over.scroll_into_view_if_needed()
        return over.bounding_box()

    def picture(self, chart):
        """The pixels that a chart has drawn."""
        self.draw()
        found = self.find(f"[data-chart={chart}] .u-wrap").evaluate(
            """(wrap) => {
                 const canvas = wrap.querySelector("canvas:not(.overlay)");
                 const [all, over] = [canvas, wrap.querySelector(".u-over")]
                   .map((element) => element.getBoundingClientRect());
                 return {png: canvas.toDataURL(), ratio: canvas.width / all.width,
                         left: over.left - all.left, top: over.top - all.top,
                         width: over.width, height: over.height};
               }"""
        )
        png = base64.b64decode(found["png"].partition(",")[2])
        image = Image.open(io.BytesIO(png)).convert("RGBA")
        surface = self.surface()
        flat = Image.alpha_composite(Image.new("RGBA", image.size, surface), image)
        left, top, width, height = (
            round(found[key] * found["ratio"]) for key in ("left", "top", "width", "height")
        )
        pixels = np.asarray(flat.convert("RGB"), float)
        return Picture(pixels[top : top + height, left : left + width], surface)

    def point(self, chart, across, down=0.5):
        """Move the pointer into a chart: both in [0, 1] of its plotting area."""
        area = self.area(chart)
        self.page.mouse.move(area["x"] + across * area["width"], area["y"] + down * area["height"])

    def leave(self):
        """Move the pointer out of the charts."""
        self.page.mouse.move(2, 2)

    def readout(self):
        """What the read-out says: its title, and from label to `{part: text}`."""
        shown = self.find(".readout:visible").evaluate_all(
            """shown => shown.map(readout => [...readout.querySelectorAll("tr")].map(
                 row => [...row.cells].map(cell => cell.innerText)))"""
        )
        [(title, *parts), *rows] = shown[0]
        return title, {
            label.strip(): {part: text for part, text in zip(parts, cells, strict=True) if text}
            for label, *cells in rows
        }

    def drag(self, chart, start, end):
        """Drag across a chart, from and to a share of its width."""
        self.point(chart, start)
        self.page.mouse.down()
        self.point(chart, (start + end) / 2)
        self.point(chart, end)
        self.page.mouse.up()
        self.draw()

    def ends(self, chart="rate"):
        """The x that a chart begins and ends with, read off its read-out's title by keyboard."""
        plot = self.find(f"[data-chart={chart}] .plot")
        plot.focus()
        titles = []
        for key in ("Home", "End"):
            plot.press(key)
            titles.append(self.readout()[0])
        plot.evaluate("plot => plot.blur()")
        return titles

    def cells(self):
        """The table: from row to from column to `{text, value, wins, title}`, in order."""
        return dict(
            self.find(".comparison tbody tr").evaluate_all(
                """rows => rows.map(row => [row.dataset.row, Object.fromEntries(
                     [...row.cells].filter(cell => cell.dataset.column).map(cell =>
                       [cell.dataset.column, {text: cell.innerText, value: cell.dataset.value,
                         wins: cell.classList.contains("wins"), title: cell.title}]))])"""
            )
        )

    def until_rows(self, count):
        """Wait until the table has so many rows."""
        self.until(lambda: len(self.cells()) == count)

    def sort_by(self, column):
        """Click the header of a column."""
        self.find(f".comparison thead [data-column={column}] button").click()
        self.draw()
