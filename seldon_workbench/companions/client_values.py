"""What Seldon's client is told and what it tells: credentials, options, results."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seldon_workbench.errors import WorkbenchError, one_of

__all__ = [
    "GATEWAYS",
    "METHODS",
    "PAYLOAD_TYPES",
    "TRANSPORTS",
    "Options",
    "SeldonCallCredentials",
    "SeldonChannelCredentials",
    "SeldonClientCombine",
    "SeldonClientException",
    "SeldonClientFeedback",
    "SeldonClientPrediction",
]

GATEWAYS = ("ambassador", "istio", "seldon")
TRANSPORTS = ("rest", "grpc")
PAYLOAD_TYPES = ("tensor", "ndarray", "tftensor")
RETURN_TYPES = ("proto", "dict")
METHODS = ("predict", "transform-input", "transform-output", "route", "aggregate")
"""What ``SeldonClient.microservice`` can call."""


class SeldonClientException(WorkbenchError):
    """A call that cannot be made as it was asked for; nothing was sent."""

    reason = "MICROSERVICE_BAD_DATA"
    status_code = 400

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.message = message


@dataclass(frozen=True, slots=True)
class SeldonChannelCredentials:
    """How the server is recognized, and who we are to it. gRPC always verifies the server."""

    verify: bool = True
    """Whether the server's certificate is checked (REST)."""
    root_certificates_file: str | None = None
    """PEM of the authorities that are trusted; the system's if None."""
    private_key_file: str | None = None
    certificate_chain_file: str | None = None


@dataclass(frozen=True, slots=True)
class SeldonCallCredentials:
    """A token, sent as ``X-Auth-Token`` with every call through a gateway."""

    token: str | None = dataclasses.field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Result:
    request: Any
    """What was sent: a message, or its JSON form."""
    response: Any
    """What came back, in the form that was asked for; None if nothing readable did."""
    success: bool = True
    msg: str = ""
    """Why it failed; empty if it did not."""

    def __repr__(self) -> str:
        return (
            f"Success:{self.success} message:{self.msg}\nRequest:\n{self.request}\nResponse:\n{self.response}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class SeldonClientPrediction(_Result):
    """The outcome of a call that sent one SeldonMessage."""


@dataclass(frozen=True, slots=True, repr=False)
class SeldonClientFeedback(_Result):
    """The outcome of a call that sent a Feedback."""


@dataclass(frozen=True, slots=True, repr=False)
class SeldonClientCombine(_Result):
    """The outcome of a call that sent a SeldonMessageList."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything about a call but its payload: the client's own, overridden by the call's."""

    gateway: str
    transport: str
    namespace: str | None
    deployment_name: str | None
    payload_type: str
    gateway_endpoint: str
    microservice_endpoint: str
    grpc_max_send_message_length: int
    grpc_max_receive_message_length: int
    channel_credentials: SeldonChannelCredentials | None
    call_credentials: SeldonCallCredentials | None
    debug: bool
    client_return_type: str
    ssl: bool | None

    def __post_init__(self) -> None:
        _require(self.gateway in GATEWAYS, "Valid values for gateway are 'ambassador', 'istio', or 'seldon'")
        _require(self.transport in TRANSPORTS, "Valid values for transport are 'rest' or 'grpc'")
        _require(
            self.client_return_type in RETURN_TYPES, "Valid values for client_return_type are proto or dict"
        )
        _require(self.payload_type in PAYLOAD_TYPES, f"payload_type is {one_of(PAYLOAD_TYPES)}")

    @classmethod
    def of(cls, config: Mapping[str, Any], **given: Any) -> "Options":
        """A client's options; what a call gives that is not None wins. Raises SeldonClientException."""
        named = {name: value for name, value in given.items() if value is not None}
        return cls(**{**config, **named})

    @property
    def is_direct(self) -> bool:
        """Whether the deployment's own service is called, with no gateway before it."""
        return self.gateway == "seldon"

    @property
    def wants_proto(self) -> bool:
        """Whether replies are given as messages."""
        return self.client_return_type == "proto"

    @property
    def token(self) -> str | None:
        """The token that calls through a gateway carry."""
        return None if self.call_credentials is None else self.call_credentials.token


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise SeldonClientException(message)
