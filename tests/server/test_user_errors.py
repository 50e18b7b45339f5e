"""A component's blueprint answers what the component raises, with its own code and body."""

import json
from typing import Any

import flask
import grpc
import pytest

from seldon_workbench import SeldonMicroserviceException
from seldon_workbench.errors import TargetInvalid
from seldon_workbench.server.rpc import STATUS_KEY

from .serving import NDARRAY, Serving, message, serving, status_of

ARRAY = message(**NDARRAY)


class UserCustomException(Exception):
    """As documented: its initialiser calls the base one without arguments."""

    status_code = 404

    def __init__(self, message: str, application_error_code: int, http_status_code: int) -> None:
        Exception.__init__(self)
        self.message = message
        self.status_code = http_status_code
        self.application_error_code = application_error_code

    def to_dict(self) -> dict[str, Any]:
        error = {"status": self.status_code, "message": self.message, "app_code": self.application_error_code}
        return {"status": error}


class ModelWithErrorHandler:
    """The documented sample, and what else a blueprint can do."""

    model_error_handler = flask.Blueprint("error_handlers", __name__)

    @model_error_handler.app_errorhandler(UserCustomException)
    def handleCustomError(error: UserCustomException) -> Any:
        response = flask.jsonify(error.to_dict())
        response.status_code = error.status_code
        return response

    @model_error_handler.app_errorhandler(SeldonMicroserviceException)
    def handle_seldon(error: SeldonMicroserviceException) -> Any:
        return flask.jsonify({"mine": error.message}), 409, {"X-Mine": "yes"}

    @model_error_handler.app_errorhandler(KeyError)
    def handle_with_request(error: KeyError) -> Any:
        return flask.jsonify({"path": flask.request.path}), 422

    @model_error_handler.route("/extra")
    def extra() -> str:  # type: ignore[misc]
        return "extra"

    @model_error_handler.app_errorhandler(404)
    def not_found(error: Exception) -> Any:
        return "nothing here", 404

    def predict(self, X: Any, features_names: Any = None) -> Any:
        if X == "custom":
            raise UserCustomException("Test-Error-Msg", 1402, 402)
        if X == "seldon":
            raise SeldonMicroserviceException("m")
        if X == "key":
            raise KeyError("k")
        if X == "abort":
            flask.abort(404)
        if X == "other":
            raise ValueError("bad")
        return X

    predict_rest = None

    def transform_input_raw(self, msg: Any) -> Any:
        raise UserCustomException("raw", 1, 410)


BODY = {"status": {"app_code": 1402, "message": "Test-Error-Msg", "status": 402}}


def text(value: str) -> dict[str, str]:
    return {"strData": value}


def test_over_rest_the_handler_has_full_control_of_status_body_and_headers(serve_here: Serving) -> None:
    served = serve_here(ModelWithErrorHandler)
    response = served.post(text("custom"))
    assert (response.status_code, response.json()) == (402, BODY)
    response = served.post(text("seldon"))
    assert (response.status_code, response.json()) == (409, {"mine": "m"})
    assert response.headers["X-Mine"] == "yes"
    assert served.post({}, "/transform-input").status_code == 410


def test_a_handler_may_read_the_request(serve_here: Serving) -> None:
    response = serve_here(ModelWithErrorHandler).post(text("key"), "/api/v1.0/predictions")
    assert (response.status_code, response.json()) == (422, {"path": "/api/v1.0/predictions"})


def test_over_grpc_code_text_and_body_survive(serve_here: Serving) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        serve_here(ModelWithErrorHandler).call("Model/Predict", message(**text("custom")))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert json.loads(refused.value.details()) == BODY
    assert json.loads(dict(refused.value.trailing_metadata())[STATUS_KEY]) == BODY


def test_what_no_handler_is_for_keeps_seldons_body(serve_here: Serving) -> None:
    served = serve_here(ModelWithErrorHandler)
    response = served.post(text("other"))
    assert (response.status_code, status_of(response)["info"]) == (500, "bad")
    assert status_of(served.ask("POST", "/predict", data=b"{"))["reason"] == "MICROSERVICE_BAD_DATA"
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Model/Predict", message(**text("other")))
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.INTERNAL, "bad")


def test_handlers_of_codes_and_routes_of_the_blueprint_are_served(serve_here: Serving) -> None:
    served = serve_here(ModelWithErrorHandler)
    assert served.ask("GET", "/extra").text == "extra"
    assert served.ask("GET", "/nope").text == "nothing here"
    response = served.post(text("abort"))
    assert (response.status_code, response.text) == (404, "nothing here")


def test_a_blueprint_does_not_change_what_succeeds(serve_here: Serving) -> None:
    assert serve_here(ModelWithErrorHandler).post(text("fine")).json() == {"meta": {}, "strData": "fine"}


def test_every_failed_call_carries_the_status_body_of_rest(serve_here: Serving) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        serve_here(ModelWithErrorHandler).call("Model/Predict", message())
    status = json.loads(dict(refused.value.trailing_metadata())[STATUS_KEY])["status"]
    assert (status["code"], status["reason"], status["status"]) == (-1, "MICROSERVICE_BAD_DATA", 1)


class NotABlueprint(ModelWithErrorHandler):
    model_error_handler = "handlers"  # type: ignore[assignment]


class WithoutBlueprint(ModelWithErrorHandler):
    model_error_handler = None  # type: ignore[assignment]


def test_a_handler_that_is_no_blueprint_is_refused_before_anything_is_served() -> None:
    with pytest.raises(TargetInvalid, match="no Flask blueprint") as refused, serving(NotABlueprint):
        pass
    assert "Blueprint" in refused.value.hint


def test_no_blueprint_at_all_is_fine(serve_here: Serving) -> None:
    assert serve_here(WithoutBlueprint).post(text("fine")).status_code == 200
