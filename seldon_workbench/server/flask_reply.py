"""JSON replies of a user's own Flask views, as Seldon's look."""

from typing import Any

import flask

from seldon_workbench.server.http_reply import JSON_TYPE
from seldon_workbench.server.json_text import dump

__all__ = ["jsonify"]


def jsonify(response: Any, skip_encoding: bool = False) -> flask.Response:
    """``response`` as compact JSON and a newline, or, with ``skip_encoding``, the text or bytes it is.

    Raises ReplyError for what JSON cannot hold.
    """
    body = response if skip_encoding else dump(response) + b"\n"
    return flask.Response(body, content_type=JSON_TYPE)
