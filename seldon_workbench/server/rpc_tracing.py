"""Spans of gRPC calls."""

from collections.abc import Callable
from typing import Any

import grpc

from seldon_workbench.server.tracing import Tracing, fail

__all__ = ["SpanInterceptor"]

_Handler = Any
_Continuation = Callable[[grpc.HandlerCallDetails], _Handler]

_SERVERS_FAULT = frozenset({"UNKNOWN", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "DEADLINE_EXCEEDED"})


class SpanInterceptor(grpc.ServerInterceptor):
    """Makes a span of every call of one message by one message."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing

    def intercept_service(self, continuation: _Continuation, details: grpc.HandlerCallDetails) -> _Handler:
        """The handler of a call, with a span around it. Streams, such as reflection's, get none."""
        handler = continuation(details)
        if handler is None or not handler.unary_unary:
            return handler
        behavior, name = handler.unary_unary, str(details.method)
        carrier = {key: value for key, value in details.invocation_metadata or () if isinstance(value, str)}

        def traced(request: Any, context: grpc.ServicerContext) -> Any:
            attributes = {"rpc.system": "grpc", "rpc.method": name.lstrip("/")}
            with self._tracing.span(name, carrier, attributes) as span:
                try:
                    return behavior(request, context)
                finally:
                    code = context.code()  # type: ignore[attr-defined]  # missing in the stubs alone
                    status = grpc.StatusCode.OK if code is None else code
                    span.set_attribute("rpc.grpc.status_code", status.value[0])
                    if status.name in _SERVERS_FAULT:
                        fail(span, status.name)

        # grpcio runs a handler on the pool that stands on it: the component's threads.
        pool = getattr(behavior, "experimental_thread_pool", None)
        if pool is not None:
            traced.experimental_thread_pool = pool  # type: ignore[attr-defined]
        return grpc.unary_unary_rpc_method_handler(
            traced, handler.request_deserializer, handler.response_serializer
        )
