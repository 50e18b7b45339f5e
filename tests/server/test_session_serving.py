"""Sessions that serve: called over every wire, replaced on their ports, left alone by who looks on."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from components import Everything, Identity, ModelWithUserError, Scaled, ThreadTeller
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from seldon_workbench.errors import LoadFailed, PortInUse, SessionStateError
from seldon_workbench.session import Sessions, State
from seldon_workbench.settings import Settings

from .places import KINDS, is_free, our_threads, ports_of
from .serving import ANSWER, NDARRAY, Served, Serving, eventually

ANY_PORT = {"http_port": 0, "grpc_port": 0, "metrics_port": 0}
VIAS = ("direct", "rest", "grpc")


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    running = Sessions()
    yield running
    running.stop(grace=0.2)


def serve(sessions: Sessions, target: object, *, name: str = "m", **settings: Any) -> Served:
    flags = ANY_PORT | settings
    asked = frozenset(name for name in flags if flags[name])
    session = sessions.serve(target, (), Settings(**flags, asked=asked), name=name)
    addresses = session.snapshot().addresses
    assert addresses is not None
    return Served(session, addresses)


# ---- calling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("via", VIAS)
def test_a_session_is_called_alike_over_every_wire(serve_here: Serving, via: str) -> None:
    reply = serve_here(Identity).session.call("predict", NDARRAY, via)
    assert (reply.body, reply.is_ok) == (ANSWER, True)
    assert reply.code == ("OK" if via == "grpc" else "200")
    assert 0 < reply.seconds < 10


@pytest.mark.parametrize("via", VIAS)
def test_every_method_can_be_called(serve_here: Serving, via: str) -> None:
    session = serve_here(Everything).session
    for method in ("predict", "transform-input", "transform_output", "route"):
        assert session.call(method, NDARRAY, via).is_ok, method
    assert session.call("aggregate", {"seldonMessages": [NDARRAY]}, via).is_ok
    assert session.call("send-feedback", {"reward": 1}, via).is_ok
    assert session.call("metadata", None, via).body["versions"] == [""]


@pytest.mark.parametrize("via", VIAS)
def test_a_refusal_is_a_reply(serve_here: Serving, via: str) -> None:
    reply = serve_here(ModelWithUserError).session.call("predict", NDARRAY, via)
    assert not reply.is_ok
    assert reply.body["status"]["info"] == "Test-Error-Msg"


@pytest.mark.parametrize("via", ["rest", "grpc"])
def test_a_stopped_session_cannot_be_called(serve_here: Serving, via: str) -> None:
    served = serve_here(Identity)
    served.session.stop()
    with pytest.raises(SessionStateError, match="empty") as refused:
        served.session.call("predict", NDARRAY, via)
    assert "load" in refused.value.hint


# ---- looking on ----------------------------------------------------------------------------------


def test_a_snapshot_counts_what_came_over_every_wire(serve_here: Serving) -> None:
    served = serve_here(Identity)
    for via in VIAS:
        served.session.call("predict", NDARRAY, via)
    served.session.call("route", NDARRAY, "rest")
    snapshot = served.session.snapshot()
    assert (snapshot.answered, snapshot.failed, snapshot.state) == (4, 1, State.SERVING)
    assert snapshot.addresses == served.addresses


@pytest.mark.parametrize("via", VIAS)
def test_a_subscriber_that_fails_spoils_no_reply(
    serve_here: Serving, caplog: pytest.LogCaptureFixture, via: str
) -> None:
    session = serve_here(Identity).session
    seen: list[Any] = []

    def fail(exchange: Any) -> None:
        seen.append(exchange)
        raise RuntimeError("cannot draw this")

    session.subscribe(fail)
    session.subscribe(seen.append)
    assert session.call("predict", NDARRAY, via).body == ANSWER
    eventually(lambda: len(seen) == 2)
    assert "cannot draw this" in caplog.text


# ---- replacing -----------------------------------------------------------------------------------


def test_a_replaced_server_leaves_its_ports_to_the_new_one(sessions: Sessions) -> None:
    first = serve(sessions, Identity)
    assert first.post(NDARRAY).json() == ANSWER
    for factor in (3.0, 5.0):
        second = serve(sessions, Scaled(factor))
        assert second.addresses == first.addresses
        assert second.post(NDARRAY).json()["data"]["ndarray"] == [[factor, 2 * factor]]
        assert second.session.call("predict", NDARRAY, "grpc").body["data"]["ndarray"] == [
            [factor, 2 * factor]
        ]
    assert [session.name for session in sessions] == ["m"]
    assert first.session.snapshot().state is State.EMPTY


def test_a_replaced_server_leaves_no_thread(sessions: Sessions) -> None:
    serve(sessions, Identity)
    before = len(our_threads())
    for _ in range(5):
        serve(sessions, Identity)
    assert len(our_threads()) == before


class FailsToLoad(Identity):
    def load(self) -> None:
        raise RuntimeError("no weights")


def test_what_cannot_be_loaded_replaces_nothing(sessions: Sessions) -> None:
    first = serve(sessions, Identity)
    with pytest.raises(LoadFailed, match="no weights"):
        serve(sessions, FailsToLoad)
    assert first.post(NDARRAY).json() == ANSWER
    assert list(sessions) == [first.session]


@pytest.mark.parametrize("kind", KINDS)
def test_what_asks_for_a_busy_port_replaces_nothing(sessions: Sessions, kind: str) -> None:
    first, other = serve(sessions, Identity), serve(sessions, Identity, name="other")
    before = our_threads()
    busy = dict(zip(KINDS, ports_of(other), strict=True))[kind]
    with pytest.raises(PortInUse):
        serve(sessions, ThreadTeller, **{kind: busy})
    assert first.post(NDARRAY).json() == ANSWER
    assert first.session.call("predict", NDARRAY, "grpc").is_ok
    assert our_threads() == before


def test_a_replacement_may_ask_for_the_ports_that_become_free(sessions: Sessions) -> None:
    first = serve(sessions, Identity)
    rest, rpc, metrics = ports_of(first)
    second = serve(sessions, Identity, http_port=metrics, grpc_port=rest, metrics_port=rpc)
    assert ports_of(second) == [metrics, rest, rpc]
    assert second.post(NDARRAY).json() == ANSWER
    assert second.session.call("predict", NDARRAY, "grpc").is_ok


def test_several_servers_run_side_by_side(sessions: Sessions) -> None:
    servers = [serve(sessions, Scaled(factor), name=f"s{factor}") for factor in (1.0, 2.0, 3.0)]
    assert [server.post(NDARRAY).json()["data"]["ndarray"][0][0] for server in servers] == [1.0, 2.0, 3.0]
    ports = [port for server in servers for port in ports_of(server)]
    assert len(set(ports)) == 9
    assert [name for name, _ in ((each.name, hung) for each, hung in sessions.stop())] == [
        "s1.0",
        "s2.0",
        "s3.0",
    ]
    assert all(map(is_free, ports))


# ---- the end of the process ----------------------------------------------------------------------

PROGRAM = """
import sys, threading, time
from seldon_workbench import Session

class Model:
    def predict(self, X):
        print("in predict", flush=True)
        time.sleep(600)

session = Session(http_port=0, grpc_port=0, metrics_port=0)
session.load(Model)
addresses = session.start()
print(addresses.rest.url, addresses.grpc.target, flush=True)
"""


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the program above with more lines; it has served when it is returned."""
    started: list[subprocess.Popen[str]] = []

    def run(*lines: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", PROGRAM + "\n".join(lines)]
        started.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def end_main_thread(process: subprocess.Popen[str]) -> int:
    """Let the main thread read its line and end; the exit code of the process."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.wait(10)


Python = Callable[..., subprocess.Popen[str]]


def test_a_hung_call_does_not_keep_the_process_alive(python: Python) -> None:
    process = python(
        'words = ("predict", {"strData": "x"}, "rest")',
        "threading.Thread(target=session.call, args=words, daemon=True).start()",
        "sys.stdin.readline()",
    )
    said(process)
    assert said(process) == "in predict\n"
    assert end_main_thread(process) == 0


def test_an_open_reflection_stream_does_not_keep_the_process_alive(python: Python) -> None:
    process = python("sys.stdin.readline()")
    target = said(process).split()[1]
    closed = threading.Event()

    def questions() -> Iterator[Any]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")
        closed.wait(20)

    with grpc.insecure_channel(target) as channel:
        next(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(questions()))
        assert end_main_thread(process) == 0
        closed.set()


def test_ctrl_c_ends_waiting_and_stops_the_session(python: Python) -> None:
    process = python(
        'threading.Timer(0.2, print, ["waiting"], {"flush": True}).start()',
        "session.wait()",
        "print(session.snapshot().state.value, flush=True)",
    )
    said(process)
    assert said(process) == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert said(process) == "empty\n"
    assert process.wait(10) == 0
