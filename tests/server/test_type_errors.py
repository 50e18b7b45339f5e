"""A TypeError inside any hook runs it once, is reported with its own message, and logged with the puid."""

import logging
from typing import Any

import grpc
import pytest

from seldon_workbench.server import wire

from .serving import NDARRAY, Serving, message, status_of

MESSAGE = NDARRAY | {"meta": {"puid": "p-42"}}
FEEDBACK = {"request": MESSAGE, "reward": 1}

REST = {
    "predict": ("/predict", MESSAGE),
    "transform_input": ("/transform-input", MESSAGE),
    "transform_output": ("/transform-output", MESSAGE),
    "route": ("/route", MESSAGE),
    "aggregate": ("/aggregate", [MESSAGE]),
    "send_feedback": ("/send-feedback", FEEDBACK),
}
RPCS = {
    "predict": "Model/Predict",
    "transform_input": "Transformer/TransformInput",
    "transform_output": "OutputTransformer/TransformOutput",
    "route": "Router/Route",
    "aggregate": "Combiner/Aggregate",
    "send_feedback": "Model/SendFeedback",
}
VALUE_HOOKS = ("tags", "metrics", "class_names")


class Model:
    """Answers; ``breaking`` gives it a hook that does not."""

    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        return X


def breaking(name: str) -> Any:
    """A component whose hook of that name has a bug, and counts how often it ran."""
    runs: list[str] = []

    def bug(self: Any, *given: Any, **named: Any) -> Any:
        runs.append(name)
        return 1 + "one"  # type: ignore[operator]

    return type("Buggy", (Model,), {name: bug, "runs": runs})


def request_of(name: str) -> Any:
    """The protobuf request of a method."""
    if name == "aggregate":
        return wire.SeldonMessageList(seldonMessages=[message(**MESSAGE)])
    if name == "send_feedback":
        return wire.Feedback(request=message(**MESSAGE), reward=1)
    return message(**MESSAGE)


BUG = "unsupported operand type(s) for +: 'int' and 'str'"

HOOKS = [(hook, hook) for hook in REST] + [(f"{hook}_raw", hook) for hook in REST]
HOOKS += [(hook, "predict") for hook in VALUE_HOOKS]


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """The traceback in the log of the one failure, which names the request's puid where it has one."""
    (record,) = [each for each in caplog.records if BUG in each.getMessage()]
    assert record.exc_info is not None
    assert record.exc_info[2] is not None
    assert record.exc_info[2].tb_frame.f_code.co_name == "bug", "from the user's first frame on"
    return record.getMessage()


@pytest.mark.parametrize(("hook", "method"), HOOKS)
def test_over_rest_a_typeerror_inside_a_hook_runs_it_once(
    serve_here: Serving, caplog: pytest.LogCaptureFixture, hook: str, method: str
) -> None:
    component = breaking(hook)
    path, payload = REST[method]
    with caplog.at_level(logging.ERROR):
        response = serve_here(component).post(payload, path)
    assert (response.status_code, status_of(response)["info"]) == (500, BUG)
    assert component.runs == [hook]
    assert "puid=p-42" in logged(caplog)


@pytest.mark.parametrize(("hook", "method"), HOOKS)
def test_over_grpc_a_typeerror_inside_a_hook_runs_it_once(
    serve_here: Serving, caplog: pytest.LogCaptureFixture, hook: str, method: str
) -> None:
    component = breaking(hook)
    served = serve_here(component)
    with caplog.at_level(logging.ERROR), pytest.raises(grpc.RpcError) as refused:
        served.call(RPCS[method], request_of(method))
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.INTERNAL, BUG)
    assert component.runs == [hook]
    assert "puid=p-42" in logged(caplog)


@pytest.mark.parametrize("hook", ["health_status", "health_status_raw"])
def test_a_typeerror_inside_a_health_hook_runs_it_once(serve_here: Serving, hook: str) -> None:
    component = breaking(hook)
    response = serve_here(component).ask("GET", "/health/status")
    assert (response.status_code, status_of(response)["info"]) == (500, BUG)
    assert component.runs == [hook]


def test_a_typeerror_inside_init_metadata_spoils_metadata_and_nothing_else(serve_here: Serving) -> None:
    component = breaking("init_metadata")
    served = serve_here(component)
    assert served.ask("GET", "/metadata").status_code == 500
    assert served.post(MESSAGE).status_code == 200
    assert component.runs == ["init_metadata"]
