import gzip
import time
import urllib.request

import pytest

import sample_logs
from plugin_client import ROOT

_PAGES = ("/runs", "/records?kind=plan", "/series?tag=epoch/loss", "/compare", "/index.js")


def _without_started(reply):
    groups = [group | {"started": None} for group in reply.get("groups", [])]
    return reply | {"groups": groups}


def test_the_tab_is_there(board):
    _, _, plugins = board.get("/data/plugins_listing")

    assert plugins["lr_tb"]["tab_name"] == "LR Schedules"
    assert plugins["lr_tb"]["enabled"] is True
    assert plugins["lr_tb"]["loading_mechanism"]["module_path"] == f"{ROOT}/index.js"


def test_without_records_the_tab_is_not_active(tmp_path, tensorboard):
    board = tensorboard(tmp_path)

    _, _, plugins = board.get("/data/plugins_listing")
    status, _, runs = board.get(f"{ROOT}/runs")

    assert plugins["lr_tb"]["enabled"] is False
    assert (status, runs["groups"], runs["metrics"], runs["default_metric"]) == (200, [], [], None)


@pytest.mark.parametrize("page", _PAGES)
def test_both_data_paths_answer_what_stands_in_the_files(board, client, page):
    status, headers, body = board.get(ROOT + page)

    assert status == 200
    assert headers["x-content-type-options"] == "nosniff"
    expected = client.get(page)
    if page == "/index.js":
        assert headers["content-type"].startswith("text/javascript")
        assert body == expected.data
    else:
        assert _without_started(body) == _without_started(expected.json)


def test_groups_start_with_their_first_event(board):
    _, _, body = board.get(f"{ROOT}/runs")

    # The older Python path takes the first of a file, which is its header.
    earliest, latest = sample_logs.START, time.time()
    assert all(earliest <= group["started"] <= latest for group in body["groups"])


@pytest.mark.parametrize("page", _PAGES)
def test_replies_are_gzipped_where_the_browser_allows_it(board, page):
    request = urllib.request.Request(board.url + ROOT + page, headers={"Accept-Encoding": "gzip"})
    with (
        urllib.request.urlopen(request) as reply,
        urllib.request.urlopen(board.url + ROOT + page) as unpacked,
    ):
        assert reply.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in unpacked.headers
        assert gzip.decompress(reply.read()) == unpacked.read()


@pytest.mark.parametrize("page", _PAGES)
def test_a_head_request_gets_the_headers_only(board, page):
    _, asked, _ = board.get(ROOT + page)

    status, headers, body = board.get(ROOT + page, method="HEAD")

    assert (status, body if isinstance(body, bytes) else b"") == (200, b"")
    assert headers["content-type"] == asked["content-type"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("page", ["/runs", "/compare", "/design?spec=1&total_steps=2", "/index.js"])
def test_whatever_may_change_something_is_refused(client, page, method):
    reply = client.open(page, method=method)

    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD")
    assert reply.json["parameter"] is None


def test_a_post_is_refused_by_the_real_server_too(board):
    status, headers, body = board.get(f"{ROOT}/runs", method="POST")

    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert body == {"error": "Only GET and HEAD are allowed.", "parameter": None}


def test_asking_changes_no_file(logs, client):
    def state():
        return {path: path.stat().st_mtime_ns for path in logs.rglob("*")}

    before = state()
    for page in (*_PAGES, "/schedules", "/design?spec=0.1&total_steps=3"):
        assert client.get(page).status_code == 200

    assert state() == before


@pytest.mark.parametrize(
    "page, parameter",
    [
        ("/runs?x=1", "x"),
        ("/records", "kind"),
        ("/records?kind=", "kind"),
        ("/records?kind=plans", "kind"),
        ("/records?kind=plan&kind=plan", "kind"),
        ("/records?kind=plan&tag=a", "tag"),
        ("/series", "tag"),
        ("/series?points=5", "tag"),
        ("/series?tag=a&points=0", "points"),
        ("/series?tag=a&points=100001", "points"),
        ("/series?tag=a&points=-1", "points"),
        ("/series?tag=a&points=1e3", "points"),
        ("/compare?metric=nope", "metric"),
        ("/compare?metric=<script>", "metric"),
        ("/compare?target=high", "target"),
        ("/compare?target=nan", "target"),
        ("/compare?target=1&target=2", "target"),
        ("/schedules?x=1", "x"),
        ("/design?total_steps=5", "spec"),
        ("/design?spec=0.1", "total_steps"),
        ("/design?spec=0.1&total_steps=0", "total_steps"),
        ("/design?spec=0.1&total_steps=1048577", "total_steps"),
        ("/design?spec=0.1&total_steps=5&steps_per_epoch=0", "steps_per_epoch"),
        ("/design?spec=0.1&total_steps=5&epochs=2", "epochs"),
    ],
)
def test_a_wrong_parameter_is_named(client, page, parameter):
    reply = client.get(page)

    assert (reply.status_code, reply.content_type) == (400, "application/json")
    assert set(reply.json) == {"error", "parameter"}
    assert reply.json["parameter"] == parameter
    assert parameter in reply.json["error"]


def test_an_unknown_metric_is_answered_with_those_that_are_known(board):
    status, _, body = board.get(f"{ROOT}/compare?metric=val_acc")

    assert (status, body["parameter"]) == (400, "metric")
    assert "val_accuracy, val_loss" in body["error"]


@pytest.mark.parametrize("points", [1, 1000, 100000])
def test_points_within_the_bounds_are_taken(client, points):
    assert client.get(f"/series?tag=epoch/loss&points={points}").status_code == 200


_VALUES = (
    *(
        "0",
        "-1",
        "9" * 400,
        "1e400",
        "NaN",
        "null",
        "true",
        " ",
        "%00",
        "a%00b",
        "%ff%fe",
        "%ED%A0%80",
    ),
    *(
        "..%2F..%2Fetc",
        "%3Cscript%3E",
        "%F0%9F%98%80",
        "a%0D%0Ab",
        "%25s%25n",
        "x" * 5000,
        "'%22;--",
    ),
)


@pytest.mark.parametrize("value", _VALUES, ids=range(len(_VALUES)))
def test_no_query_value_brings_a_route_down(board, value):
    for path in (
        f"/runs?{value}=1",
        f"/records?kind={value}",
        f"/series?tag={value}",
        f"/series?tag=epoch/loss&points={value}",
        f"/compare?metric={value}",
        f"/compare?target={value}",
    ):
        status, _, body = board.get(ROOT + path.replace(" ", "+"))

        assert status in (200, 400), path
        assert set(body) == {"error", "parameter"} or status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../../etc/passwd",
        "/static/..%2F..%2Fbackend.py",
        "/static/%2e%2e/backend.py",
        "/static//etc/passwd",
        "/static/",
        "/static/backend.py",
        "/static/index.js%00.txt",
    ],
)
def test_no_file_but_the_front_ends_is_served(board, path):
    status, _, body = board.get(ROOT + path)

    assert status == 404
    assert b"root:" not in (body if isinstance(body, bytes) else b"")


def test_files_of_the_front_end_are_served(client):
    assert client.get("/static/index.js").data == client.get("/index.js").data
