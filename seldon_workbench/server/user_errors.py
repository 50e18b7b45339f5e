"""A component's own error replies: the handlers of its ``model_error_handler``, a Flask blueprint.

Rule: they answer what the component raised, on both wires; what this server refuses by itself keeps
Seldon's status body.
"""

import contextlib
import logging
from typing import Any, NamedTuple

import flask
from werkzeug.exceptions import HTTPException

from seldon_workbench.errors import ComponentFailed, TargetInvalid
from seldon_workbench.server.status import http_status, status_body

logger = logging.getLogger(__name__)

__all__ = ["ErrorReply", "UserErrors", "blueprint_of"]


class ErrorReply(NamedTuple):
    """What a handler made of an exception."""

    status: int
    body: bytes


def blueprint_of(subject: object) -> Any:
    """The component's blueprint, None if it has none. Raises TargetInvalid for what is no blueprint."""
    blueprint = getattr(subject, "model_error_handler", None)
    if blueprint is not None and not hasattr(blueprint, "register"):
        raise TargetInvalid(
            f"model_error_handler is a {type(blueprint).__name__}, no Flask blueprint",
            hint='write model_error_handler = flask.Blueprint("error_handlers", __name__)',
        )
    return blueprint


class UserErrors:
    """The handlers of a component, in an application of their own."""

    def __init__(self, blueprint: Any) -> None:
        self._app = flask.Flask("seldon_workbench.user_errors", static_folder=None)
        self._app.register_blueprint(blueprint)

    def handles(self, error: BaseException) -> bool:
        """Whether a handler of the component's is for this exception."""
        handlers = self._app.error_handler_spec[None]
        code = error.code if isinstance(error, HTTPException) else None
        found = [handlers.get(each, {}) for each in {code, None}]
        return any(kind in by_class for kind in type(error).__mro__ for by_class in found)

    def reply_to(self, error: Exception) -> ErrorReply:
        """The reply of the component's handler to an exception it handles."""
        # Over REST there is a request around us already, and it is the one a handler may look at.
        outside = (
            contextlib.nullcontext() if flask.has_request_context() else self._app.test_request_context()
        )
        with outside:
            try:
                response = self._app.make_response(self._app.handle_user_exception(error))
            except Exception as broken:  # the handler's own fault
                logger.exception("an error handler of the component failed")
                failure = ComponentFailed(broken)
                return ErrorReply(http_status(failure), status_body(failure))
        return ErrorReply(response.status_code, response.get_data())
