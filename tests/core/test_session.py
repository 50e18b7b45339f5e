"""A session without sockets: what it loads, calls, counts and tells, and in which order."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from calling import NDARRAY
from components import (
    Answer,
    Blocking,
    Everything,
    Identity,
    ModelWithMetadata,
    Nothing,
    Raising,
    Scaled,
    ThreadTeller,
)

from seldon_workbench.dispatch import Exchange
from seldon_workbench.errors import (
    BadParameter,
    LoadFailed,
    SessionStateError,
    TargetInvalid,
    TargetNotFound,
    UsageProblem,
)
from seldon_workbench.session import Session, Sessions, State
from seldon_workbench.settings import Settings

ECHO = {"data": {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]}, "meta": {}}


Load = Callable[..., Session]


@pytest.fixture
def loaded() -> Iterator[Load]:
    """Makes sessions with a component loaded; they end with the test."""
    sessions: list[Session] = []

    def load(target: object, parameters: Any = ()) -> Session:
        sessions.append(Session(env={}))
        sessions[-1].load(target, parameters)
        return sessions[-1]

    yield load
    for session in sessions:
        session.stop(0.0)


def test_a_loaded_component_is_called_directly(loaded: Load) -> None:
    reply = loaded(Identity).call("predict", NDARRAY)
    assert (reply.body, reply.code) == (ECHO, "200")


@pytest.mark.parametrize("method", ["transform_input", "transform-input"])
def test_a_method_is_called_by_name_or_slug(loaded: Load, method: str) -> None:
    assert loaded(Everything).call(method, NDARRAY).body["data"]["ndarray"] == [[2, 3]]


def test_every_method_is_called_in_its_own_form(loaded: Load) -> None:
    session = loaded(Everything)
    assert session.call("aggregate", [NDARRAY]).body["data"]["ndarray"] == [[1, 2]]
    assert session.call("send_feedback", {"request": NDARRAY}).body == {"data": {"ndarray": []}, "meta": {}}
    assert session.call("health_status").body["strData"] == "all is well"
    assert loaded(ModelWithMetadata).call("metadata").body["name"] == "model-name"


def test_a_failure_is_a_reply_with_its_status(loaded: Load) -> None:
    reply = loaded(Raising(ValueError("bad"))).call("predict", NDARRAY)
    assert reply.code == "500"
    assert reply.body["status"]["info"] == "bad"
    assert loaded(Nothing).call("route", NDARRAY).code == "400"


def test_a_method_nobody_knows_is_a_usage_problem(loaded: Load) -> None:
    with pytest.raises(UsageProblem, match="there is no method 'predcit'") as caught:
        loaded(Identity).call("predcit")
    assert "predict" in caught.value.hint


@pytest.mark.parametrize(
    "parameters",
    [{"factor": 5}, '[{"name":"factor","value":"5","type":"INT"}]'],
)
def test_parameters_reach_the_constructor(loaded: Load, parameters: Any) -> None:
    assert loaded(Scaled, parameters).call("predict", NDARRAY).body["data"]["ndarray"] == [[5, 10]]


@pytest.mark.parametrize(
    ("target", "parameters", "error"),
    [
        (5, (), TargetInvalid),
        ("no_such_module.Model", (), TargetNotFound),
        (Scaled, {"depth": 1}, BadParameter),
        (Scaled, "{", BadParameter),
    ],
)
def test_a_failed_load_keeps_what_was_loaded_and_leaves_no_thread(
    loaded: Load, target: object, parameters: Any, error: type[Exception]
) -> None:
    session = loaded(Identity)
    workers = {thread for thread in threading.enumerate() if thread.name.startswith("seldon-worker")}
    with pytest.raises(error):
        session.load(target, parameters)
    assert session.call("predict", NDARRAY).body == ECHO
    for thread in threading.enumerate():
        if thread.name.startswith("seldon-worker") and thread not in workers:
            thread.join(10)
            assert not thread.is_alive()


def test_a_component_is_constructed_and_loaded_on_the_thread_that_runs_it(loaded: Load) -> None:
    class Bound(ThreadTeller):
        def __init__(self) -> None:
            self.threads = [threading.current_thread().name]

        def load(self) -> None:
            self.threads.append(threading.current_thread().name)

        def predict(self, X: Any, names: Any) -> Any:
            return [*self.threads, super().predict(X, names)]

    assert loaded(Bound).call("predict", {"strData": "x"}).body["data"]["ndarray"] == ["seldon-worker-0"] * 3


def test_loading_again_replaces_the_component_and_its_threads(loaded: Load) -> None:
    session = loaded(Answer("first"))
    session.load(Answer("second"))
    assert session.call("predict", NDARRAY).body["strData"] == "second"


# ---- states --------------------------------------------------------------------------------------


def test_a_command_in_the_wrong_order_names_the_one_that_comes_first() -> None:
    session = Session(env={})
    for command, hint in {
        "call": "load(target) comes first",
        "start": "load(target) comes first, and only once",
        "wait": "start() comes first",
    }.items():
        arguments = ("predict",) if command == "call" else ()
        with pytest.raises(
            SessionStateError, match=f"{command} is not possible: the session is empty"
        ) as caught:
            getattr(session, command)(*arguments)
        assert caught.value.hint == hint


@pytest.mark.parametrize("via", ["rest", "grpc"])
def test_a_session_that_does_not_serve_cannot_be_called_over_a_wire(loaded: Load, via: str) -> None:
    with pytest.raises(SessionStateError, match="Identity does not serve yet"):
        loaded(Identity).call("predict", NDARRAY, via=via)


def test_a_stopped_session_is_empty_and_may_load_again(loaded: Load) -> None:
    session = loaded(Identity)
    assert session.stop(1.0) == []
    assert session.snapshot().state is State.EMPTY
    session.load(Identity)
    assert session.call("predict", NDARRAY).code == "200"


def test_stopping_names_what_hangs(loaded: Load) -> None:
    model = Blocking()
    session = loaded(model)
    caller = threading.Thread(target=session.call, args=("predict", NDARRAY))
    caller.start()
    assert model.entered.wait(10)
    assert [busy.what for busy in session.snapshot().busy] == ["Blocking.predict"]
    assert [busy.what for busy in session.stop(0.01)] == ["Blocking.predict"]
    model.released.set()
    caller.join()


# ---- what it tells -------------------------------------------------------------------------------


def test_a_snapshot_tells_name_target_state_counts_and_hooks() -> None:
    session = Session(env={"GUNICORN_THREADS": "2"})
    empty = session.snapshot()
    assert (empty.name, empty.target, empty.state, empty.hooks) == ("", "", State.EMPTY, ())
    session.load(Identity)
    assert [session.call(method, NDARRAY).code for method in ("predict", "route")] == ["200", "400"]
    snapshot = session.snapshot()
    assert (snapshot.name, snapshot.target, snapshot.state) == ("Identity", "Identity", State.LOADED)
    assert (snapshot.answered, snapshot.failed, snapshot.threads) == (2, 1, 2)
    assert (snapshot.hooks, snapshot.busy) == (("predict",), ())
    assert (snapshot.addresses, snapshot.since) == (None, None)
    session.stop(0.0)


def test_a_session_has_the_name_it_was_given() -> None:
    session = Session(env={}, name="mine")
    session.load(Identity)
    assert session.name == session.snapshot().name == "mine"
    session.stop(0.0)


def test_subscribers_are_told_until_they_unsubscribe(loaded: Load) -> None:
    told: list[Exchange] = []
    session = loaded(Identity)
    unsubscribe = session.subscribe(told.append)
    session.call("predict", NDARRAY | {"meta": {"puid": "P"}})
    unsubscribe()
    session.call("predict", NDARRAY)
    assert [exchange.puid for exchange in told] == ["P"]


def test_settings_come_from_flags_over_the_environment_over_given_ones() -> None:
    assert Session(env={"GUNICORN_THREADS": "3"}).settings.threads == 3
    assert Session(env={"GUNICORN_THREADS": "3"}, threads=4).settings.threads == 4
    given = Settings.from_env({}, http_port=0)
    session = Session(given, threads=2)
    assert (session.settings.http_port, session.settings.threads) == (0, 2)
    assert session.settings.asked == {"unit", "http_port", "threads"}
    assert Session(given).settings is given


def test_a_name_nobody_serves_under_cannot_be_stopped() -> None:
    sessions = Sessions()
    with pytest.raises(TargetNotFound, match="no server is called 'mine'") as caught:
        sessions.stop("mine")
    assert caught.value.hint == "running: none"
    assert sessions.stop() == []
    assert list(sessions) == []


def test_a_load_that_raises_is_told(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Identity):
        def load(self) -> None:
            raise ValueError("broken")

    session = Session(env={})
    with pytest.raises(LoadFailed, match="broken"):
        session.load(Broken)
    assert session.snapshot().state is State.EMPTY
