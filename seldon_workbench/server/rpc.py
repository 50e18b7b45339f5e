"""gRPC: turns calls of Seldon's seven services into calls of the dispatcher. Decides nothing else.

Rule: messages cross as bytes; the codec reads and writes them. What calls user code runs on the
component's threads, everything else (metadata, health, reflection) on threads of its own.
"""

import contextlib
import functools
import logging
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.errors import ComponentFailed, PortInUse, WorkbenchError
from seldon_workbench.headers import REQUEST
from seldon_workbench.methods import METADATA, METHODS, Method
from seldon_workbench.server import ports, tls, wire
from seldon_workbench.server.proto_metadata import encode_metadata
from seldon_workbench.server.status import grpc_code, grpc_code_of, status_body
from seldon_workbench.server.wires import GRPC
from seldon_workbench.settings import Settings
from seldon_workbench.threads import WorkerThreads

if TYPE_CHECKING:
    from seldon_workbench.server.tracing import Tracing

__all__ = ["SERVICES", "RpcServer"]

logger = logging.getLogger(__name__)

_Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"
Behavior = Callable[[bytes, grpc.ServicerContext], bytes]

PACKAGE = "seldon.protos"

STATUS_KEY = "seldon-status-bin"
"""Trailing metadata of a failed call: the body that REST would have answered with, if it is short."""

_LONGEST = 3072
"""Bytes of it, and of the details. Clients drop a call, code and all, whose trailers are too long."""

SERVICES = tuple(sorted(service.full_name for service in wire.FILE_DESCRIPTOR.services_by_name.values()))
"""Full names of Seldon's services."""

_LIGHT_THREADS = 8
"""Threads for what calls no user code. Every client that keeps a reflection stream open holds one."""


class RpcServer:
    """A gRPC server for one component."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        settings: Settings | None = None,
        reuse_port: bool = False,
        tracing: "Tracing | None" = None,
        options: Iterable[tuple[str, Any]] = (),
        interceptors: Iterable[Any] = (),
    ) -> None:
        """``options`` and ``interceptors`` are gRPC's own, handed on as they are."""
        settings = settings or Settings()
        self._dispatcher = dispatcher
        self._credentials = _credentials(settings)
        self._user_errors = _user_errors(dispatcher.component.subject)
        self._shares_port = reuse_port
        # Not the standard library's pool: a stream left open would keep the interpreter from ending.
        self._light = WorkerThreads(_LIGHT_THREADS, "seldon-light-rpc")
        self._server = grpc.server(
            self._light,
            options=[*_options(settings, reuse_port=reuse_port), *options],
            interceptors=[*_interceptors(tracing), *interceptors],
        )
        self._server.add_generic_rpc_handlers(tuple(self._handlers()))
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for service in ("", *SERVICES):
            self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection(
            (*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )

    @property
    def server(self) -> grpc.Server:
        """The gRPC server itself, for who binds and starts it on their own."""
        return self._server

    def bind(self, host: str, port: int) -> int:
        """Bind a port, 0 for any; the port bound. Raises PortInUse."""
        if not self._shares_port:
            ports.bind(host, port).close()  # gRPC would write a busy port to stderr before it raises
        try:
            return self._add_port(f"{host}:{port}")
        except RuntimeError as error:
            raise PortInUse(port, ports.free_port(host, port + 1)) from error

    def _add_port(self, address: str) -> int:
        if self._credentials is None:
            return int(self._server.add_insecure_port(address))
        return int(self._server.add_secure_port(address, self._credentials))

    def start(self) -> None:
        """Start to serve."""
        self._server.start()

    def stop(self, grace: float) -> None:
        """Refuse new calls, wait up to ``grace`` seconds for those under way; the port is free after."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace).wait(grace + 2.0)
        self.end_threads()

    def end_threads(self) -> None:
        """End the threads it made for itself, once it has stopped."""
        self._light.stop(grace=1.0)

    def _handlers(self) -> list[grpc.GenericRpcHandler]:
        services: dict[str, dict[str, _Handler]] = {}
        for method in METHODS:
            for rpc in method.rpcs:
                service, name = rpc.split("/")
                services.setdefault(service, {})[name] = self._handler(method)
        services["Seldon"]["GraphMetadata"] = grpc.unary_unary_rpc_method_handler(_no_graph)
        return [
            grpc.method_handlers_generic_handler(f"{PACKAGE}.{service}", handlers)
            for service, handlers in services.items()
        ]

    def _handler(self, method: Method) -> _Handler:
        behavior = self._metadata if method is METADATA else self._behavior(method)
        return grpc.unary_unary_rpc_method_handler(behavior)

    def _behavior(self, method: Method) -> Behavior:
        dispatcher = self._dispatcher

        def behavior(raw: bytes, context: grpc.ServicerContext) -> bytes:
            headers = functools.partial(_pairs, context)
            read = REQUEST.set(headers)
            try:
                with _flask_around(headers):
                    try:
                        reply: bytes = dispatcher.call(method, raw, GRPC)
                    except WorkbenchError as failure:
                        self._abort(context, failure)
                return reply
            finally:
                REQUEST.reset(read)

        # grpcio runs a handler on the pool that stands on it: the component's own threads.
        behavior.experimental_thread_pool = dispatcher.workers  # type: ignore[attr-defined]
        return behavior

    def _metadata(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return encode_metadata(self._dispatcher.metadata())
        except WorkbenchError as failure:
            self._abort(context, failure)
            raise

    def _abort(self, context: grpc.ServicerContext, failure: WorkbenchError) -> NoReturn:
        """End a call with the code of a failure, its text, and its REST body beside them."""
        code, text, body = grpc_code(failure), failure.text, status_body(failure)
        if isinstance(failure, ComponentFailed) and isinstance(failure.original, Exception):
            errors = self._user_errors
            if errors is not None and errors.handles(failure.original):
                reply = errors.reply_to(failure.original)
                code, text, body = grpc_code_of(reply.status), _shown(reply.body), reply.body
        if len(body) <= _LONGEST:
            context.set_trailing_metadata(((STATUS_KEY, body),))
        # What a file name may hold beside text would make gRPC fail on its own.
        shown = text.encode(errors="backslashreplace")[:_LONGEST].decode(errors="ignore")
        context.abort(grpc.StatusCode[code], shown)


def _options(settings: Settings, *, reuse_port: bool) -> list[tuple[str, int]]:
    # Two servers on one port would share its calls in silence; only workers of one service may.
    options = [("grpc.so_reuseport", int(reuse_port))]
    if settings.grpc_max_message:
        options += [
            (f"grpc.max_{way}_message_length", settings.grpc_max_message) for way in ("send", "receive")
        ]
    return options


def _interceptors(tracing: "Tracing | None") -> list[grpc.ServerInterceptor]:
    if tracing is None:
        return []
    from seldon_workbench.server.rpc_tracing import SpanInterceptor

    return [SpanInterceptor(tracing)]


def _credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """What the port proves itself with; None where it speaks plainly."""
    if settings.ssl_certfile is None:
        return None
    tls.check_files(settings)  # gRPC would take a bad file and refuse every client
    chain, key, authorities = tls.pem_files(settings)
    return grpc.ssl_server_credentials([(key, chain)], authorities, authorities is not None)


def _user_errors(subject: object) -> Any:
    """The component's own error handlers; Flask is imported only for a component that has some."""
    if getattr(subject, "model_error_handler", None) is None:
        return None
    from seldon_workbench.server.user_errors import UserErrors, blueprint_of

    return UserErrors(blueprint_of(subject))


def _shown(body: bytes) -> str:
    return body.decode(errors="replace").strip()


_NOTHING = contextlib.nullcontext()


def _flask_around(headers: Callable[[], list[tuple[str, str]]]) -> AbstractContextManager[object]:
    """A context in which ``flask.request`` has the headers of a call, for a component that may look."""
    # One that has not imported Flask does not read its request; importing it takes long.
    if "flask" not in sys.modules:
        return _NOTHING
    from seldon_workbench.server.flask_context import call_context

    return call_context(headers)


def _pairs(context: grpc.ServicerContext) -> list[tuple[str, str]]:
    """The metadata of a call; that of keys in ``-bin`` is left out, for it is no text."""
    return [(key, value) for key, value in context.invocation_metadata() if isinstance(value, str)]


def _no_graph(raw: bytes, context: grpc.ServicerContext) -> bytes:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "GraphMetadata not available on the Model level.")
    raise AssertionError("abort raises")
