"""``seldon_core.proto``: the messages of the wire."""

from seldon_workbench.server.wire import prediction_pb2

__all__ = ["prediction_pb2"]
