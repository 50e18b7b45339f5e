"""Ports and threads of a kernel's servers: bound together or not at all, and given back."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from components import Blocking, Identity, ThreadTeller

from seldon_workbench.errors import BadSetting, PortInUse
from seldon_workbench.session import Session
from seldon_workbench.settings import Settings

from .places import KINDS, free_ports, is_free, our_threads, ports_of
from .serving import ANSWER, NDARRAY, TIMEOUT, Served, Serving, eventually, message, start


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


# ---- ports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_busy_default_port_is_exchanged_for_another(taken: int, kind: str) -> None:
    ports = dict(zip(KINDS, free_ports(3), strict=True)) | {kind: taken}
    session = Session(Settings(**ports))  # type: ignore[arg-type]  # nobody asked for these ports
    session.load(Identity)
    try:
        served = Served(session, session.start())
        bound = dict(zip(KINDS, ports_of(served), strict=True))
        assert bound.pop(kind) > taken
        assert bound == {name: port for name, port in ports.items() if name != kind}
        assert served.post(NDARRAY).json() == ANSWER
        assert served.call("Model/Metadata").versions
        served.close()
    finally:
        session.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_busy_port_that_was_asked_for_is_an_error_and_binds_nothing(taken: int, kind: str) -> None:
    ports: dict[str, Any] = dict(zip(KINDS, free_ports(3), strict=True)) | {kind: taken}
    session = Session(env={}, **ports)
    session.load(Identity)
    try:
        with pytest.raises(PortInUse) as refused:
            session.start()
        assert (refused.value.port, str(taken) in refused.value.text) == (taken, True)
        assert str(refused.value.free) in refused.value.hint
        assert refused.value.free > taken
        assert is_free(refused.value.free)
        assert all(is_free(port) for name, port in ports.items() if name != kind)
    finally:
        session.stop()


def test_after_a_busy_port_the_session_may_start_elsewhere(taken: int) -> None:
    session = Session(env={}, http_port=0, grpc_port=0, metrics_port=taken)
    session.load(Identity)
    with pytest.raises(PortInUse):
        session.start()
    session.settings = Settings(http_port=0, grpc_port=0, metrics_port=0)
    try:
        assert requests.get(f"{session.start().rest.url}/health/ping", timeout=TIMEOUT).text == "pong"
    finally:
        session.stop()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_no_busy_port(host: str) -> None:
    session = Session(env={}, host=host, http_port=0, grpc_port=0, metrics_port=0)
    session.load(Identity)
    try:
        with pytest.raises(BadSetting, match=host):
            session.start()
    finally:
        session.stop()


def test_two_servers_never_share_a_port(serve_here: Serving) -> None:
    first = serve_here(Identity)
    for kind, port in zip(KINDS, ports_of(first), strict=True):
        with pytest.raises(PortInUse):
            start(Identity, **{kind: port})


# ---- threads -------------------------------------------------------------------------------------


def test_requests_are_answered_while_the_main_thread_sleeps(serve_here: Serving) -> None:
    served = serve_here(Identity)
    with ThreadPoolExecutor(1) as pool:
        replies = pool.submit(lambda: [served.post(NDARRAY).json() for _ in range(5)])
        time.sleep(0.5)
        assert replies.done()
        assert replies.result() == [ANSWER] * 5


def test_with_one_thread_all_wires_run_on_the_same(serve_here: Serving) -> None:
    class Bound(ThreadTeller):
        """Its model belongs to the thread that made it, as a SQLite connection does."""

        def __init__(self) -> None:
            self.threads = [threading.current_thread().name]

        def load(self) -> None:
            self.threads.append(threading.current_thread().name)

    served = serve_here(Bound)
    session = served.session
    said = [served.post(NDARRAY).json()["strData"] for _ in range(3)]
    said += [served.call("Model/Predict", message(**NDARRAY)).strData for _ in range(3)]
    said += [session.call("predict", NDARRAY, via).body["strData"] for via in ("direct", "rest", "grpc")]
    assert set(said) == {"seldon-worker-0"}
    assert session._dispatcher is not None
    assert session._dispatcher.component.subject.threads == ["seldon-worker-0"] * 2  # type: ignore[attr-defined]


class Crowd:
    """Measures how many calls are in it at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = self.most = 0

    def predict(self, X: Any, names: Any) -> Any:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.03)
        with self.lock:
            self.inside -= 1
        return X


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_calls_run_at_once_than_there_are_threads(serve_here: Serving, threads: int) -> None:
    crowd = Crowd()
    served = serve_here(crowd, threads=threads)
    with ThreadPoolExecutor(12) as pool:
        for number in range(24):
            if number % 2:
                pool.submit(served.post, NDARRAY)
            else:
                pool.submit(served.call, "Model/Predict", message(**NDARRAY))
    assert crowd.most == threads


# ---- stopping ------------------------------------------------------------------------------------


def test_stopping_leaves_no_thread_and_no_port() -> None:
    before = set(threading.enumerate())
    served = start(Identity, threads=3)
    ports = ports_of(served)
    served.post(NDARRAY)
    served.call("Model/Predict", message(**NDARRAY))
    names = {thread.name for thread in our_threads()}
    assert names >= {"seldon-worker-0", "seldon-worker-1", "seldon-worker-2", "seldon-http-Identity"}
    served.close()
    assert our_threads() == set()
    eventually(lambda: set(threading.enumerate()) <= before)
    assert all(map(is_free, ports))


def test_serving_again_takes_the_same_ports() -> None:
    ports = dict(zip(KINDS, free_ports(3), strict=True))
    for _ in range(5):
        served = start(Identity, **ports)
        assert ports_of(served) == list(ports.values())
        assert served.post(NDARRAY).json() == ANSWER
        assert served.call("Model/Predict", message(**NDARRAY)).data
        served.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_fifty_times_served_and_stopped_leaks_nothing() -> None:
    def once() -> None:
        served = start(Identity)
        served.post(NDARRAY)
        served.call("Model/Predict", message(**NDARRAY))
        served.close()

    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), len(threading.enumerate())

    for _ in range(3):  # what gRPC keeps for good, it has now
        once()
    descriptors, threads = held()
    for _ in range(50):
        once()
    eventually(lambda: held() <= (descriptors + 2, threads))


def test_a_call_under_way_is_finished(serve_here: Serving) -> None:
    component = Blocking()
    served = serve_here(component)
    with ThreadPoolExecutor(3) as pool:
        rest = pool.submit(served.post, NDARRAY)
        assert component.entered.wait(10)
        stopped = pool.submit(served.session.stop, 5.0)
        time.sleep(0.2)
        assert not stopped.done()
        component.released.set()
        assert rest.result().json() == ANSWER
        assert stopped.result() == []


def test_a_hung_call_is_reported_by_name_and_keeps_no_port(serve_here: Serving) -> None:
    component = Blocking()
    served = serve_here(component)
    ports = ports_of(served)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(served.post, NDARRAY)
        assert component.entered.wait(10)
        (busy,) = served.session.snapshot().busy
        assert (busy.what, busy.thread) == ("Blocking.predict", "seldon-worker-0")
        (hung,) = served.session.stop(0.1)
        assert (hung.what, hung.seconds > 0) == ("Blocking.predict", True)
        assert all(map(is_free, ports))
        with pytest.raises(requests.ConnectionError):
            hanging.result()
        component.released.set()
    eventually(lambda: our_threads() == set())


def test_a_second_stop_does_nothing(serve_here: Serving) -> None:
    served = serve_here(Identity)
    assert served.session.stop() == []
    assert served.session.stop() == []
