"""Every failure has a status on each wire, and Seldon's body."""

import json
from http import HTTPStatus
from typing import Any

import grpc
import pytest
from werkzeug.exceptions import Conflict, Forbidden, HTTPException, NotFound

from seldon_workbench import errors
from seldon_workbench.errors import (
    ComponentFailed,
    LoadFailed,
    MissingExtra,
    PayloadError,
    PortInUse,
    SeldonMicroserviceException,
    SeldonNotImplementedError,
    WorkbenchError,
)
from seldon_workbench.server.status import CODES, grpc_code, http_status, status_body, status_line

EXPECTED = {
    "WorkbenchError": (500, "INTERNAL"),
    "PayloadError": (400, "INVALID_ARGUMENT"),
    "PayloadTooLarge": (413, "RESOURCE_EXHAUSTED"),
    "HookMissing": (400, "UNIMPLEMENTED"),
    "Unhealthy": (503, "UNAVAILABLE"),
    "ComponentFailed": (500, "INTERNAL"),
    "ReplyError": (500, "INTERNAL"),
    "UnknownReturnType": (400, "INVALID_ARGUMENT"),
    "BadMetric": (500, "INTERNAL"),
    "BadMetadata": (500, "FAILED_PRECONDITION"),
    "RequestRefused": (403, "PERMISSION_DENIED"),
    "RouteUnknown": (404, "UNIMPLEMENTED"),
    "ServerUnreachable": (500, "INTERNAL"),
    "VerbNotAllowed": (405, "UNIMPLEMENTED"),
    "SessionStateError": (503, "UNAVAILABLE"),
    **dict.fromkeys(
        [
            *("SetupError", "TargetNotFound", "TargetInvalid", "LoadFailed", "BadParameter", "BadSetting"),
            *("PortInUse", "UsageProblem", "MissingExtra", "WireConflict"),
            *("StorageMissing", "StorageUnknown"),
        ],
        (503, "UNAVAILABLE"),
    ),
}
MADE: dict[type[WorkbenchError], WorkbenchError] = {
    ComponentFailed: ComponentFailed(ValueError("bad")),
    LoadFailed: LoadFailed("load()", ValueError("bad")),
    PortInUse: PortInUse(1, 2),
    MissingExtra: MissingExtra("tui", "textual"),
}


def tree(error: type[WorkbenchError]) -> list[type[WorkbenchError]]:
    return [error, *(each for below in error.__subclasses__() for each in tree(below))]


ERRORS = [error for error in tree(WorkbenchError) if error.__module__ == errors.__name__]


def test_the_expectation_is_total() -> None:
    assert EXPECTED.keys() == {error.__name__ for error in ERRORS}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_failure_has_a_status_on_each_wire(error: type[WorkbenchError]) -> None:
    failure = MADE.get(error) or error("text")
    assert (http_status(failure), grpc_code(failure)) == EXPECTED[error.__name__]
    assert HTTPStatus(http_status(failure))
    assert grpc.StatusCode[grpc_code(failure)] is not grpc.StatusCode.OK


@pytest.mark.parametrize("error", tree(WorkbenchError), ids=lambda error: error.__name__)
def test_every_subclass_wherever_it_is_defined_falls_under_a_row(error: type[WorkbenchError]) -> None:
    assert any(base in CODES for base in error.__mro__[:-2])


@pytest.mark.parametrize("codes", CODES.values())
def test_every_code_of_the_table_is_one(codes: tuple[int, str]) -> None:
    http, rpc = codes
    assert 400 <= HTTPStatus(http) < 600
    assert rpc in grpc.StatusCode.__members__


# ---- what a component chose ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "http", "rpc"),
    [
        (200, 200, "INTERNAL"),
        (400, 400, "INVALID_ARGUMENT"),
        (401, 401, "UNAUTHENTICATED"),
        (403, 403, "PERMISSION_DENIED"),
        (404, 404, "NOT_FOUND"),
        (409, 409, "ABORTED"),
        (412, 412, "FAILED_PRECONDITION"),
        (418, 418, "INVALID_ARGUMENT"),
        (429, 429, "RESOURCE_EXHAUSTED"),
        (499, 499, "INVALID_ARGUMENT"),
        (500, 500, "INTERNAL"),
        (501, 501, "UNIMPLEMENTED"),
        (503, 503, "UNAVAILABLE"),
        (504, 504, "DEADLINE_EXCEEDED"),
        (599, 599, "INTERNAL"),
        *((chosen, 500, "INTERNAL") for chosen in (199, 600, 0, -1, 1000, True, "404", 404.0)),
    ],
)
def test_a_component_chooses_its_status_within_what_http_knows(chosen: Any, http: int, rpc: str) -> None:
    failure = ComponentFailed(SeldonMicroserviceException("x", status_code=chosen))
    assert (http_status(failure), grpc_code(failure)) == (http, rpc)


def test_an_exception_of_seldons_that_chooses_nothing_is_bad_data() -> None:
    for error in (SeldonMicroserviceException("x"), SeldonNotImplementedError("x")):
        assert (http_status(ComponentFailed(error)), grpc_code(ComponentFailed(error))) == (
            400,
            "INVALID_ARGUMENT",
        )


@pytest.mark.parametrize(
    ("error", "http", "rpc"),
    [(Forbidden(), 403, "PERMISSION_DENIED"), (NotFound(), 404, "NOT_FOUND"), (Conflict(), 409, "ABORTED")],
)
def test_what_flask_aborts_with_keeps_its_status(error: HTTPException, http: int, rpc: str) -> None:
    failure = ComponentFailed(error)
    assert (http_status(failure), grpc_code(failure)) == (http, rpc)


class Upstream(Exception):
    """An error of another service, as urllib's is."""

    code = 404


@pytest.mark.parametrize("error", [Upstream("x"), SystemExit(404), ValueError("x"), HTTPException()])
def test_a_code_of_any_other_exception_is_no_status(error: BaseException) -> None:
    assert (http_status(ComponentFailed(error)), grpc_code(ComponentFailed(error))) == (500, "INTERNAL")


# ---- the body ------------------------------------------------------------------------------------


def body(failure: WorkbenchError) -> Any:
    raw = status_body(failure)
    assert raw.endswith(b"\n")
    return json.loads(raw)


def test_the_body_is_seldons() -> None:
    assert status_body(PayloadError("é bad")) == (
        b'{"status":{"code":-1,"info":"\\u00e9 bad","reason":"MICROSERVICE_BAD_DATA","status":1}}\n'
    )


@pytest.mark.parametrize(
    ("error", "info", "reason"),
    [
        (ValueError("bad val"), "bad val", "MICROSERVICE_INTERNAL_ERROR"),
        (AssertionError(), "AssertionError", "MICROSERVICE_INTERNAL_ERROR"),
        (SeldonMicroserviceException("said", reason="MINE"), "said", "MINE"),
        (SeldonMicroserviceException({"a": [1]}), {"a": [1]}, "MICROSERVICE_BAD_DATA"),
        (SeldonMicroserviceException(None), None, "MICROSERVICE_BAD_DATA"),
        (SeldonMicroserviceException({1}), "{1}", "MICROSERVICE_BAD_DATA"),
        (SeldonMicroserviceException("x", reason=5), "x", "5"),  # type: ignore[arg-type]
    ],
)
def test_the_body_tells_what_the_component_said(error: BaseException, info: Any, reason: str) -> None:
    assert body(ComponentFailed(error)) == {
        "status": {"code": -1, "info": info, "reason": reason, "status": 1}
    }


def test_a_message_of_an_exception_that_is_not_seldons_is_not_read() -> None:
    error = ValueError("args")
    error.message = {"a": 1}  # type: ignore[attr-defined]
    assert body(ComponentFailed(error))["status"]["info"] == "args"


@pytest.mark.parametrize(
    ("code", "line"),
    [(200, "200 OK"), (404, "404 Not Found"), (418, "418 I'm a Teapot"), (599, "599 Unknown")],
)
def test_a_status_line_has_a_phrase(code: int, line: str) -> None:
    assert status_line(code) == line
