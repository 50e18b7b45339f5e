"""What happens when a request fails: the error, the log, the counts, and that nothing else changed."""

import contextlib
import logging
import threading
import time
from typing import Any

import pytest
from calling import NDARRAY, Serve
from components import (
    Answer,
    Blocking,
    Everything,
    Identity,
    ModelWithUserError,
    Nothing,
    Raising,
    Reporter,
    ThreadTeller,
)

from seldon_workbench import SeldonMicroserviceException, SeldonNotImplementedError, SeldonResponse
from seldon_workbench.dispatch import Exchange
from seldon_workbench.errors import (
    BadMetric,
    ComponentFailed,
    HookMissing,
    PayloadError,
    ReplyError,
    WorkbenchError,
)
from seldon_workbench.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    METHODS,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    Method,
)

LOGGER = "seldon_workbench.dispatch"
CALLED = [method for method in METHODS if method.runs_user_code]


def payload_of(method: Method) -> Any:
    return {AGGREGATE: [NDARRAY], SEND_FEEDBACK: {"request": NDARRAY}}.get(method, NDARRAY)


def test_a_typeerror_inside_predict_runs_it_once(serve: Serve) -> None:
    model = Raising(TypeError("mine"))
    with pytest.raises(ComponentFailed, match="mine"):
        serve(model).predict()
    assert model.runs == 1


@pytest.mark.parametrize("method", CALLED, ids=lambda row: row.name)
@pytest.mark.parametrize("error", [ValueError("bad val"), TypeError("mine"), SystemExit(3)])
def test_whatever_a_hook_raises_arrives_around_the_original(
    serve: Serve, method: Method, error: BaseException
) -> None:
    with pytest.raises(ComponentFailed) as caught:
        serve(Raising(error)).json(method, payload_of(method))
    assert caught.value.original is error
    assert caught.value.text == str(error)
    assert caught.value.reason == "MICROSERVICE_INTERNAL_ERROR"
    assert caught.value.status_code is None


@pytest.mark.parametrize(
    ("error", "text"),
    [(KeyError("k"), "'k'"), (AssertionError(), "AssertionError"), (NotImplementedError("nope"), "nope")],
)
def test_the_text_is_the_exceptions_own_and_never_empty(serve: Serve, error: Exception, text: str) -> None:
    with pytest.raises(ComponentFailed) as caught:
        serve(Raising(error)).predict()
    assert caught.value.text == text


def test_a_seldon_exception_chooses_status_and_reason(serve: Serve) -> None:
    error = SeldonMicroserviceException("custom msg", status_code=418, reason="MY_REASON")
    with pytest.raises(ComponentFailed, match="custom msg") as caught:
        serve(Raising(error)).predict()
    assert (caught.value.status_code, caught.value.reason) == (418, "MY_REASON")


def test_a_seldon_exception_is_bad_data_where_it_chooses_nothing(serve: Serve) -> None:
    with pytest.raises(ComponentFailed) as caught:
        serve(Raising(SeldonMicroserviceException("x"))).predict()
    assert (caught.value.status_code, caught.value.reason) == (400, "MICROSERVICE_BAD_DATA")


def test_the_documented_exception_of_a_component_keeps_its_status(serve: Serve) -> None:
    with pytest.raises(ComponentFailed, match="Test-Error-Msg") as caught:
        serve(ModelWithUserError()).predict()
    assert (caught.value.status_code, caught.value.reason) == (402, "USER_ERROR")


def test_a_not_implemented_of_the_components_own_is_an_error(serve: Serve) -> None:
    with pytest.raises(ComponentFailed, match="mine") as caught:
        serve(Raising(SeldonNotImplementedError("mine"))).json(TRANSFORM_INPUT, NDARRAY)
    assert caught.value.status_code == 400


@pytest.mark.parametrize("hook", ["tags", "metrics", "class_names"])
def test_a_failing_value_hook_fails_the_request(serve: Serve, hook: str) -> None:
    def fail() -> None:
        raise ValueError(f"{hook} is broken")

    model = Identity()
    setattr(model, hook, fail)
    with pytest.raises(ComponentFailed, match=f"{hook} is broken"):
        serve(model).predict()


@pytest.mark.parametrize(("hook", "value"), [("tags", {"a": 1}), ("metrics", [1]), ("predict", 5)])
def test_an_attribute_where_a_hook_is_expected_is_the_components_failure(
    serve: Serve, hook: str, value: Any
) -> None:
    model = Identity()
    setattr(model, hook, value)
    with pytest.raises(ComponentFailed, match="is not callable"):
        serve(model).predict()


def test_an_invalid_payload_never_reaches_the_component(serve: Serve) -> None:
    model = Answer("done")
    with pytest.raises(PayloadError):
        serve(model).predict({"data": 5})
    assert model.calls == []


@pytest.mark.parametrize("value", [{"a": {1}}, {"a": object()}, [{"b": b"x"}], [[1, 2], [3]]])
def test_what_cannot_be_sent_is_a_reply_error(serve: Serve, value: Any) -> None:
    with pytest.raises(ReplyError):
        serve(Answer(value)).predict()


class Refusing:
    """A value that raises when it is looked at."""

    def refuse(self, *arguments: Any, **keywords: Any) -> Any:
        raise RuntimeError("leave me alone")

    __array__ = __str__ = __html__ = refuse


class RefusingList(list[Any]):
    """A list that raises when it is read."""

    def __iter__(self) -> Any:
        raise RuntimeError("leave me alone")


@pytest.mark.parametrize(
    "value",
    [
        *([Refusing()], Refusing(), {"a": Refusing()}, RefusingList([1])),
        *(SeldonResponse("x", tags={"a": Refusing()}), SeldonResponse("x", metrics=RefusingList([1]))),
    ],
)
def test_what_a_returned_value_raises_is_the_components_failure(serve: Serve, value: Any) -> None:
    caller = serve(Answer(value))
    with pytest.raises(ComponentFailed, match="leave me alone") as caught:
        caller.predict()
    assert type(caught.value.original) is RuntimeError
    assert caller.dispatcher.failed == 1


# ---- the log -------------------------------------------------------------------------------------


def test_a_failure_is_logged_with_puid_and_the_users_frames_alone(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ComponentFailed):
        serve(Raising(ValueError("bad val"))).predict(NDARRAY | {"meta": {"puid": "P1"}})
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "predict failed (puid=P1): bad val")
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError
    frames = []
    traceback = record.exc_info[2]
    while traceback is not None:
        frames.append(traceback.tb_frame.f_code.co_filename)
        traceback = traceback.tb_next
    assert frames
    assert all(name.endswith("components.py") for name in frames)


@pytest.mark.parametrize(
    ("component", "payload", "level", "text"),
    [
        (Answer(None), {"strData": "x"}, logging.ERROR, "predict failed (puid=): Unknown data type"),
        (Answer({"a": {1}}), {"strData": "x"}, logging.ERROR, "predict failed (puid=): Object of type set"),
        (Reporter("x", metrics=5), {"strData": "x"}, logging.ERROR, "predict failed (puid=): Bad metric"),
        (Nothing(), {"strData": "x"}, logging.WARNING, "predict refused (puid=): Predict not defined"),
        (Identity(), {"data": 5}, logging.WARNING, "predict refused (puid=): data is 5"),
    ],
)
def test_a_faulty_reply_is_logged_as_error_and_a_refused_request_as_warning(
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    component: Any,
    payload: Any,
    level: int,
    text: str,
) -> None:
    with pytest.raises(WorkbenchError):
        serve(component).predict(payload | {"meta": {"puid": ""}})
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    assert (record.levelno, record.exc_info) == (level, None)
    assert record.getMessage().startswith(text)


def test_a_success_logs_nothing(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    serve(Identity()).predict()
    assert caplog.records == []


# ---- counts and exchanges ------------------------------------------------------------------------


def test_requests_and_failures_are_counted(serve: Serve) -> None:
    caller = serve(Identity())
    for payload in (NDARRAY, {"data": 5}, NDARRAY, NDARRAY):
        with contextlib.suppress(PayloadError):
            caller.predict(payload)
    assert (caller.dispatcher.answered, caller.dispatcher.failed) == (4, 1)


def test_every_exchange_is_told_with_its_time_puid_and_error(serve: Serve) -> None:
    caller = serve(Everything())
    began = time.time()
    caller.json(ROUTE, NDARRAY | {"meta": {"puid": "P"}})
    ended = time.time()
    with pytest.raises(PayloadError):
        caller.json(TRANSFORM_INPUT, "{")
    good, bad = caller.exchanges
    assert (good.method, good.puid, good.error, good.seconds) == (ROUTE, "P", None, 1.0)
    assert (bad.method, bad.puid, type(bad.error), bad.seconds) == (TRANSFORM_INPUT, "", PayloadError, 1.0)
    assert began - 1.0 <= good.started <= ended - 1.0


def test_a_failed_exchange_keeps_the_puid_of_its_request(serve: Serve) -> None:
    caller = serve(Nothing())
    with pytest.raises(HookMissing):
        caller.json(ROUTE, NDARRAY | {"meta": {"puid": "P"}})
    assert caller.exchanges[0].puid == "P"


def test_health_has_no_puid(serve: Serve) -> None:
    caller = serve(Everything())
    caller.json(HEALTH_STATUS)
    assert caller.exchanges[0].puid == ""


def test_a_failing_subscriber_spoils_neither_the_reply_nor_the_others(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(exchange: Exchange) -> None:
        raise ValueError("not mine")

    caller = serve(Identity(), subscribers=[fail])
    assert caller.predict()["data"]["ndarray"] == [[1, 2]]
    assert len(caller.exchanges) == 1
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "a subscriber failed")
    assert record.exc_info is not None


# ---- threads -------------------------------------------------------------------------------------


def test_the_component_runs_on_the_worker_threads(serve: Serve) -> None:
    assert serve(ThreadTeller()).predict()["strData"] == "test-worker-0"


def test_a_component_in_user_code_is_busy_under_its_and_the_methods_name(serve: Serve) -> None:
    model = Blocking()
    caller = serve(model)
    waiting = threading.Thread(target=caller.predict)
    waiting.start()
    assert model.entered.wait(10)
    (busy,) = caller.workers.busy()
    model.released.set()
    waiting.join()
    assert (busy.thread, busy.what) == ("test-worker-0", "Blocking.predict")
    assert caller.workers.busy() == []


def test_health_of_a_component_that_says_nothing_of_it_waits_for_no_thread(serve: Serve) -> None:
    model = Blocking()
    caller = serve(model)
    waiting = threading.Thread(target=caller.predict)
    waiting.start()
    assert model.entered.wait(10)
    assert caller.json(HEALTH_STATUS) == {"meta": {}, "strData": "healthy"}
    model.released.set()
    waiting.join()


def test_only_what_reaches_the_component_runs_user_code(serve: Serve) -> None:
    silent, telling = serve(Identity()).dispatcher, serve(Everything()).dispatcher
    assert [method.name for method in METHODS if not silent.runs_user_code(method)] == [
        *("health_status", "metadata"),
    ]
    assert [method.name for method in METHODS if not telling.runs_user_code(method)] == ["metadata"]


def test_a_failure_leaves_the_worker_idle(serve: Serve) -> None:
    caller = serve(Raising(ValueError()))
    with pytest.raises(ComponentFailed):
        caller.predict()
    assert caller.workers.busy() == []


def test_a_failing_reply_has_counted_no_metric(serve: Serve) -> None:
    metric = {"type": "COUNTER", "key": "k", "value": 1}
    caller = serve(Reporter({"a": {1}}, metrics=[metric]))
    with pytest.raises(ReplyError):
        caller.predict()
    assert caller.counted() == {}


def test_a_bad_metric_fails_the_request(serve: Serve) -> None:
    with pytest.raises(BadMetric):
        serve(Reporter("x", metrics=[{"type": "COUNTER"}])).json(PREDICT, NDARRAY)
