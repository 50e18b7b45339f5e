"""What is answered over gRPC when something goes wrong: a code that fits, and details that say what."""

from typing import Any

import grpc
import pytest
from components import Answer, Nothing, Raising

from seldon_workbench import SeldonMicroserviceException
from seldon_workbench.server import wire

from .serving import Served, Serving, message

ARRAY = message(data={"ndarray": [[1, 2]]})
TENSOR = message(data={"tensor": {"shape": [1], "values": [1]}})
ONE = wire.SeldonMessageList(seldonMessages=[ARRAY])


def refusal(served: Served, rpc: str, request: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as refused:
        served.call(rpc, request)
    return refused.value.code().name, refused.value.details()


@pytest.mark.parametrize(
    ("rpc", "request_"),
    [
        ("Model/Predict", ARRAY),
        ("Seldon/Predict", ARRAY),
        ("Router/Route", ARRAY),
        ("Combiner/Aggregate", ONE),
    ],
)
def test_a_missing_hook_is_unimplemented(serve_here: Serving, rpc: str, request_: Any) -> None:
    code, details = refusal(serve_here(Nothing), rpc, request_)
    assert code == "UNIMPLEMENTED"
    assert rpc.rpartition("/")[2].lower() in details.lower()
    assert "not defined" in details


@pytest.mark.parametrize(
    ("error", "code", "details"),
    [
        (ValueError("bad val"), "INTERNAL", "bad val"),
        (KeyError("k"), "INTERNAL", "'k'"),
        (AssertionError(), "INTERNAL", "AssertionError"),
        (SystemExit(3), "INTERNAL", "3"),
        (SeldonMicroserviceException("custom"), "INVALID_ARGUMENT", "custom"),
        (SeldonMicroserviceException("gone", 404), "NOT_FOUND", "gone"),
        (SeldonMicroserviceException("who", 401), "UNAUTHENTICATED", "who"),
        (SeldonMicroserviceException("no", 403), "PERMISSION_DENIED", "no"),
        (SeldonMicroserviceException("slow down", 429), "RESOURCE_EXHAUSTED", "slow down"),
        (SeldonMicroserviceException("later", 503), "UNAVAILABLE", "later"),
        (SeldonMicroserviceException("teapot", 418), "INVALID_ARGUMENT", "teapot"),
    ],
)
def test_what_a_component_raises_has_a_code_and_its_text(
    serve_here: Serving, error: BaseException, code: str, details: str
) -> None:
    served = serve_here(Raising(error))
    assert refusal(served, "Model/Predict", ARRAY) == (code, details)
    assert refusal(served, "Router/Route", ARRAY) == (code, details)


@pytest.mark.parametrize("value", [None, 5, True, 1.5, (1, 2), {1, 2}, object()])
def test_a_reply_of_no_known_type_is_refused(serve_here: Serving, value: object) -> None:
    code, details = refusal(serve_here(Answer(value)), "Model/Predict", ARRAY)
    assert code == "INVALID_ARGUMENT"
    assert details.startswith("Unknown data type returned as payload")


@pytest.mark.parametrize("value", [{"a": object()}, {"a": b"x"}, [[1, 2], [3]], [object()]])
def test_a_reply_that_cannot_be_encoded_is_internal(serve_here: Serving, value: object) -> None:
    code, details = refusal(serve_here(Answer(value)), "Model/Predict", ARRAY)
    assert code == "INTERNAL"
    assert details


@pytest.mark.parametrize("branch", [True, "1", 1.0, None, [1]])
def test_a_route_that_is_no_number_is_refused(serve_here: Serving, branch: object) -> None:
    assert refusal(serve_here(Answer(branch)), "Router/Route", ARRAY)[1] == (
        f"Routing response must be int but got {branch}"
    )


def test_bad_metadata_is_a_failed_precondition(serve_here: Serving) -> None:
    class Vague(Answer):
        def init_metadata(self) -> dict[str, object]:
            return {"versions": "v1"}

    served = serve_here(Vague("ok"))
    for rpc in ("Model/Metadata", "Seldon/ModelMetadata"):
        assert refusal(served, rpc, None) == ("FAILED_PRECONDITION", "Model metadata unavailable")
    assert served.call("Model/Predict", ARRAY).strData == "ok"


@pytest.mark.parametrize(
    ("what", "rpc", "request_"),
    [
        ("no payload", "Model/Predict", wire.SeldonMessage()),
        ("no payload", "Router/Route", message(meta={"puid": "p"})),
        ("ragged", "Model/Predict", message(data={"ndarray": [[1, 2], [3]]})),
        ("does not fit", "Model/Predict", message(data={"tensor": {"shape": [3], "values": [1, 2]}})),
        ("does not fit", "Model/Predict", message(data={"tensor": {"shape": [2], "values": [1, 2, 3]}})),
        ("does not fit", "Model/Predict", message(data={"tensor": {"shape": [-1], "values": [1]}})),
        (
            "does not fit",
            "Model/Predict",
            message(data={"tensor": {"shape": [2**31 - 1] * 3, "values": [1]}}),
        ),
        ("dimension", "Model/Predict", message(data={"tensor": {"shape": [1] * 100, "values": [1]}})),
        ("empty", "Combiner/Aggregate", wire.SeldonMessageList()),
        ("no SeldonMessage", "Model/Predict", b"\xff\xff\xff"),
        ("no SeldonMessage", "Model/Predict", TENSOR.SerializeToString()[:-3]),
        ("no Feedback", "Model/SendFeedback", b"\x0a\xff"),
    ],
)
def test_a_malformed_message_is_an_invalid_argument(
    serve_here: Serving, what: str, rpc: str, request_: Any
) -> None:
    served = serve_here(Answer("ok"))
    code, details = refusal(served, rpc, request_)
    assert (code, what in details) == ("INVALID_ARGUMENT", True), details
    assert served.call("Model/Predict", ARRAY).strData == "ok"
