"""Serving inside a kernel: cells that work, print, are interrupted, and servers that hang."""

import time
from collections.abc import Iterator
from statistics import median

import pytest

from seldon_workbench.methods import PREDICT
from seldon_workbench.server.client import call_grpc

from .kernel import Kernel, is_open, open_kernel, post, timed

CELL = """
import sys, threading, time
import numpy as np

class Doubling:
    def predict(self, X, names):
        return np.asarray(X) * 2

class Talking:
    def predict(self, X, names):
        print("said in predict", flush=True)
        print("complained in predict", file=sys.stderr, flush=True)
        return X

class Hanging:
    def predict(self, X, names):
        threading.Event().wait()

class Broken(Doubling):
    def __init__(self):
        depth = 41
        raise ValueError("no model")

class SlowToLoad(Doubling):
    def load(self):
        print("loading", flush=True)
        time.sleep(3)
"""

WORK = """
print("begun", flush=True)
deadline = time.monotonic() + 3
while time.monotonic() < deadline:
    sum(number * number for number in range(1000))
"""

SLEEP = "print('begun', flush=True)\ntime.sleep(20)"


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with open_kernel() as opened:
        opened.run(CELL)
        yield opened


@pytest.fixture(autouse=True)
def _stopped(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "kernel" in request.fixturenames:
        request.getfixturevalue("kernel").run("%seldon stop")


def predicted(rest: str) -> list[list[float]]:
    reply: list[list[float]] = post(rest)["data"]["ndarray"]
    return reply


def test_serving_returns_at_once(kernel: Kernel) -> None:
    _, seconds = timed(kernel.run, "%seldon serve Doubling")
    assert seconds < 2.0


@pytest.mark.parametrize("cell", [WORK, SLEEP.replace("20", "3")], ids=["works", "sleeps"])
def test_requests_are_answered_while_a_cell(kernel: Kernel, cell: str) -> None:
    addresses = kernel.serve("Doubling")
    running = kernel.start(cell)
    kernel.wait_for("begun")
    seconds = []
    for _ in range(3):
        reply, over_rest = timed(predicted, addresses["rest"])
        assert reply == [[2, 4]]
        answer, over_grpc = timed(call_grpc, addresses["grpc"], PREDICT, {"data": {"ndarray": [[1, 2]]}})
        assert answer.body["data"]["ndarray"] == [[2, 4]]
        seconds += [over_rest, over_grpc]
    assert median(seconds) < 1.0
    assert not kernel.finish(running).error


def test_a_cell_may_wait_for_its_own_server(kernel: Kernel) -> None:
    addresses = kernel.serve("Doubling")
    kernel.run("import urllib.request")
    assert kernel.text(f"urllib.request.urlopen('{addresses['rest']}/health/ping').read()") == "b'pong'"


def test_prints_inside_predict_neither_raise_nor_block(kernel: Kernel) -> None:
    addresses = kernel.serve("Talking")
    assert predicted(addresses["rest"]) == [[1, 2]]  # while the kernel is idle
    running = kernel.start("print('begun', flush=True)\ntime.sleep(1.5)")
    kernel.wait_for("begun")
    for _ in range(20):
        assert predicted(addresses["rest"]) == [[1, 2]]  # while a cell runs
    assert not kernel.finish(running).error
    shown = kernel.run('%%seldon send predict\n{"data": {"ndarray": [[1, 2]]}}')  # while it is waited for
    assert "200 in" in shown.results[-1]["text/plain"]


def test_an_interrupted_cell_leaves_the_server_alone(kernel: Kernel) -> None:
    addresses = kernel.serve("Doubling")
    running = kernel.start(SLEEP)
    kernel.wait_for("begun")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(running).error == "KeyboardInterrupt"
    assert predicted(addresses["rest"]) == [[2, 4]]
    kernel.manager.interrupt_kernel()  # while no cell runs
    time.sleep(0.2)
    assert predicted(addresses["rest"]) == [[2, 4]]


def test_an_interrupted_load_replaces_nothing(kernel: Kernel) -> None:
    addresses = kernel.serve("Doubling --name mine")
    running = kernel.start("%seldon serve SlowToLoad --name mine")
    kernel.wait_for("loading")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(running).error == "KeyboardInterrupt"
    assert predicted(addresses["rest"]) == [[2, 4]]
    assert kernel.serve("SlowToLoad --name mine") == addresses


def test_an_interrupted_request_leaves_the_server_alone(kernel: Kernel) -> None:
    kernel.run("class Slow:\n    def predict(self, X):\n        time.sleep(1.5)\n        return X")
    addresses = kernel.serve("Slow --name mine")
    body = '{"data": {"ndarray": [[1, 2]]}}'
    running = kernel.start(f"%%seldon send\n{body}")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    shown = kernel.finish(running)
    assert shown.error == "KeyboardInterrupt"
    assert predicted(addresses["rest"]) == [[1, 2]]


def test_the_users_traceback_is_hers(kernel: Kernel) -> None:
    shown = kernel.attempt("%seldon serve Broken")
    assert shown.error == "ValueError"
    assert "in Broken.__init__(self)" in shown.traceback
    assert "seldon_workbench/" not in shown.traceback
    assert kernel.text("import sys\nsys.last_traceback.tb_next is not None") == "True"


@pytest.mark.parametrize("jedi", [False, True])
def test_tab_offers_the_same_with_and_without_jedi(kernel: Kernel, jedi: bool) -> None:
    kernel.run(f"get_ipython().Completer.use_jedi = {jedi}")
    kernel.serve("Doubling --name mine")
    assert kernel.complete("%seldon st") == ["%seldon status", "%seldon stop"]
    assert kernel.complete("%seldon serve Ha") == ["%seldon serve Hanging"]
    assert kernel.complete("%seldon stop ") == ["%seldon stop mine"]
    assert kernel.complete("r = %seldon sta") == ["r = %seldon status"]
    assert kernel.complete("%%seldon send predict --v") == ["%%seldon send predict --via"]


@pytest.mark.parametrize("way", ["restart", "close"])
def test_the_ports_are_free_when_the_kernel_is_gone(way: str) -> None:
    with open_kernel() as kernel:
        kernel.run(CELL)
        addresses = kernel.serve("Doubling")
        predicted(addresses["rest"])
        seconds = getattr(kernel, way)()
        assert not any(is_open(address) for address in addresses.values())
        assert seconds < 4.0  # a kernel that takes 5 is killed
        if way == "restart":
            kernel.run(CELL)
            flags = "--http-port {rest} --grpc-port {grpc} --metrics-port {metrics}"
            ports = {kind: address.split(":")[-1].split("/")[0] for kind, address in addresses.items()}
            assert kernel.serve(f"Doubling {flags.format(**ports)}") == addresses


def test_a_hung_predict_is_named_and_holds_up_nobody() -> None:
    with open_kernel() as kernel:
        kernel.run(CELL)
        addresses = kernel.serve("Hanging")
        asking = kernel.start('%%seldon send\n{"data": {"ndarray": [[1, 2]]}}')
        time.sleep(1.0)
        kernel.manager.interrupt_kernel()
        assert kernel.finish(asking).error == "KeyboardInterrupt"
        assert "Hanging.predict for" in kernel.text("%seldon status")
        shown, seconds = timed(kernel.text, "%seldon stop")
        assert seconds < 5.0
        assert "Hanging is stopped; its ports are free" in shown
        assert "Hanging.predict has been running for" in shown
        assert not any(is_open(address) for address in addresses.values())
        assert kernel.serve("Doubling").keys() == addresses.keys()
        assert kernel.restart() < 4.0
        assert kernel.close() < 4.0


@pytest.mark.parametrize("way", ["restart", "close"])
def test_a_kernel_ends_quickly_while_a_predict_hangs(way: str) -> None:
    with open_kernel() as kernel:
        kernel.run(CELL)
        addresses = kernel.serve("Hanging")
        kernel.run(
            "import threading, urllib.request\n"
            f"request = urllib.request.Request('{addresses['rest']}/predict', b'{{\"strData\": \"x\"}}',"
            " {'Content-Type': 'application/json'})\n"
            "threading.Thread(target=urllib.request.urlopen, args=(request,), daemon=True).start()\n"
            "time.sleep(0.5)"
        )
        assert getattr(kernel, way)() < 4.0
        assert not any(is_open(address) for address in addresses.values())
