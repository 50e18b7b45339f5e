"""The batch processor as a command: what arrives, what is written, how it ends."""

import inspect
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest
from server.serving import eventually

from seldon_workbench.companions.batch import start_multithreaded_batch_worker
from seldon_workbench.errors import UsageProblem

from .conftest import Console, Everything, Served, command, on_a_terminal, surroundings
from .gateway import Arrived, Gateway

NAME = "seldon-batch-processor"


def echo(one: Arrived) -> tuple[int, bytes]:
    """The request as the reply."""
    return 200, json.dumps(one.body).encode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Where the input is."""
    return tmp_path / "in.txt"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Where the output goes."""
    return tmp_path / "out.txt"


def write(path: Path, values: Iterable[Any]) -> None:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values))


def read(path: Path) -> list[Any]:
    text = path.read_text()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def words(here: Any, source: Path, output: Path) -> list[str]:
    host = here.http if isinstance(here, Gateway) else here.url.removeprefix("http://")
    return ["-d", "dep", "-h", host, "-i", str(source), "-o", str(output), "-u", "B"]


def rows_of(written: list[Any]) -> list[Any]:
    return [each["data"]["ndarray"][0] for each in written]


# ---- against a served component ------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["rest", "grpc"])
@pytest.mark.parametrize(("size", "workers"), [(1, 1), (1, 4), (3, 2)])
def test_every_line_is_answered_in_its_place(
    console: Console, served: Served, source: Path, output: Path, transport: str, size: int, workers: int
) -> None:
    write(source, ([[index, 2 * index]] for index in range(20)))
    given = words(served, source, output)
    if transport == "grpc":
        given[3] = served.target
    done = console(NAME, *given, "-g", "seldon", "--transport", transport, "-s", size, "-w", workers)
    assert done.returncode == 0, done.stderr
    assert "Total processed instances: 20" in done.stderr
    written = read(output)
    assert rows_of(written) == [[index, 2 * index] for index in range(20)]
    assert [each["meta"]["tags"]["batch_index"] for each in written] == list(range(20))
    assert {each["meta"]["tags"]["batch_id"] for each in written} == {"B"}
    assert len({each["meta"]["tags"]["batch_instance_id"] for each in written}) == 20
    assert served.session.snapshot().answered == -(-20 // size)


@pytest.mark.parametrize("payload_type", ["tensor", "ndarray"])
def test_lines_that_fail_are_written_as_failures_and_end_with_one(
    console: Console, served: Served, source: Path, output: Path, payload_type: str
) -> None:
    source.write_text("[[1]]\n[[-1]]\nno JSON\n\n[[2]]\n")
    done = console(NAME, *words(served, source, output), "-g", "seldon", "-r", 1, "-p", payload_type)
    assert done.returncode == 1
    assert "2 of 4 lines failed" in done.stderr
    good, refused, broken, last = read(output)
    assert [each["meta"]["tags"]["batch_index"] for each in (good, refused, broken, last)] == [0, 1, 2, 4]
    assert "a negative row" in refused["status"]["reason"]
    assert refused["status"] | {"reason": ""} == {"info": "FAILURE", "reason": "", "status": 1}
    assert refused["meta"] | {"tags": 0} == refused["meta"]["tags"] | {"tags": 0}
    assert "no JSON" in broken["status"]["reason"]


@pytest.mark.parametrize(
    ("data_type", "lines", "kind", "replied"),
    [
        ("str", ["hey", "ü"], "strData", ["hey", "ü"]),
        ("json", [{"a": 1}, [1, "x"]], "jsonData", [{"a": 1}]),
        ("raw", [{"strData": "a"}, {"strData": "b"}], "strData", ["a", "b"]),
    ],
)
def test_every_type_of_data_is_sent(
    console: Console, served: Served, source: Path, output: Path,
    data_type: str, lines: list[Any], kind: str, replied: list[Any],
) -> None:  # fmt: skip
    write(source, lines)
    done = console(NAME, *words(served, source, output), "-g", "seldon", "-a", data_type)
    assert done.returncode == 0, done.stderr
    written = read(output)
    assert len(written) == len(lines)
    assert [each[kind] for each in written[: len(replied)]] == replied
    assert all(each["meta"]["tags"]["batch_id"] == "B" for each in written)


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_feedback_reaches_the_component(
    console: Console, served: Served, component: Everything, source: Path, output: Path, transport: str
) -> None:
    write(source, ({"request": {"data": {"ndarray": [[1]]}}, "reward": reward} for reward in (0.5, 1)))
    given = words(served, source, output)
    if transport == "grpc":
        given[3] = served.target
    done = console(NAME, *given, "-g", "seldon", "-m", "feedback", "-a", "raw", "--transport", transport)
    assert done.returncode == 0, done.stderr
    assert component.rewards == [0.5, 1.0]
    assert [each["meta"]["tags"]["batch_index"] for each in read(output)] == [0, 1]


# ---- against a gateway ---------------------------------------------------------------------------


def test_requests_go_through_the_gateway_with_their_id(
    console: Console, here: Gateway, source: Path, output: Path
) -> None:
    here.answer = echo
    write(source, [[[1, 2]]])
    assert console(NAME, *words(here, source, output)).returncode == 0
    one = here.only()
    assert one.path == "/seldon/default/dep/api/v1.0/predictions"
    tags = one.body["meta"]["tags"]
    assert one.headers["seldon-puid"] == tags["batch_instance_id"]
    assert tags | {"batch_instance_id": ""} == {"batch_id": "B", "batch_index": 0.0, "batch_instance_id": ""}


def test_every_option_can_come_from_the_environment(
    console: Console, here: Gateway, source: Path, output: Path
) -> None:
    here.answer = echo
    write(source, ({"data": {"ndarray": [[index]]}} for index in range(3)))
    env = {
        "DEPLOYMENT_NAME": "own", "GATEWAY_TYPE": "ambassador", "NAMESPACE": "ns", "HOST": here.http,
        "TRANSPORT": "rest", "DATA_TYPE": "raw", "PAYLOAD_TYPE": "tensor", "WORKERS": "2", "RETRIES": "2",
        "INPUT_DATA_PATH": str(source), "OUTPUT_DATA_PATH": str(output), "METHOD": "predict",
        "LOG_LEVEL": "warning", "BENCHMARK": "true", "ID": "X", "SIZE": "3", "MIN_INTERVAL": "0.01",
        "USE_SSL": "false", "CALL_CREDENTIALS_TOKEN": "", "SSL_VERIFY": "true",
    }  # fmt: skip
    done = console(NAME, **{f"SELDON_BATCH_{name}": value for name, value in env.items()})
    assert done.returncode == 0, done.stderr
    assert "instances" not in done.stderr  # an INFO
    assert done.stdout.startswith("Elapsed time: ")
    one = here.only()
    assert one.path == "/seldon/ns/own/api/v1.0/predictions"
    assert one.body == {"data": {"ndarray": [[0], [1], [2]]}, "meta": {"tags": {"batch_id": "X"}}}
    assert rows_of(read(output)) == [[0], [1], [2]]


def test_a_request_is_tried_again_with_pauses(
    console: Console, here: Gateway, source: Path, output: Path
) -> None:
    moments: list[float] = []

    def third_time(one: Arrived) -> tuple[int, bytes]:
        moments.append(time.monotonic())
        return echo(one) if len(moments) == 3 else (503, b"{}")

    here.answer = third_time
    write(source, [[[1]]])
    assert console(NAME, *words(here, source, output)).returncode == 0
    assert len({one.headers["seldon-puid"] for one in here.arrived}) == 1
    assert moments[1] - moments[0] >= 0.05
    assert moments[2] - moments[1] >= 0.1


def test_a_server_that_is_not_there_fails_every_line(console: Console, source: Path, output: Path) -> None:
    write(source, [[[1]], [[2]]])
    done = console(NAME, "-d", "d", "-h", "127.0.0.1:1", "-i", source, "-o", output, "-r", 2)
    assert done.returncode == 1
    assert all("no answer" in each["status"]["reason"] for each in read(output))


def test_an_interval_keeps_a_worker_back(console: Console, here: Gateway, source: Path, output: Path) -> None:
    here.answer = echo
    write(source, ([[index]] for index in range(3)))
    started = time.monotonic()
    assert console(NAME, *words(here, source, output), "-t", 0.5).returncode == 0
    assert time.monotonic() - started >= 1.5


def test_a_slow_line_keeps_the_order_and_does_not_stop_the_others(
    console: Console, here: Gateway, source: Path, output: Path
) -> None:
    begun: list[int] = []

    def first_is_slow(one: Arrived) -> tuple[int, bytes]:
        (row,) = one.body["data"]["ndarray"]
        begun.append(int(row[0]))
        if row[0] == 0:
            eventually(lambda: 7 in begun)
        return echo(one)

    here.answer = first_is_slow
    write(source, ([[index]] for index in range(12)))
    assert console(NAME, *words(here, source, output), "-w", 2).returncode == 0
    assert rows_of(read(output)) == [[index] for index in range(12)]


def test_only_so_much_is_read_ahead_of_a_slow_line(here: Gateway, source: Path, output: Path) -> None:
    gate = threading.Event()
    begun: list[int] = []

    def first_waits(one: Arrived) -> tuple[int, bytes]:
        (row,) = one.body["data"]["ndarray"]
        begun.append(int(row[0]))
        if row[0] == 0:
            gate.wait(10)
        return echo(one)

    here.answer = first_waits
    write(source, ([[index]] for index in range(100)))
    runner = threading.Thread(target=start, args=(here, source, output), kwargs={"workers": 2})
    runner.start()
    eventually(lambda: len(begun) == 8)
    time.sleep(0.3)
    assert len(begun) == 8  # four per worker
    gate.set()
    runner.join()
    assert rows_of(read(output)) == [[index] for index in range(100)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_whole_lines_from_the_beginning(
    here: Gateway, source: Path, output: Path, number: int
) -> None:
    here.answer = echo
    here.delay = 0.05
    write(source, ([[index]] for index in range(2000)))
    call = [*command(NAME), *words(here, source, output), "-w", "2"]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env=surroundings()) as process:
        eventually(lambda: len(here.arrived) > 10)
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    written = read(output)
    assert 10 <= len(written) < 200
    assert rows_of(written) == [[index] for index in range(len(written))]
    assert f"interrupted after {len(written)} lines" in said
    assert "Traceback" not in said


def test_a_second_interrupt_does_not_wait_for_a_server_that_hangs(
    here: Gateway, source: Path, output: Path
) -> None:
    here.delay = 15.0
    write(source, [[[1]]])
    call = [*command(NAME), *words(here, source, output)]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env=surroundings()) as process:
        eventually(lambda: here.arrived)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=5)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert read(output) == []


def test_a_bar_with_rate_and_time_left_is_drawn_on_a_terminal(
    here: Gateway, source: Path, output: Path
) -> None:
    here.answer = echo
    write(source, ([[index]] for index in range(50)))
    status, shown = on_a_terminal([*command(NAME), *words(here, source, output), "-l", "error"])
    assert status == 0
    assert "100%" in shown
    assert "50 lines, " in shown
    assert "/s" in shown


# ---- what cannot be done -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-m", "feedback"], "only with `raw`"),
        (["-s", "2", "-a", "str"], "cannot be rows"),
        (["-s", "2", "-a", "json"], "cannot be rows"),
        (["-t", "rest"], "write --transport rest"),
        (["-t", "-1"], "no time to wait"),
        (["-w", "0"], "--workers"),
        (["-r", "0"], "--retries"),
        (["-g", "foo"], "--gateway-type"),
        (["-i", "/nowhere/in.txt"], "/nowhere/in.txt"),
        (["-o", "/nowhere/out.txt"], "/nowhere/out.txt"),
        (["-o", "in.txt"], "is the input as well"),
        (["--transport", "grpc", "--call-credentials-token", "T"], "--use-ssl true"),
        (["-g", "seldon", "--use-ssl", "true"], "--gateway-type"),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_sends_nothing(
    console: Console, here: Gateway, source: Path, output: Path, more: list[str], said: str
) -> None:
    write(source, [[[1]]])
    done = console(NAME, *words(here, source, output), *more)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert here.arrived == []
    assert read(source) == [[[1]]]


def test_the_deployment_has_to_be_named(console: Console) -> None:
    done = console(NAME)
    assert done.returncode == 2
    assert "--deployment-name" in done.stderr


def test_help_names_every_option_and_its_variable(console: Console) -> None:
    done = console(NAME, "--help", COLUMNS="200")
    assert done.returncode == 0
    for name in ("DEPLOYMENT_NAME", "ID", "SIZE", "MIN_INTERVAL", "SSL_VERIFY", "CALL_CREDENTIALS_TOKEN"):
        assert f"SELDON_BATCH_{name}" in done.stdout
    assert "-t, --batch-interval" in done.stdout
    assert "/assets/output-data.txt" in done.stdout


# ---- from Python ---------------------------------------------------------------------------------


def start(here: Gateway, source: Path, output: Path, **changed: Any) -> Any:
    given: dict[str, Any] = {
        "deployment_name": "dep", "gateway_type": "istio", "namespace": "ns", "host": here.http,
        "transport": "rest", "data_type": "data", "payload_type": "ndarray", "workers": 1, "retries": 1,
        "batch_size": 1, "input_data_path": str(source), "output_data_path": str(output),
        "method": "predict", "log_level": "error", "benchmark": False, "batch_id": "B",
        "batch_interval": 0, "call_credentials_token": None, "use_ssl": False, "ssl_verify": True,
    }  # fmt: skip
    assert list(inspect.signature(start_multithreaded_batch_worker).parameters) == list(given)
    return start_multithreaded_batch_worker(*(given | changed).values())


def test_python_starts_a_batch_with_the_originals_arguments(
    here: Gateway, source: Path, output: Path
) -> None:
    here.refusal = grpc.StatusCode.INTERNAL
    here.answer = echo
    write(source, [[[1]], [[2]]])
    summary = start(here, source, output)
    assert (summary.lines, summary.failed, summary.is_interrupted) == (2, 0, False)
    assert start(here, source, output, transport="grpc", host=here.grpc).failed == 2
    with pytest.raises(UsageProblem):
        start(here, source, output, method="feedback")
