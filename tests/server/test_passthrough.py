"""Under PAYLOAD_PASSTHROUGH predict is given request bodies as they come, and its bytes are the reply."""

from typing import Any

import pytest

from .serving import NDARRAY, Serving, message, plain, status_of


class Echo:
    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        assert (names, meta) in (([], {}), (["a", "b"], {}))
        return X


class RawEcho:
    def predict_raw(self, body: Any) -> Any:
        return body


class Saying:
    def __init__(self, reply: Any) -> None:
        self.reply = reply

    def predict_raw(self, body: Any) -> Any:
        return self.reply


BODIES = (b'{"strData":"x"}', b"\x00\x01\xff not text", b"")


@pytest.mark.parametrize("component", [Echo, RawEcho])
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", ["/predict", "/api/v1.0/predictions", "/api/v0.1/predictions"])
@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream"])
def test_a_body_goes_in_and_out_unread(
    serve_here: Serving, component: type, body: bytes, path: str, kind: str
) -> None:
    served = serve_here(component, payload_passthrough=True)
    response = served.ask("POST", path, data=body, headers={"Content-Type": kind})
    assert (response.status_code, response.content) == (200, body)
    assert response.headers["Content-Type"] == "application/json"


def test_a_form_or_query_named_json_arrives_as_its_text(serve_here: Serving) -> None:
    served = serve_here(RawEcho, payload_passthrough=True)
    assert served.ask("POST", "/predict", data={"json": "not { json"}).text == "not { json"
    assert served.ask("GET", "/predict", params={"json": "{}"}).text == "{}"
    assert served.ask("POST", "/predict", data={"other": "x"}).text == "other=x"


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        ("text", b"text"),
        (b"bytes", b"bytes"),
        (["a", b"b"], b"ab"),
        (None, b""),
        ({"b": 1, "a": 2}, b'{"a":2,"b":1}\n'),
        (5, b"5\n"),
    ],
)
def test_what_is_returned_is_the_body(serve_here: Serving, reply: Any, body: bytes) -> None:
    assert serve_here(Saying(reply), payload_passthrough=True).post({}).content == body


def test_the_status_of_a_dict_is_still_honoured(serve_here: Serving) -> None:
    served = serve_here(Saying({"status": {"code": 503}}), payload_passthrough=True)
    assert served.post({}).status_code == 503


def test_other_methods_and_grpc_read_their_payload_as_ever(serve_here: Serving) -> None:
    served = serve_here(Echo, payload_passthrough=True)
    assert served.post(NDARRAY, "/transform-input").json()["data"]["ndarray"] == [[1, 2]]
    assert plain(served.call("Model/Predict", message(**NDARRAY)))["data"]["ndarray"] == [[1.0, 2.0]]


def test_errors_are_still_seldons(serve_here: Serving) -> None:
    class Failing:
        def predict(self, X: Any) -> Any:
            raise ValueError("no")

    assert status_of(serve_here(Failing, payload_passthrough=True).post({}))["info"] == "no"
