"""What is served at ``/seldon.json``: an OpenAPI document of this server and this component.

Rule: routes come from the table of methods; what the component implements, and what its metadata say
of its input and output, is written beside them. OpenAPI 3.0, because more tools read it than 3.1.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seldon_workbench.component import Component
from seldon_workbench.described import Described
from seldon_workbench.errors import ReplyError, WorkbenchError
from seldon_workbench.example import payload_for
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    METADATA,
    METHODS,
    PREDICT,
    REST_PATHS,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Input,
    Method,
    Missing,
    RestPath,
)
from seldon_workbench.server.http_reply import JSON_TYPE
from seldon_workbench.server.json_text import dump
from seldon_workbench.server.openapi_schemas import SCHEMAS, Schema, described_message, ref
from seldon_workbench.settings import Settings

__all__ = ["document"]

VERSION = "3.0.3"


def document(
    component: Component, metadata: ModelMetadata | WorkbenchError, settings: Settings
) -> dict[str, Any]:
    """The OpenAPI document of a component as it is served."""
    return _Writer(component, metadata, settings).document()


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the document of one component."""

    component: Component
    metadata: ModelMetadata | WorkbenchError
    settings: Settings

    def document(self) -> dict[str, Any]:
        return {
            "openapi": VERSION,
            "info": self._info(),
            # Where this document was found, so that it holds behind a proxy's path too.
            "servers": [{"url": ".", "description": "the server of this document"}],
            "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
            "paths": {path: dict(operations) for path, operations in self._paths()},
            "components": {"schemas": self._schemas()},
            **self._said(),
        }

    def _info(self) -> dict[str, Any]:
        known = self.metadata if isinstance(self.metadata, ModelMetadata) else ModelMetadata()
        return {
            "title": known.name or self.component.name,
            "version": ", ".join(filter(None, known.versions)) or "unversioned",
            "description": "\n\n".join(self._description(known)),
        }

    def _description(self, known: ModelMetadata) -> Iterator[str]:
        yield f"{self.component.name}, served under Seldon Core v1's protocol by Seldon Workbench."
        if known.platform:
            yield f"Platform: {known.platform}"
        yield from (f"{key}: {text}" for key, text in known.custom.items())
        if isinstance(self.metadata, WorkbenchError):
            yield "The component's metadata are invalid; the server's log says why."

    def _said(self) -> dict[str, Any]:
        """The metadata as they are, for whoever knows Seldon."""
        if isinstance(self.metadata, WorkbenchError):
            return {}
        try:
            return {"x-seldon-metadata": json.loads(dump(self.metadata.to_dict()))}
        except ReplyError:  # the schema of an item holds what JSON cannot; /metadata tells it
            return {}

    def _schemas(self) -> dict[str, Schema]:
        schemas = dict(SCHEMAS)
        for name, described in (("Input", self._described("inputs")), ("Output", self._described("outputs"))):
            if described is not None:
                laid_over = [ref("SeldonMessage"), described_message(described)]
                schemas[name] = {
                    "description": f"What the component says of its {name.lower()}.",
                    "allOf": laid_over,
                }
        return schemas

    def _described(self, where: str) -> Described | None:
        if isinstance(self.metadata, WorkbenchError):
            return None
        return Described.from_items(getattr(self.metadata, where))

    # ---- paths -----------------------------------------------------------------------------------

    def _paths(self) -> Iterator[tuple[str, Iterator[tuple[str, Schema]]]]:
        for method in METHODS:
            for path in method.paths:
                yield path.path, self._operations(method, path)
        yield "/health/ping", iter([("get", _PING)])
        for place in sorted({self.settings.metrics_path, "/metrics"} - REST_PATHS.keys()):
            yield place, iter([("get", _METRICS | {"operationId": f"get_{_slug(place)}"})])

    def _operations(self, method: Method, path: RestPath) -> Iterator[tuple[str, Schema]]:
        for verb in path.verbs:
            if verb != "HEAD":
                yield verb.lower(), self._operation(method, path, verb)

    def _operation(self, method: Method, path: RestPath, verb: str) -> Schema:
        is_implemented = method is METADATA or method.name in self.component.implemented
        operation: Schema = {
            "operationId": _operation_id(method, path, verb),
            "summary": _SUMMARIES[method],
            "description": self._told(method, is_implemented),
            "tags": [_TAG_OF.get(method, "component")],
            "x-seldon-method": method.name,
            "x-seldon-implemented": is_implemented,
        }
        if verb == "POST":
            operation["requestBody"] = self._body(method)
        elif method.input is not Input.NOTHING:
            operation["parameters"] = [self._parameter(method)]
        return operation | {"responses": self._responses(method)}

    def _told(self, method: Method, is_implemented: bool) -> str:
        if method is METADATA:
            return "The defaults, what init_metadata says, and MODEL_METADATA; the later wins."
        if is_implemented:
            return f"Answered by {self.component.name}.{method.name}."
        return f"{self.component.name} has no {method.name}: {_MISSING[method.missing]}."

    # ---- what is sent ----------------------------------------------------------------------------

    def _message(self, method: Method, name: str) -> Schema:
        """SeldonMessage, or what the metadata say of it where the component answers the method itself."""
        where = {"Input": "inputs", "Output": "outputs"}[name]
        is_described = method.name in self.component.implemented and self._described(where) is not None
        return ref(name if is_described else "SeldonMessage")

    def _request(self, method: Method) -> Schema:
        if method is SEND_FEEDBACK:
            return ref("Feedback")
        message = self._message(method, "Input")
        if method.input is Input.MESSAGE:
            return message
        messages = {"type": "array", "items": message, "minItems": 1}
        return {"anyOf": [_object({"seldonMessages": messages}, required=["seldonMessages"]), messages]}

    def _example(self, method: Method) -> dict[str, Any]:
        payload = payload_for(method, self.component.subject, self.metadata)
        return {} if payload is None else {"example": payload}

    def _body(self, method: Method) -> Schema:
        if method is PREDICT and self.settings.payload_passthrough:
            return {"content": {"*/*": {"schema": {}}}}  # any body at all is handed on
        request, example = self._request(method), self._example(method)
        form = {"json": {"contentType": JSON_TYPE}}
        content = {
            JSON_TYPE: {"schema": request, **example},
            "application/x-www-form-urlencoded": {
                "schema": _object({"json": request}, required=["json"]),
                "encoding": form,
            },
            "multipart/form-data": {"schema": _object(_parts(method))},
        }
        return {"required": True, "content": content}

    def _parameter(self, method: Method) -> Schema:
        return {
            "name": "json",
            "in": "query",
            "required": True,
            "description": "The payload.",
            "content": {JSON_TYPE: {"schema": self._request(method), **self._example(method)}},
        }

    # ---- what is answered ------------------------------------------------------------------------

    def _responses(self, method: Method) -> Schema:
        answers = {"200": _json(_REPLIES.get(method, "A reply."), self._reply(method))}
        return answers | {status: _json(text, ref("Failure")) for status, text in self._failures(method)}

    def _reply(self, method: Method) -> Schema:
        if method is METADATA:
            return ref("ModelMetadata")
        if method is SEND_FEEDBACK:
            return ref("FeedbackReply")
        if method in (ROUTE, HEALTH_STATUS):
            return ref("SeldonMessage")
        return self._message(method, "Output")

    def _failures(self, method: Method) -> Iterator[tuple[str, str]]:
        if method.input is not Input.NOTHING:
            yield "400", "The request cannot be understood, or nothing answers this method."
            if self.settings.max_body:
                yield "413", f"The body is larger than {self.settings.max_body} bytes."
        if self.settings.guarded:
            yield "403", "The request comes from a foreign page, or names a host that is not served."
        if method is METADATA:
            yield "500", "What the component says of itself is not metadata."
            return
        yield "500", "The component failed; the server's log has its traceback."
        if method is HEALTH_STATUS:
            yield "503", "The component says that it is not healthy."
        yield "default", "The component chose another status for its error."


def _operation_id(method: Method, path: RestPath, verb: str) -> str:
    """The method's name for the path to show; the others are told apart by their path and verb."""
    if path is method.paths[0] and verb == ("POST" if "POST" in path.verbs else "GET"):
        return method.name
    return f"{verb.lower()}_{_slug(path.path)}"


def _slug(path: str) -> str:
    """A path as a name: ``api_v1_0_feedback``."""
    return re.sub(r"\W+", "_", path).strip("_")


def _parts(method: Method) -> Mapping[str, Schema]:
    """The parts of a form: members of the message, each as JSON, texts and bytes as they are."""
    if method.input is Input.MESSAGES:
        return {"seldonMessages": {"type": "array", "items": ref("SeldonMessage")}}
    if method is SEND_FEEDBACK:
        return dict(SCHEMAS["Feedback"]["properties"])
    binary = {"type": "string", "format": "binary", "description": "A file."}
    return dict(SCHEMAS["SeldonMessage"]["properties"]) | {"binData": binary}


def _object(properties: Mapping[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "properties": dict(properties), **more}


def _json(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {JSON_TYPE: {"schema": schema}}}


def _plain(text: str, content_type: str, summary: str, operation: str, tag: str) -> Schema:
    content = {content_type: {"schema": {"type": "string"}}}
    return {
        "operationId": operation,
        "summary": summary,
        "tags": [tag],
        "responses": {"200": {"description": text, "content": content}},
    }


_PING = _plain("``pong``", "text/html", "Whether the server lives", "ping", "health")
_METRICS = _plain("Prometheus' text format.", "text/plain", "What was recorded", "", "health")

_TAGS = {
    "component": "What the component answers",
    "health": "Liveness, health, metrics",
    "metadata": "What the component says of itself",
}
_TAG_OF = {HEALTH_STATUS: "health", METADATA: "metadata"}

_SUMMARIES: Mapping[Method, str] = {
    PREDICT: "Predict",
    TRANSFORM_INPUT: "Transform input",
    TRANSFORM_OUTPUT: "Transform output",
    ROUTE: "Route",
    AGGREGATE: "Aggregate",
    SEND_FEEDBACK: "Send feedback",
    HEALTH_STATUS: "Health",
    METADATA: "Metadata",
}
_REPLIES = {PREDICT: "A prediction.", ROUTE: "The index of a child, as an array of one number."}

_MISSING: Mapping[Missing, str] = {
    Missing.REFUSE: "it is refused with 400",
    Missing.PASS_THROUGH: "the input is the output",
    Missing.IGNORE: "the reply is empty",
    Missing.HEALTHY: "it counts as healthy",
}
