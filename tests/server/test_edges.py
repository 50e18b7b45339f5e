"""Where user code runs beside its hooks, and what goes wrong far from them."""

import concurrent.futures
import gzip
import json
import time
from typing import Any

import flask
import grpc
import pytest

from seldon_workbench.server.rpc import STATUS_KEY

from .serving import NDARRAY, Serving, message, status_of

ARRAY = message(**NDARRAY)


class Identity:
    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        return X


class LateNames(Identity):
    """Names that cannot be told before the first request."""

    names: Any = None

    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        self.names = {"columns": ["x", "y"]}
        return X

    @property
    def class_names(self) -> Any:
        return self.names["columns"]


def test_a_property_of_class_names_is_asked_when_there_is_something_to_name(serve_here: Serving) -> None:
    assert serve_here(LateNames).post(NDARRAY).json()["data"]["names"] == ["x", "y"]


class Quitting(Identity):
    @property
    def class_names(self) -> Any:
        raise SystemExit(3)


def test_an_exit_outside_a_hook_is_an_answer_on_both_wires(serve_here: Serving) -> None:
    served = serve_here(Quitting)
    assert status_of(served.post(NDARRAY, timeout=5))["info"] == "3"
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Model/Predict", ARRAY, timeout=5)
    assert refused.value.code() is grpc.StatusCode.INTERNAL


class Verbose:
    def predict(self, X: Any) -> Any:
        raise ValueError(f"no file caf\udce9 {'x' * 30_000}")


def test_a_long_or_odd_error_text_keeps_its_code_over_grpc(serve_here: Serving) -> None:
    served = serve_here(Verbose)
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Model/Predict", ARRAY)
    assert refused.value.code() is grpc.StatusCode.INTERNAL
    assert refused.value.details().startswith("no file caf\\udce9 xxx")
    assert STATUS_KEY not in dict(refused.value.trailing_metadata())
    assert status_of(served.post(NDARRAY))["info"].endswith("x")


class Slow(Identity):
    model_error_handler = flask.Blueprint("slow", __name__)

    @model_error_handler.route("/mine")
    def mine() -> str:  # type: ignore[misc]
        time.sleep(0.6)
        return "mine"

    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        time.sleep(0.6)
        return {"tenant": flask.request.headers.get("X-Tenant", "")}


@pytest.mark.parametrize("path", ["/mine", "//predict", "/predict"])
def test_a_ping_never_waits_for_user_code_whatever_its_path(serve_here: Serving, path: str) -> None:
    served = serve_here(Slow)
    with concurrent.futures.ThreadPoolExecutor(3) as clients:
        verb = "GET" if path == "/mine" else "POST"
        slow = [clients.submit(served.ask, verb, path, json=NDARRAY) for _ in range(3)]
        time.sleep(0.2)
        started = time.monotonic()
        assert served.ask("GET", "/health/ping").text == "pong"
        assert time.monotonic() - started < 0.4
        assert [each.result().status_code for each in slow] == [200, 200, 200]


def test_a_foreign_page_cannot_reach_a_route_of_a_blueprint_in_a_kernel(serve_here: Serving) -> None:
    served = serve_here(Slow)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert served.ask("GET", "/mine", headers=foreign).status_code == 403
    assert served.ask("GET", "/mine").text == "mine"


class Cause(Exception):
    pass


class Chained(Identity):
    model_error_handler = flask.Blueprint("chained", __name__)

    @model_error_handler.app_errorhandler(Cause)
    def handle(error: Cause) -> Any:
        return flask.jsonify({"cause": repr(error.__cause__)}), 422

    @model_error_handler.app_errorhandler(KeyError)
    def broken(error: KeyError) -> Any:
        raise RuntimeError("handler broke")

    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        if X == "broken":
            raise KeyError("k")
        raise Cause from ValueError("root")


def test_a_handler_sees_the_cause_on_both_wires(serve_here: Serving) -> None:
    served = serve_here(Chained)
    assert served.post({"strData": ""}).json() == {"cause": "ValueError('root')"}
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Model/Predict", message(strData=""))
    assert json.loads(refused.value.details()) == {"cause": "ValueError('root')"}


def test_a_handler_that_fails_is_an_internal_error_on_both_wires(serve_here: Serving) -> None:
    served = serve_here(Chained)
    assert served.post({"strData": "broken"}).status_code == 500
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Model/Predict", message(strData="broken"))
    assert refused.value.code() is grpc.StatusCode.INTERNAL
    assert "handler broke" in refused.value.details()


@pytest.mark.parametrize("shape", [[0, 2**63 - 1], [0, 2**63 - 1, 9]])
def test_a_shape_that_no_array_has_is_bad_data(serve_here: Serving, shape: list[int]) -> None:
    response = serve_here(Identity).post({"data": {"tensor": {"shape": shape, "values": []}}})
    assert (response.status_code, status_of(response)["reason"]) == (400, "MICROSERVICE_BAD_DATA")


def test_a_bomb_is_refused_before_it_goes_off(serve_here: Serving) -> None:
    bomb = gzip.compress(b" " * (1 << 29), 9)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = serve_here(Identity).ask("POST", "/predict", data=bomb, headers=headers)
    assert response.status_code == 413
    assert "256" in status_of(response)["info"] or "268435456" in status_of(response)["info"]


class Rebinding:
    """Makes a dict of its message under the same name."""

    def predict_raw(self, request: Any) -> Any:
        request = self.parsed(request)
        return {"strData": request["strData"]}

    def parsed(self, given: Any) -> Any:
        return {"strData": given.strData}


def test_a_raw_hook_that_rebinds_its_message_gets_the_wires_own_form(serve_here: Serving) -> None:
    assert serve_here(Rebinding).call("Model/Predict", message(strData="x")).strData == "x"


class InThread:
    def predict(self, X: Any) -> Any:
        @flask.copy_current_request_context
        def read() -> str:
            return flask.request.headers["X-Tenant"]

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(read).result()


def test_the_request_can_be_taken_along_to_another_thread(serve_here: Serving) -> None:
    reply = serve_here(InThread).post(NDARRAY, headers={"X-Tenant": "acme"})
    assert reply.json()["strData"] == "acme"
