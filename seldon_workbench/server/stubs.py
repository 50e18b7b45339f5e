"""Client stubs and servicers of Seldon's services, as grpc's code generator would make them.

Made from the descriptor, so that there is no generated text to keep in step with it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import grpc
from google.protobuf.message_factory import GetMessageClass

from seldon_workbench.server import wire

__all__ = ["Service", "service"]


class Service(NamedTuple):
    """One service's three names in a ``_pb2_grpc`` module."""

    stub: type[Any]
    """Constructed with a channel; its methods call the service."""
    servicer: type[Any]
    """To be subclassed; every method refuses until it is overridden."""
    add: Callable[[Any, Any], None]
    """``add(servicer, server)``: let a server answer for this service."""


@lru_cache
def service(name: str) -> Service:
    """The service of that name in ``seldon.protos``; always the same classes. Raises KeyError."""
    described: Any = wire.FILE_DESCRIPTOR.services_by_name[name]
    return Service(_stub(described), _servicer(described), _add(described))


def _stub(described: Any) -> type[Any]:
    def __init__(self: Any, channel: grpc.Channel) -> None:  # noqa: N807 - it becomes one
        for method in described.methods:
            call = channel.unary_unary(
                f"/{described.full_name}/{method.name}",
                request_serializer=GetMessageClass(method.input_type).SerializeToString,
                response_deserializer=GetMessageClass(method.output_type).FromString,
            )
            setattr(self, method.name, call)

    return type(f"{described.name}Stub", (), {"__init__": __init__, "__doc__": "Calls the service."})


def _servicer(described: Any) -> type[Any]:
    members = {method.name: _unimplemented(method.name) for method in described.methods}
    return type(f"{described.name}Servicer", (), {"__doc__": "Override what is to be served.", **members})


def _unimplemented(name: str) -> Callable[..., Any]:
    def method(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details("Method not implemented!")
        raise NotImplementedError(f"{name} is not implemented")

    method.__name__ = name
    return method


def _add(described: Any) -> Callable[[Any, Any], None]:
    def add(servicer: Any, server: grpc.Server) -> None:
        handlers = {
            method.name: grpc.unary_unary_rpc_method_handler(
                getattr(servicer, method.name),
                request_deserializer=GetMessageClass(method.input_type).FromString,
                response_serializer=GetMessageClass(method.output_type).SerializeToString,
            )
            for method in described.methods
        }
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(described.full_name, handlers),)
        )

    add.__name__ = f"add_{described.name}Servicer_to_server"
    return add
