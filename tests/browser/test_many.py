"""With many groups the page opens with a part of the points and soon has all of them."""

import csv
import io
import urllib.parse

import numpy as np
import pytest

from browser import known
from browser.tab import Tab

pytestmark = pytest.mark.browser
_POINTS = 300


def _write(logdir, groups):
    for index in range(groups):
        rates = {step: 1e-3 * (index + 1) + 1e-6 * step for step in range(_POINTS)}
        known.write_scalars(logdir / f"run{index:02d}/train", {"step/learning_rate": rates})


def _asked(page):
    """Return the parameter `points` of each request for series, in the order of the requests."""
    found = []

    def note(request):
        address = urllib.parse.urlsplit(request.url)
        if address.path.endswith("/series"):
            found.append(urllib.parse.parse_qs(address.query).get("points"))

    page.on("request", note)
    return found


def _values(tab):
    with tab.page.expect_download() as waiting:
        tab.button("CSV", within=".toolbar").click()
    rows = csv.DictReader(io.StringIO(waiting.value.path().read_text()))
    return [row for row in rows if row["part"] == "applied"]


@pytest.mark.parametrize(("groups", "first"), [(29, None), (30, ["100"]), (31, ["100"])])
def test_all_points_come_after_the_first_look(tmp_path, boards, pages, groups, first):
    _write(tmp_path, groups)
    page = pages()
    asked = _asked(page)

    tab = Tab(page, boards(tmp_path).url, rows=groups)
    tab.until(lambda: asked[-1] is None)
    tab.until(lambda: len(_values(tab)) == groups * _POINTS)

    assert ([None] if first is None else [first, None]) == [
        each for index, each in enumerate(asked) if each not in asked[:index]
    ]
    values = np.array([float(row["value"]) for row in _values(tab)])
    assert np.float32(1e-3 * groups + 1e-6 * (_POINTS - 1)) == np.float32(values.max())
    assert [] == page.problems
