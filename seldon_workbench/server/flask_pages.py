"""What people look at: ``/seldon.json`` for their tools, and ``/docs``, a page that sends requests.

Rule: everything is found relative to where the page was found, so that it works behind a proxy's path,
and nothing is fetched from anywhere else.
"""

import datetime
import io
import json
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

import flask
from werkzeug.exceptions import NotFound

from seldon_workbench.addresses import DOCS
from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.errors import WorkbenchError
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.server.http_reply import JSON_TYPE
from seldon_workbench.server.openapi import document
from seldon_workbench.settings import Settings

__all__ = ["add_pages"]

_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}

_ANY_VERB = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_SAFE = {
    # Its own files and its own server, and nothing of anybody else's; no page of others may frame it.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def add_pages(routes: flask.Flask, dispatcher: Dispatcher, settings: Settings) -> None:
    """Serve the document and the page beside the routes that there are."""
    loaded = datetime.datetime.now(datetime.UTC)

    @cache
    def described() -> bytes:
        return json.dumps(document(dispatcher.component, _metadata(dispatcher), settings)).encode()

    def seldon_json() -> flask.Response:
        return _sent(described(), JSON_TYPE, loaded, name="seldon.json")

    def send_browsers_on() -> flask.Response:
        # Programs that look here are told that there is nothing, like anywhere else.
        if flask.request.method != "GET" or "text/html" not in flask.request.headers.get("Accept", ""):
            raise NotFound
        return flask.Response(status=302, headers={"Location": DOCS.lstrip("/"), "Vary": "Accept"})

    taken = {rule.rule for rule in routes.url_map.iter_rules()}
    for path, view in {"/seldon.json": seldon_json, **_page_views(loaded)}.items():
        if path not in taken:  # by the component's blueprint, say
            routes.add_url_rule(path, path, view)
    if "/" not in taken:
        routes.add_url_rule("/", "/", send_browsers_on, methods=_ANY_VERB, provide_automatic_options=False)


def _metadata(dispatcher: Dispatcher) -> ModelMetadata | WorkbenchError:
    try:
        return dispatcher.metadata()
    except WorkbenchError as error:
        return error


def _page_views(loaded: datetime.datetime) -> Mapping[str, Callable[[], flask.Response]]:
    """By path: the page itself, and its files below it."""
    folder = resources.files("seldon_workbench.server") / "pages"
    views = {}
    for file in folder.iterdir():
        ending = file.name[file.name.rindex(".") :]
        path = DOCS if ending == ".html" else f"{DOCS}/{file.name}"
        views[path] = _file_view(file.read_bytes, _TYPES[ending], loaded)
    return views


def _file_view(
    read: Callable[[], bytes], content_type: str, loaded: datetime.datetime
) -> Callable[[], flask.Response]:
    def view() -> flask.Response:
        return _sent(read(), content_type, loaded)

    return view


def _sent(
    body: bytes, content_type: str, loaded: datetime.datetime, name: str | None = None
) -> flask.Response:
    """A body that is asked for again each time, and sent again only if it has changed."""
    response = flask.send_file(
        io.BytesIO(body),
        mimetype=content_type,
        download_name=name,
        etag=f"{len(body)}-{zlib.crc32(body)}",
        last_modified=loaded,
    )
    response.headers["Content-Type"] = content_type
    response.headers.pop("Date", None)  # the server writes one already
    response.headers.update(_SAFE)
    return response
