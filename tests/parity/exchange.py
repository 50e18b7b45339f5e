"""Requests, answers and pairs of answers as values, and their one-line JSON form."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REST = "rest"
GRPC = "grpc"

WELL = "well"
"""Well-formed, and the original is not known to stumble over it."""
ODD = "odd"
"""Well-formed too, but it touches a known weakness of the original on purpose."""
MALFORMED = "malformed"
"""Not a request of this protocol."""

BROKEN = "BROKEN"
"""Status of an answer that never became one: connection closed, malformed status line, time-out."""


SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one component over one wire."""

    component: str
    """Key of `cast.CAST`."""
    wire: str
    """`rest` or `grpc`."""
    call: str
    """`POST /predict` or `Model/Predict`."""
    body: str = ""
    """JSON text; on gRPC the message as proto-JSON, where NaN may stand bare."""
    carrier: str = "json"
    """How REST carries the body: json, gzip, form, query, multipart, none, or `type:` and a content type."""
    form: str = WELL
    before: str = ""
    """JSON text sent to `POST /predict` beforehand, its answer ignored."""

    @property
    def verb(self) -> str:
        """The last word of the call: `predict`, `Predict`, `transform-input`, `Metadata`."""
        return self.call.split("?")[0].rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int | str
    """HTTP status or gRPC code; `BROKEN` when there is none."""
    body: Any = None
    """The parsed JSON, or the message as a plain dict."""
    text: str = ""
    """What is not JSON: other bodies, gRPC details, the transport's complaint."""

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return self.status == "OK" or (isinstance(self.status, int) and 200 <= self.status < 300)

    @property
    def reason(self) -> Any:
        """The reason in a Status body, else None."""
        status = self.body.get("status") if isinstance(self.body, dict) else None
        return status.get("reason") if isinstance(status, dict) else None

    @property
    def info(self) -> Any:
        """The text of a failure, wherever its wire puts it."""
        status = self.body.get("status") if isinstance(self.body, dict) else None
        return status.get("info") if isinstance(status, dict) else self.text


@dataclass(frozen=True, slots=True)
class Pair:
    """One request and both answers."""

    request: Request
    theirs: Answer
    ours: Answer


def compact(value: Any) -> str:
    """JSON without spaces; NaN and infinities as barewords, lone surrogates escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, separators=(",", ":")) if SURROGATE.search(text) else text


def packed_text(text: str) -> dict[str, Any]:
    """JSON text as `body` if it is valid and nothing is lost by that, else as `raw`."""
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return {"raw": text}
    return {"body": value} if compact(value) == text else {"raw": text}


def refuse_constant(name: str) -> Any:
    """NaN and infinities are no JSON."""
    raise ValueError(name)


def unpacked_text(packed: Mapping[str, Any]) -> str:
    """The text that `packed_text` was given; empty if none was."""
    return compact(packed["body"]) if "body" in packed else packed.get("raw", "")


def packed_answer(answer: Answer) -> dict[str, Any]:
    """An answer as a JSON object; a body with NaN in it as text."""
    body = {} if answer.body is None else packed_text(compact(answer.body))
    return {"status": answer.status, **body, **({"text": answer.text} if answer.text else {})}


def unpacked_answer(packed: Mapping[str, Any]) -> Answer:
    """The answer that `packed_answer` was given."""
    text = unpacked_text(packed)
    return Answer(packed["status"], json.loads(text) if text else None, packed.get("text", ""))


def packed_request(request: Request) -> dict[str, Any]:
    """A request as a JSON object without its defaults."""
    packed: dict[str, Any] = {"component": request.component, "call": f"{request.wire} {request.call}"}
    if request.body:
        packed |= packed_text(request.body)
    for name, usual in (("carrier", "json"), ("form", WELL), ("before", "")):
        if getattr(request, name) != usual:
            packed[name] = getattr(request, name)
    return packed


def unpacked_request(packed: Mapping[str, Any]) -> Request:
    """The request that `packed_request` was given."""
    wire, call = packed["call"].split(" ", 1)
    return Request(
        component=packed["component"],
        wire=wire,
        call=call,
        body=unpacked_text(packed),
        carrier=packed.get("carrier", "json"),
        form=packed.get("form", WELL),
        before=packed.get("before", ""),
    )
