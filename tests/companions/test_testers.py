"""The testers as commands: what they send, what they say, how they end."""

import argparse
import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from seldon_workbench.companions.contract import SeldonTesterException
from seldon_workbench.companions.testers import (
    run_api_send_feedback,
    run_method,
    run_predict,
    run_send_feedback,
)

from .conftest import Console, Everything, Served, command, on_a_terminal
from .gateway import Gateway

COLUMN = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1], "repeat": 2}
FITTING = {"features": [COLUMN], "targets": [COLUMN | {"name": "y"}]}
MISFITTING = {"features": [COLUMN], "targets": [COLUMN | {"range": [2, 3]}]}

MICROSERVICE, API = "seldon-core-microservice-tester", "seldon-core-api-tester"


@pytest.fixture
def contract(tmp_path: Path) -> Any:
    """Writes a contract; its path."""

    def write(described: Any) -> Path:
        path = tmp_path / "contract.json"
        path.write_text(json.dumps(described))
        return path

    return write


def place(address: str) -> tuple[str, str]:
    host, _, port = address.removeprefix("http://").rpartition(":")
    return host, port


@pytest.mark.parametrize("name", [MICROSERVICE, "seldon-core-tester"])
@pytest.mark.parametrize("wire", [(), ("--grpc",), ("-t",), ("--grpc", "--tensor")])
def test_a_component_that_keeps_its_contract_passes(
    console: Console, served: Served, contract: Any, name: str, wire: tuple[str, ...]
) -> None:
    where = place(served.target if "--grpc" in wire else served.url)
    done = console(name, contract(FITTING), *where, "-n", 3, "-b", 2, *wire)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr == "3 of 3 requests answered well\n"
    assert served.session.snapshot().answered == 3


@pytest.mark.parametrize("endpoint", ["transform-input", "send-feedback"])
@pytest.mark.parametrize("grpc_too", [False, True])
def test_the_other_endpoints_are_tested_too(
    console: Console, served: Served, component: Everything, contract: Any, endpoint: str, grpc_too: bool
) -> None:
    where = place(served.target if grpc_too else served.url)
    flags = ["--grpc"] if grpc_too else []
    done = console(MICROSERVICE, contract(MISFITTING), *where, "--endpoint", endpoint, *flags)
    assert done.returncode == 0, done.stderr
    assert component.rewards == ([1.0] if endpoint == "send-feedback" else [])


def test_requests_and_responses_are_printed_on_request(
    console: Console, served: Served, contract: Any
) -> None:
    done = console(MICROSERVICE, contract(FITTING), *place(served.url), "-p")
    assert done.returncode == 0
    assert "SENDING NEW REQUEST:\n\n[[0." in done.stdout
    assert "RECEIVED RESPONSE:\nmeta {" in done.stdout
    assert 'names: "x1"' not in done.stdout  # the component was told them, and names its columns itself
    assert "ndarray" in done.stdout


def test_a_reply_that_does_not_fit_the_targets_is_a_failure(
    console: Console, served: Served, contract: Any
) -> None:
    done = console(MICROSERVICE, contract(MISFITTING), *place(served.url))
    assert done.returncode == 1
    assert "request 1: targets[0] 'x:0': 0." in done.stderr
    assert "is not within [2, 3]" in done.stderr
    assert "0 of 1 requests answered well" in done.stderr


@pytest.mark.parametrize("flags", [(), ("--grpc",)])
def test_a_refusal_is_a_failure_that_says_why(
    console: Console, served: Served, contract: Any, flags: tuple[str, ...]
) -> None:
    negative = {"features": [COLUMN | {"range": [-2, -1]}], "targets": []}
    where = place(served.target if flags else served.url)
    done = console(MICROSERVICE, contract(negative), *where, "-n", 2, *flags)
    assert done.returncode == 1
    assert done.stderr.count("a negative row") == 2
    assert "0 of 2 requests answered well" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", [MICROSERVICE, API])
@pytest.mark.parametrize("flags", [(), ("--grpc",)])
def test_a_server_that_is_not_there_is_a_failure(
    console: Console, contract: Any, name: str, flags: tuple[str, ...]
) -> None:
    done = console(name, contract(FITTING), "127.0.0.1", 1, *flags)
    assert done.returncode == 1
    assert "no answer" in done.stderr or "UNAVAILABLE" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("described", "words", "said"),
    [
        (FITTING, ["localhost"], "required: port"),
        (FITTING, ["localhost", "x"], "'x' is no port"),
        (FITTING, ["localhost", 1, "-n", 0], "no positive number"),
        (FITTING, ["localhost", 1, "--endpoint", "foo"], "invalid choice"),
        ({"features": []}, ["localhost", 1], "no list 'targets'"),
        (
            {"features": [{"name": "a", "ftype": "F"}], "targets": []},
            ["localhost", 1],
            "Unknown feature type F",
        ),
        (
            {"features": [{"name": "a", "ftype": "categorical", "values": ["u"]}], "targets": []},
            ["localhost", 1, "--tensor"],
            "the payload cannot be sent",
        ),
    ],
)
def test_what_cannot_be_sent_ends_with_two(
    console: Console, contract: Any, described: Any, words: list[Any], said: str
) -> None:
    done = console(MICROSERVICE, contract(described), *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_failures_beyond_the_first_are_counted(console: Console, contract: Any) -> None:
    done = console(MICROSERVICE, contract(FITTING), "127.0.0.1", 1, "-n", 30)
    lines = done.stderr.splitlines()
    assert lines[10:] == ["more requests fail; they are counted", "0 of 30 requests answered well"]


def test_a_bar_is_drawn_on_a_terminal_for_many_requests(served: Served, contract: Any) -> None:
    words = [*command(MICROSERVICE), str(contract(FITTING)), *place(served.url), "-n", "20"]
    status, shown = on_a_terminal(words)
    assert status == 0
    assert "100%" in shown
    assert "20 of 20 requests answered well" in shown


# ---- through a gateway ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "path"),
    [((), "/seldon/mymodel/"), (("dep",), "/seldon/dep/"), (("dep", "--namespace", "ns"), "/seldon/ns/dep/")],
)
def test_a_deployment_is_asked_where_the_gateway_has_it(
    console: Console, here: Gateway, contract: Any, words: tuple[str, ...], path: str
) -> None:
    done = console(API, contract(FITTING | {"targets": []}), *place(here.http), *words)
    assert done.returncode == 0, done.stderr
    one = here.only()
    assert one.path == f"{path}api/v1.0/predictions"
    assert one.body["data"]["names"] == ["x1", "x2"]


def test_a_component_gets_a_form_with_names(console: Console, here: Gateway, contract: Any) -> None:
    done = console(MICROSERVICE, contract(FITTING | {"targets": []}), *place(here.http), "-t")
    assert done.returncode == 0, done.stderr
    one = here.only()
    assert one.path == "/predict"
    assert one.headers["content-type"] == "application/x-www-form-urlencoded"
    data = json.loads(one.body["json"])["data"]
    assert (data["names"], data["tensor"]["shape"]) == (["x1", "x2"], [1, 2])


def test_feedback_carries_the_request_and_its_reply(console: Console, here: Gateway, contract: Any) -> None:
    done = console(API, contract(FITTING), *place(here.http), "dep", "--endpoint", "send-feedback", "-p")
    assert done.returncode == 0, done.stderr
    asked, told = here.arrived
    assert [asked.path, told.path] == [f"/seldon/dep/api/v1.0/{name}" for name in ("predictions", "feedback")]
    assert told.body["request"] == asked.body
    assert told.body["response"]["meta"] == {"tags": {"from": "gateway"}}
    assert told.body["reward"] == 1.0


def test_feedback_is_not_sent_for_a_refusal(console: Console, here: Gateway, contract: Any) -> None:
    here.refusal = grpc.StatusCode.INTERNAL
    words = (*place(here.grpc), "dep", "--endpoint", "send-feedback", "--grpc")
    done = console(API, contract(FITTING), *words)
    assert done.returncode == 1
    assert here.only().path == "/seldon.protos.Seldon/Predict"


# ---- from Python ---------------------------------------------------------------------------------


def test_what_user_code_imports_says_how_many_requests_failed(
    served: Served, here: Gateway, component: Everything, contract: Any
) -> None:
    host, port = place(served.url)
    given = {"host": host, "port": port, "batch_size": 1, "n_requests": 2, "grpc": False, "tensor": True}
    args = argparse.Namespace(contract=str(contract(FITTING)), prnt=False, **given)
    assert (run_method(args, "predict"), run_send_feedback(args)) == (0, 0)
    assert component.rewards == [1.0, 1.0]
    args.contract = str(contract(MISFITTING))
    assert run_method(args, "predict") == 2
    args.host, args.port = place(here.http)
    args.deployment, args.namespace = "dep", None
    assert (run_predict(args), run_api_send_feedback(args)) == (2, 0)
    args.contract = str(contract({"features": [COLUMN | {"ftype": "foo"}], "targets": []}))
    with pytest.raises(SeldonTesterException, match="Unknown feature type foo"):
        run_method(args, "predict")
