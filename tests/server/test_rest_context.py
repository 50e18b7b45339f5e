"""What a component sees of an HTTP request, and what the log does."""

import json
import logging
from typing import Any

import pytest
from components import Identity

from seldon_workbench import request_headers
from seldon_workbench.server import wire

from .serving import NDARRAY, Serving, message, plain


class Tenant:
    """Answers with what it reads of the request, in every method."""

    def predict(self, X: Any, names: Any = None) -> Any:
        import flask

        request = flask.request
        return {
            "tenant": request.headers.get("X-Tenant", ""),
            "path": request.path,
            "verb": request.method,
            "body": request.get_data(as_text=True),
            "peer": request.remote_addr,
        }

    transform_input = route = predict

    def health_status(self) -> str:
        import flask

        return flask.request.headers["X-Tenant"]


HEADERS = {"X-Tenant": "acme"}


@pytest.mark.parametrize("path", ["/predict", "/api/v1.0/predictions", "/transform-input"])
@pytest.mark.parametrize("query", ["", "?flavour=plain"])
def test_a_component_reads_the_headers_of_its_request(serve_here: Serving, path: str, query: str) -> None:
    reply = serve_here(Tenant).post(NDARRAY, path + query, headers=HEADERS).json()["jsonData"]
    assert reply == {
        "tenant": "acme",
        "path": path,
        "verb": "POST",
        "body": json.dumps(NDARRAY),
        "peer": "127.0.0.1",
    }


def test_each_request_has_headers_of_its_own(serve_here: Serving) -> None:
    served = serve_here(Tenant, threads=3)
    seen = [served.post(NDARRAY, headers={"X-Tenant": name}).json()["jsonData"]["tenant"] for name in "abcab"]
    assert seen == ["a", "b", "c", "a", "b"]


def test_health_status_reads_headers_too(serve_here: Serving) -> None:
    assert serve_here(Tenant).ask("GET", "/health/status", headers=HEADERS).json()["strData"] == "acme"


def test_over_grpc_flask_request_has_the_metadata_of_the_call(serve_here: Serving) -> None:
    served = serve_here(Tenant)
    served.post(NDARRAY, headers=HEADERS)  # nothing of which is left behind
    reply = served.call("Model/Predict", message(**NDARRAY)).jsonData.struct_value.fields
    assert reply["tenant"].string_value == ""
    call = served.channel.unary_unary("/seldon.protos.Model/Predict")
    raw = call(message(**NDARRAY).SerializeToString(), metadata=(("x-tenant", "acme"), ("x-bin", b"\xff")))
    assert wire.SeldonMessage.FromString(raw).jsonData.struct_value.fields["tenant"].string_value == "acme"


class Caller:
    """Reads its headers without Flask."""

    def predict(self, X: Any) -> Any:
        headers = request_headers()
        return {"puid": headers.get("Seldon-Puid"), "known": "SELDON-PUID" in headers}

    async def transform_input(self, X: Any) -> Any:
        return self.predict(X)


@pytest.mark.parametrize("path", ["/predict", "/predict?a=b", "/transform-input"])
def test_request_headers_are_read_the_same_way_on_both_wires(serve_here: Serving, path: str) -> None:
    served = serve_here(Caller)
    expected = {"puid": "p", "known": True}
    assert served.post(NDARRAY, path, headers={"Seldon-Puid": "p"}).json()["jsonData"] == expected
    call = served.channel.unary_unary("/seldon.protos.Model/Predict")
    raw = call(message(**NDARRAY).SerializeToString(), metadata=(("seldon-puid", "p"),))
    assert plain(wire.SeldonMessage.FromString(raw))["jsonData"] == expected


def test_outside_a_request_there_are_no_headers() -> None:
    assert dict(request_headers()) == {}


def test_the_access_log_has_a_line_per_request(serve_here: Serving, caplog: pytest.LogCaptureFixture) -> None:
    served = serve_here(Identity, access_log=True)
    with caplog.at_level(logging.INFO, logger="seldon_workbench.access"):
        served.post(NDARRAY)
        served.ask("GET", "/nope")
    lines = [record.getMessage() for record in caplog.records if record.name == "seldon_workbench.access"]
    ping, nope = lines
    assert ping == "127.0.0.1 - POST /predict - 200 OK"
    assert nope.startswith("127.0.0.1 - GET /nope - 404")


def test_without_the_access_log_there_is_none(serve_here: Serving, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        serve_here(Identity).post(NDARRAY)
    assert not [record for record in caplog.records if record.name == "seldon_workbench.access"]
