"""``seldon_core.proto``: the messages and services of the wire, as generated modules name them."""

from importlib import import_module
from types import ModuleType

__all__ = ["prediction_pb2", "prediction_pb2_grpc"]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
