"""The servers that ``seldon_core.wrapper`` makes of a user's object, for who runs them on their own.

Rule: over REST user code runs on the thread that asks: these applications may be forked, threaded and
tested by whatever runs them.
"""

from collections.abc import Callable, Mapping
from typing import Any

import flask
import grpc

from seldon_workbench.compat import process
from seldon_workbench.compat.failures import seldons
from seldon_workbench.compat.grpc_server import GrpcServer
from seldon_workbench.component import Component
from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.errors import BadSetting, WorkbenchError
from seldon_workbench.exposition import expose
from seldon_workbench.methods import (
    AGGREGATE,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)
from seldon_workbench.metrics import MetricStore
from seldon_workbench.server import wire
from seldon_workbench.server.http_reply import Environ, StartResponse, with_cors
from seldon_workbench.server.metrics_app import MetricsApp
from seldon_workbench.server.proto_metadata import encode_metadata
from seldon_workbench.server.rest import RestApp
from seldon_workbench.server.rpc import RpcServer
from seldon_workbench.server.status import grpc_code
from seldon_workbench.server.wires import GRPC
from seldon_workbench.target import metadata_of
from seldon_workbench.threads import CallersThread, WorkerThreads

__all__ = ["SeldonModelGRPC", "get_grpc_server", "get_metrics_microservice", "get_rest_microservice"]

MAX_MESSAGE = "seldon.io/grpc-max-message-size"
"""The annotation that says how many bytes a gRPC message may have."""


def get_rest_microservice(user_model: Any, seldon_metrics: MetricStore) -> flask.Flask:
    """A Flask application that serves an object over REST: to be run, tested, or given to a WSGI server.

    ``load()`` is not called: whoever made the object does that.
    """
    dispatcher = _dispatcher(user_model, seldon_metrics, CallersThread())
    app = RestApp(dispatcher, settings=process.settings(), exposition=_exposition(seldon_metrics)).flask
    routed = app.wsgi_app

    def answer(environ: Environ, start_response: StartResponse) -> Any:
        return routed(environ, with_cors(environ, start_response))

    app.wsgi_app = answer  # type: ignore[method-assign] # the hook Flask has for middleware
    return app


def get_metrics_microservice(seldon_metrics: MetricStore) -> flask.Flask:
    """A Flask application that serves what was recorded."""
    settings = process.settings()
    app = flask.Flask("seldon_workbench", static_folder=None)
    metrics = MetricsApp(_exposition(seldon_metrics), settings.metrics_path, cors=settings.cors)
    app.wsgi_app = metrics  # type: ignore[method-assign]
    return app


def get_grpc_server(
    user_model: Any,
    seldon_metrics: MetricStore,
    annotations: Mapping[str, str] | None = None,
    trace_interceptor: Any = None,
    num_threads: int = 1,
) -> grpc.Server:
    """A gRPC server of an object: ports are added to it, it is started and stopped as any other."""
    limits = _message_limits(annotations or {})
    workers = WorkerThreads(num_threads, "seldon-worker")
    rpc = RpcServer(
        _dispatcher(user_model, seldon_metrics, workers),
        reuse_port=True,  # as Seldon's: several processes may serve one port
        options=limits,
        interceptors=() if trace_interceptor is None else (trace_interceptor,),
    )
    return GrpcServer(rpc, workers)


class SeldonModelGRPC:
    """A servicer of all of Seldon's services for one object: its methods take and return messages."""

    def __init__(self, user_model: Any, seldon_metrics: MetricStore) -> None:
        self._dispatcher = _dispatcher(user_model, seldon_metrics, CallersThread())

    def Predict(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802 - the RPCs' own names
        """Call ``predict``."""
        return self._answer(PREDICT, request_grpc, context)

    def TransformInput(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802
        """Call ``transform_input``."""
        return self._answer(TRANSFORM_INPUT, request_grpc, context)

    def TransformOutput(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802
        """Call ``transform_output``."""
        return self._answer(TRANSFORM_OUTPUT, request_grpc, context)

    def Route(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802
        """Call ``route``."""
        return self._answer(ROUTE, request_grpc, context)

    def Aggregate(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802
        """Call ``aggregate``."""
        return self._answer(AGGREGATE, request_grpc, context)

    def SendFeedback(self, feedback_grpc: Any, context: Any) -> Any:  # noqa: N802
        """Call ``send_feedback``."""
        return self._answer(SEND_FEEDBACK, feedback_grpc, context)

    def Metadata(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802
        """What the object says about itself."""
        return _answered(
            lambda: wire.SeldonModelMetadata.FromString(encode_metadata(self._dispatcher.metadata())),
            context,
        )

    def ModelMetadata(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802
        """The same, under the name it has in the service Seldon."""
        return self.Metadata(request_grpc, context)

    def GraphMetadata(self, request_grpc: Any, context: Any) -> Any:  # noqa: N802
        """Never there: only the platform knows the graph."""
        text = "GraphMetadata not available on the Model level."
        if context is not None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, text)
        raise NotImplementedError(text)

    def _answer(self, method: Method, request: Any, context: Any) -> Any:
        raw = request.SerializeToString()
        return _answered(
            lambda: wire.SeldonMessage.FromString(self._dispatcher.call(method, raw, GRPC)), context
        )


def _answered(answer: Callable[[], Any], context: Any) -> Any:
    """What is answered; a failure ends the call where there is one, and is raised as Seldon's otherwise."""
    try:
        return answer()
    except WorkbenchError as failure:
        if context is not None:
            context.abort(grpc.StatusCode[grpc_code(failure)], failure.text)
        raised = seldons(failure)
        raise raised from raised.__cause__


def _dispatcher(user_model: Any, seldon_metrics: MetricStore, workers: WorkerThreads) -> Dispatcher:
    settings = process.settings()
    return Dispatcher(
        Component(user_model, type(user_model).__name__),
        settings=settings,
        metadata=metadata_of(user_model, settings.unit),
        metrics=seldon_metrics,
        workers=workers,
    )


def _exposition(seldon_metrics: MetricStore) -> Callable[[], bytes]:
    return lambda: expose(seldon_metrics.samples())


def _message_limits(annotations: Mapping[str, str]) -> list[tuple[str, int]]:
    if MAX_MESSAGE not in annotations:
        return []
    try:
        size = int(annotations[MAX_MESSAGE])
    except ValueError:
        raise BadSetting(
            f"annotation {MAX_MESSAGE} is {annotations[MAX_MESSAGE]!r}, which is no integer",
            hint="give a number of bytes",
        ) from None
    return [("grpc.max_send_message_length", size), ("grpc.max_receive_message_length", size)]
