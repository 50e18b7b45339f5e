"""Sending one request to one server, over REST by hand and over gRPC by method name."""

import gzip
import http.client
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import grpc

from seldon_workbench.server import wire

from .exchange import BROKEN, REST, Answer, Request
from .proto_json import message_from, plain

TIMEOUT = 20.0
"""Seconds; an answer that takes longer counts as broken."""

LOST_CONNECTION = re.compile("connect|socket|transport", re.IGNORECASE)
"""In the details of UNAVAILABLE: the channel says it, not the server."""

BOUNDARY = "parity-boundary"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a server listens: `host:port` of REST and of gRPC."""

    rest: str
    grpc: str


def message_types(call: str) -> tuple[Any, Any]:
    """Request and response class of an RPC."""
    verb = call.rsplit("/", 1)[-1]
    if verb in ("Metadata", "GraphMetadata"):
        return wire.Empty, wire.SeldonModelMetadata if verb == "Metadata" else wire.SeldonGraphMetadata
    if verb == "ModelMetadata":
        return wire.SeldonModelMetadataRequest, wire.SeldonModelMetadata
    requests = {"Aggregate": wire.SeldonMessageList, "SendFeedback": wire.Feedback}
    return requests.get(verb, wire.SeldonMessage), wire.SeldonMessage


class Client:
    """A connection to one server."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.channel = grpc.insecure_channel(addresses.grpc)

    def close(self) -> None:
        """Let go of the channel."""
        self.channel.close()

    def ask(self, request: Request) -> Answer:
        """The answer to a request, after the one that has to come before it."""
        if request.before:
            self.rest(Request(request.component, REST, "POST /predict", request.before))
        return self.rest(request) if request.wire == REST else self.grpc(request)

    def rest(self, request: Request) -> Answer:
        """Over a fresh connection, so that no server's keep-alive matters."""
        method, target = request.call.split(" ", 1)
        body = request.body.encode(errors="surrogateescape")
        headers, target, payload = carried(request.carrier, target, body)
        connection = http.client.HTTPConnection(self.addresses.rest, timeout=TIMEOUT)
        try:
            connection.request(method, target, payload, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="surrogateescape")
        except (OSError, http.client.HTTPException) as error:
            return Answer(BROKEN, text=type(error).__name__)
        finally:
            connection.close()
        return rest_answer(response.status, text)

    def grpc(self, request: Request) -> Answer:
        """By method name, with the message read from its JSON form."""
        request_type, response_type = message_types(request.call)
        message = message_from(json.loads(request.body or "{}"), request_type())
        call = self.channel.unary_unary(
            f"/seldon.protos.{request.call}",
            request_serializer=request_type.SerializeToString,
            response_deserializer=response_type.FromString,
        )
        try:
            response = call(message, timeout=TIMEOUT)
        except grpc.RpcError as error:
            return grpc_failure(error.code().name, error.details() or "")
        return Answer("OK", plain(response))


def grpc_failure(code: str, details: str) -> Answer:
    """What the server says has failed, or that it does not answer."""
    silent = code == "DEADLINE_EXCEEDED" or (code == "UNAVAILABLE" and LOST_CONNECTION.search(details))
    return Answer(BROKEN if silent else code, text=details)


def carried(carrier: str, target: str, body: bytes) -> tuple[dict[str, str], str, bytes | None]:
    """Headers, target and payload of a body carried in one of the ways REST knows."""
    if carrier == "none":
        return {}, target, None
    if carrier == "query":
        return {}, f"{target}?{urlencode({'json': body})}", None
    if carrier == "form":
        return {"Content-Type": FORM_TYPE}, target, urlencode({"json": body}).encode()
    if carrier == "multipart":
        return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}, target, multipart(body)
    if carrier == "gzip":
        return {"Content-Type": "application/json", "Content-Encoding": "gzip"}, target, gzip.compress(body)
    return (
        {"Content-Type": carrier.removeprefix("type:") if carrier != "json" else "application/json"},
        target,
        body,
    )


def multipart(body: bytes) -> bytes:
    """A form from a JSON list of parts, each `[name, text]` or `[name, text, file name]`."""
    lines = []
    for name, text, *file in json.loads(body):
        filename = f'; filename="{file[0]}"' if file else ""
        lines += [f"--{BOUNDARY}", f'Content-Disposition: form-data; name="{name}"{filename}', "", text]
    return "\r\n".join([*lines, f"--{BOUNDARY}--", ""]).encode()


def rest_answer(status: int, text: str) -> Answer:
    """The answer in a response; barewords NaN and Infinity are read as numbers."""
    try:
        return Answer(status, json.loads(text))
    except (ValueError, RecursionError):
        return Answer(status, text=text)
