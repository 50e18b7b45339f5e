"""``seldon_core.wrapper``: servers of a user's object, to be run by whoever asks for them."""

from seldon_workbench.compat.microservices import (
    SeldonModelGRPC,
    get_grpc_server,
    get_metrics_microservice,
    get_rest_microservice,
)

__all__ = ["SeldonModelGRPC", "get_grpc_server", "get_metrics_microservice", "get_rest_microservice"]
