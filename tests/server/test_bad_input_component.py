"""Components that fail: the client gets a Status, the log the traceback with the puid, the server goes on."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import pytest
from components import Answer, Identity, Nothing, Raising

from seldon_workbench import SeldonMicroserviceException

from .serving import Served, Serving, message, status_of

REQUEST = {"data": {"ndarray": [[1, 2]]}, "meta": {"puid": "puid-7"}}


class Moody:
    """Fails when it is sent something else than an array."""

    def __init__(self, fail: Callable[[], Any]) -> None:
        self.fail = fail

    def predict(self, X: Any, names: Any) -> Any:
        return X if isinstance(X, np.ndarray) else self.fail()


def fails(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def goes_on(served: Served) -> None:
    assert served.post(REQUEST).status_code == 200
    assert served.call("Model/Predict", message(**REQUEST)).meta.puid == "puid-7"


class Unspeakable(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "info"),
    [
        (ValueError("bad val"), "bad val"),
        (KeyError("k"), "'k'"),
        (AssertionError(), "AssertionError"),
        (NotImplementedError("nope"), "nope"),
        (MemoryError("too much"), "too much"),
        (RecursionError("too deep"), "too deep"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "why"), "why"),
        (StopIteration("over"), "over"),
        (SystemExit(3), "3"),
        (KeyboardInterrupt("stop"), "stop"),
        (GeneratorExit("end"), "end"),
        (asyncio.CancelledError("cancelled"), "cancelled"),
        (Unspeakable(), "Unspeakable"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_a_component_raises_is_answered(
    serve_here: Serving, error: BaseException, info: str
) -> None:
    served = serve_here(Moody(fails(error)))
    for _ in range(2):
        response = served.post({"strData": "x"}, timeout=5)
        assert response.status_code == 500
        assert info in status_of(response)["info"]
        assert status_of(response)["reason"] == "MICROSERVICE_INTERNAL_ERROR"
        with pytest.raises(grpc.RpcError) as refused:
            served.call("Model/Predict", message(strData="x"), timeout=5)
        assert refused.value.code() is grpc.StatusCode.INTERNAL
        assert info in refused.value.details()
    goes_on(served)


def test_a_component_chooses_status_reason_and_info(serve_here: Serving) -> None:
    response = serve_here(Raising(SeldonMicroserviceException("m", 418, reason="R"))).post(REQUEST)
    assert response.status_code == 418
    assert response.text == '{"status":{"code":-1,"info":"m","reason":"R","status":1}}\n'


@pytest.mark.parametrize("chosen", ["418", 0, -1, 99, 600, 100, None, 1.5, True])
def test_a_status_that_http_does_not_know_becomes_500_or_400(serve_here: Serving, chosen: Any) -> None:
    error = SeldonMicroserviceException("m")
    error.status_code = chosen
    response = serve_here(Raising(error)).post(REQUEST)
    assert response.status_code in (400, 500)
    assert status_of(response)["info"] == "m"


CIRCLE: dict[str, Any] = {}
CIRCLE["self"] = CIRCLE

UNSENDABLE = (
    *(
        None,
        5,
        True,
        1.5,
        (1, 2),
        {1, 2},
        range(3),
        object(),
        threading.Lock(),
        np.int64(3),
        memoryview(b"x"),
    ),
    *([[1, 2], [3]], {"a": object()}, {"a": {1, 2}}, [object()], CIRCLE, np.array([1j])),
    np.array([object()]),
)


@pytest.mark.parametrize("value", UNSENDABLE, ids=repr)
def test_a_reply_that_cannot_be_sent_is_answered_with_why(serve_here: Serving, value: Any) -> None:
    served = serve_here(Moody(lambda: value))
    response = served.post({"strData": "x"}, timeout=5)
    assert response.status_code in (400, 500), response.text
    assert status_of(response)["reason"] in ("MICROSERVICE_BAD_DATA", "MICROSERVICE_INTERNAL_ERROR")
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Model/Predict", message(strData="x"), timeout=5)
    assert refused.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    assert refused.value.details()
    goes_on(served)


@pytest.mark.parametrize(
    ("path", "payload", "info"),
    [
        ("/predict", REQUEST, "Predict not defined"),
        ("/route", REQUEST, "Route not defined"),
        ("/aggregate", [REQUEST], "Aggregate not defined"),
    ],
)
def test_a_method_the_component_lacks_is_400(serve_here: Serving, path: str, payload: Any, info: str) -> None:
    response = serve_here(Nothing).post(payload, path)
    assert response.status_code == 400
    assert status_of(response) == {"code": -1, "info": info, "reason": "MICROSERVICE_BAD_DATA", "status": 1}


@pytest.mark.parametrize("hook", ["tags", "metrics", "class_names"])
def test_a_failure_beside_predict_is_answered_too(serve_here: Serving, hook: str) -> None:
    component = type("Beside", (Identity,), {hook: lambda self: 1 / 0})
    response = serve_here(component).post(REQUEST)
    assert response.status_code == 500
    assert status_of(response)["info"] == "division by zero"


@pytest.mark.parametrize(
    "metrics", [None, "x", 5, [5], [{"key": "k"}], [{"type": "X", "key": "k", "value": 1}]]
)
def test_a_bad_metric_is_answered_and_counts_nothing(serve_here: Serving, metrics: Any) -> None:
    good = {"type": "COUNTER", "key": "good", "value": 1}
    given = [good, *metrics] if isinstance(metrics, list) else metrics
    served = serve_here(type("Counting", (Identity,), {"metrics": lambda self: given}))
    response = served.post(REQUEST)
    assert response.status_code == 500
    assert status_of(response)["reason"] == "MICROSERVICE_BAD_METRIC"
    assert served.scrape() == {}


# ---- the log -------------------------------------------------------------------------------------


def deep(levels: int) -> None:
    if levels == 0:
        raise ValueError("bad val")
    deep(levels - 1)


class Deep(Answer):
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        deep(3)


def failure_record(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return record


@pytest.mark.parametrize("wire", ["rest", "grpc"])
def test_the_log_has_the_users_traceback_and_the_puid(
    serve_here: Serving, caplog: pytest.LogCaptureFixture, wire: str
) -> None:
    served = serve_here(Deep(None))
    if wire == "rest":
        served.post(REQUEST)
    else:
        with pytest.raises(grpc.RpcError):
            served.call("Model/Predict", message(**REQUEST))
    record = failure_record(caplog)
    assert "predict failed (puid=puid-7): bad val" in record.getMessage()
    text = logging.Formatter().format(record)
    assert text.count("in deep") == 4
    assert text.count("in predict") == 1
    assert "ValueError: bad val" in text
    assert "seldon_workbench" not in text.replace("seldon_workbench.dispatch", "")


def test_the_log_has_the_cause_of_a_cause(serve_here: Serving, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Any:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    serve_here(Moody(fail)).post({"strData": "x", "meta": {"puid": "p"}})
    text = logging.Formatter().format(failure_record(caplog))
    assert "KeyError: 'first'" in text
    assert "ValueError: second" in text


def test_a_refused_request_is_logged_as_a_warning(
    serve_here: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    serve_here(Identity).post({"meta": {"puid": "p"}})
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (record.levelname, "predict refused" in record.getMessage()) == ("WARNING", True)
