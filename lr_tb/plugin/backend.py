"""The routes: from a request to a reply. What is answered is worked out elsewhere."""

import functools
import json
import posixpath
from collections.abc import Callable
from typing import Any

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from lr_tb.comparison import UnknownMetricError
from lr_tb.plugin import replies
from lr_tb.plugin.assets import INDEX, Assets
from lr_tb.plugin.data import LogReader, read_record
from lr_tb.plugin.design import MAX_STEPS, Designer
from lr_tb.plugin.groups import KINDS
from lr_tb.plugin.query import Query, QueryError
from lr_tb.records import PLUGIN_NAME

MAX_POINTS = 100_000
_METHODS = ("GET", "HEAD")
_JSON = "application/json"

Answer = Callable[[LogReader, Query], dict[str, Any]]


class LRPlugin(base_plugin.TBPlugin):
    """The tab "LR Schedules". Its routes are described in `http_api.md`.

    Args:
        context: What TensorBoard hands to a plugin.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._provider = context.data_provider
        self._hints = context.sampling_hints
        self._decoder = functools.lru_cache(maxsize=2048)(read_record)
        self._designer = Designer()
        self._assets = Assets()

    def get_plugin_apps(self) -> dict[str, Any]:
        """Return the application of each route."""
        return {
            "/runs": self._json(_runs, ()),
            "/records": self._json(_records, ("kind",)),
            "/series": self._json(_series, ("tag", "points")),
            "/compare": self._json(_compare, ("metric", "target")),
            "/schedules": self._json(self._schedules, ()),
            "/design": self._json(self._design, ("spec", "total_steps", "steps_per_epoch")),
            f"/{INDEX}": self._asset,
            "/static/*": self._asset,
        }

    def is_active(self) -> bool:
        """Leave it to TensorBoard, which looks for records of `data_plugin_names`."""
        return False

    def data_plugin_names(self) -> tuple[str, ...]:
        """Return whose records make the tab active."""
        return (PLUGIN_NAME,)

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Return the tab's name and module."""
        return base_plugin.FrontendMetadata(
            tab_name="LR Schedules", es_module_path=f"/{INDEX}", disable_reload=False
        )

    def _json(self, answer: Answer, parameters: tuple[str, ...]) -> Any:
        """Return an application that answers with JSON."""

        @wrappers.Request.application
        def application(request: wrappers.Request) -> Any:
            if request.method not in _METHODS:
                return _not_allowed(request)
            try:
                query = Query(request.args, parameters)
                return _reply(request, answer(self._reader(request), query))
            except UnknownMetricError as error:
                return _error(request, str(error), 400, "metric")
            except QueryError as error:
                return _error(request, str(error), error.code, error.parameter)
            except errors.PublicError as error:
                return _error(request, str(error), error.http_code)

        return application

    def _reader(self, request: wrappers.Request) -> LogReader:
        return LogReader(
            self._provider,
            context=plugin_util.context(request.environ),
            experiment=plugin_util.experiment_id(request.environ),
            sampling_hints=self._hints,
            decoder=self._decoder,
        )

    @wrappers.Request.application
    def _asset(self, request: wrappers.Request) -> Any:
        if request.method not in _METHODS:
            return _not_allowed(request)
        found = self._assets.read(posixpath.basename(request.path))
        if found is None:
            return _error(request, "There is no such file.", 404)
        return http_util.Respond(request, *found)

    def _schedules(self, reader: LogReader, query: Query) -> dict[str, Any]:
        return replies.schedules(self._designer)

    def _design(self, reader: LogReader, query: Query) -> dict[str, Any]:
        spec = query.required("spec")
        query.required("total_steps")
        total_steps = query.integer("total_steps", 1, MAX_STEPS) or 1
        steps_per_epoch = query.integer("steps_per_epoch", 1, MAX_STEPS)
        return replies.design(self._designer, spec, total_steps, steps_per_epoch)


def _runs(reader: LogReader, query: Query) -> dict[str, Any]:
    return replies.runs(reader)


def _records(reader: LogReader, query: Query) -> dict[str, Any]:
    return replies.records(reader, query.choice("kind", KINDS))


def _series(reader: LogReader, query: Query) -> dict[str, Any]:
    return replies.series(reader, query.required("tag"), query.integer("points", 1, MAX_POINTS))


def _compare(reader: LogReader, query: Query) -> dict[str, Any]:
    return replies.compare(reader, query.text("metric"), query.number("target"))


def _reply(request: wrappers.Request, content: dict[str, Any], code: int = 200) -> Any:
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return http_util.Respond(request, text, _JSON, code=code)


def _error(request: wrappers.Request, message: str, code: int, parameter: str | None = None) -> Any:
    text = json.dumps({"error": message, "parameter": parameter})
    headers = [("Retry-After", "1")] if code == 503 else []
    return http_util.Respond(request, text, _JSON, code=code, headers=headers)


def _not_allowed(request: wrappers.Request) -> Any:
    text = json.dumps({"error": "Only GET and HEAD are allowed.", "parameter": None})
    headers = [("Allow", ", ".join(_METHODS))]
    return http_util.Respond(request, text, _JSON, code=405, headers=headers)
