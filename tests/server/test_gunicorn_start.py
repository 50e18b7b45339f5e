"""Serving with worker processes: who imports, constructs and loads what, and what stops it from starting."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .serving import NDARRAY, eventually, message, status_of
from .workers import CAST, Service, ServiceOf, clean_environment

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

HEAVY = ("numpy", "_grpc", "cygrpc", "orjson", "google/_upb", "simdjson")
"""Parts of file names that the parent must not have mapped."""


def mapped(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    diary = folder / "diary"
    flags = (
        "--workers",
        "2",
        "--grpc-workers",
        "2",
        "--threads",
        "2",
        "--access-log",
        "--param",
        f"diary={diary}",
    )
    running = Service(f"{CAST.name}:Where", *flags, folder=folder)
    try:
        yield running.ready()
    finally:
        running.end()


def diary_of(service: Service) -> dict[str, list[int]]:
    """Event -> pids in which it happened."""
    (word,) = [word for word in service.process.args if str(word).startswith("diary=")]  # type: ignore[union-attr]
    events: dict[str, list[int]] = {}
    for line in Path(str(word).partition("=")[2]).read_text().splitlines():
        event, pid = line.split()
        events.setdefault(event, []).append(int(pid))
    return events


# ---- a service that runs -------------------------------------------------------------------------


def test_there_are_as_many_workers_as_were_asked_for(service: Service) -> None:
    eventually(lambda: service.has_workers(rest=2, grpc=2, metrics=1))


def test_every_serving_worker_constructs_and_loads_once_after_the_fork(service: Service) -> None:
    eventually(lambda: service.has_workers(rest=2, grpc=2, metrics=1))
    roles, events = service.roles(), diary_of(service)
    serving = sorted(roles["rest"] + roles["grpc"])
    assert sorted(events["construct"]) == sorted(events["load"]) == serving
    assert service.pid not in serving


def test_the_parent_and_the_metrics_worker_hold_no_model(service: Service) -> None:
    roles = service.roles()
    assert [name for name in HEAVY if name in mapped(service.pid)] == []
    assert "numpy" in mapped(roles["rest"][0])
    assert "_grpc" not in mapped(roles["metrics"][0]) + mapped(roles["rest"][0])


def test_both_wires_are_answered_by_workers(service: Service) -> None:
    roles = service.roles()
    assert service.post(NDARRAY).json()["jsonData"]["pid"] in roles["rest"]
    assert service.call("Model/Predict", message(**NDARRAY)).jsonData.struct_value["pid"] in roles["grpc"]


def test_all_workers_of_a_wire_take_part(service: Service) -> None:
    roles = service.roles()

    def answering_over_rest() -> bool:
        return {service.post(NDARRAY).json()["jsonData"]["pid"] for _ in range(20)} == set(roles["rest"])

    def answering_over_grpc() -> bool:
        replies = (service.call("Model/Predict", message(**NDARRAY)) for _ in range(20))
        return {int(reply.jsonData.struct_value["pid"]) for reply in replies} == set(roles["grpc"])

    eventually(answering_over_rest)
    eventually(answering_over_grpc)


def test_metadata_health_and_refusals_are_answered(service: Service) -> None:
    assert service.ask("GET", "/metadata").json()["versions"] == [""]
    assert service.ask("GET", "/health/status").json()["strData"] == "healthy"
    refused = service.post({})
    assert (refused.status_code, "Invalid request" in status_of(refused)["info"]) == (400, True)
    assert service.ask("PUT", "/predict").status_code == 405


def test_a_terminal_answers_any_host_and_origin(service: Service) -> None:
    response = service.post(NDARRAY, headers={"Host": "model.example", "Origin": "http://x.com"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "http://x.com"


def test_access_lines_go_to_stdout(service: Service) -> None:
    service.ask("GET", "/health/ping?marker")
    assert service.process.stdout is not None
    while "GET /health/ping - 200 OK" not in (line := service.process.stdout.readline()):
        assert line


def test_half_sent_requests_delay_nothing(service: Service) -> None:
    from .raw import connected, half_a_request

    port = int(service.addresses["rest"].rpartition(":")[2])
    connections = [connected(port) for _ in range(20)]
    opened = [connection.__enter__() for connection in connections]
    try:
        for each in opened:
            each.sendall(half_a_request())
        began = time.monotonic()
        assert service.ask("GET", "/health/ping").text == "pong"
        assert service.post(NDARRAY).status_code == 200
        assert time.monotonic() - began < 2
    finally:
        for each in opened:
            each.close()


# ---- flags ---------------------------------------------------------------------------------------


def test_without_grpc_workers_there_is_no_grpc(service_of: ServiceOf) -> None:
    service = service_of(f"{CAST.name}:Where", "--grpc-workers", "0")
    assert service.addresses["grpc"] == ""
    eventually(lambda: service.has_workers(rest=1, grpc=0, metrics=1))
    assert service.post(NDARRAY).status_code == 200


def test_debug_is_one_process(service_of: ServiceOf) -> None:
    service = service_of(f"{CAST.name}:Where", "--debug")
    assert service.children() == []
    assert service.post(NDARRAY).json()["jsonData"]["pid"] == service.pid
    assert service.call("Model/Predict", message(**NDARRAY)).jsonData.struct_value["pid"] == service.pid
    assert service.scrape()["asked_total"] == 2
    response = service.post(NDARRAY, headers={"Host": "model.example", "Origin": "http://x.com"})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, "http://x.com")


ALL_FLAGS = (
    *("--service-type", "MODEL", "--persistence", "0", "--parameters", "[]", "--log-level", "WARNING"),
    *("--debug", "false", "--tracing", "0", "--workers", "1", "--threads", "2", "--max-requests", "1000"),
    *("--max-requests-jitter", "10", "--keepalive", "3", "--single-threaded", "0", "--access-log", "false"),
    *("--grpc-threads", "2", "--grpc-workers", "1", "--max-body", "1000", "--no-cors"),
)


def test_every_flag_of_seldons_command_is_taken(service_of: ServiceOf, tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    service = service_of(f"{CAST.name}:Where", *ALL_FLAGS, "--pidfile", str(pidfile))
    assert pidfile.read_text().strip() == str(service.pid)
    response = service.post(NDARRAY)
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers
    assert service.post({"strData": "x" * 1000}).status_code == 413
    assert service.scrape()["asked_total"] == 1


def test_the_environment_says_what_no_flag_does(service_of: ServiceOf) -> None:
    service = service_of(
        f"{CAST.name}:Scaled",
        *("--http-port", "0", "--grpc-port", "0", "--metrics-port", "0"),
        GRPC_WORKERS="0",
        GUNICORN_WORKERS="2",
        PREDICTIVE_UNIT_ID="clf",
        PREDICTIVE_UNIT_IMAGE="org/img:1.2",
        PREDICTIVE_UNIT_METRICS_ENDPOINT="/prometheus",
        PREDICTIVE_UNIT_PARAMETERS='[{"name":"factor","value":"3","type":"INT"},{"name":"offset","value":"0.5","type":"FLOAT"}]',
    )
    eventually(lambda: service.has_workers(rest=2, grpc=0, metrics=1))
    reply = service.post(NDARRAY).json()
    assert reply["data"]["ndarray"] == [[3.5, 6.5]]
    assert reply["meta"] == {"requestPath": {"clf": "org/img:1.2"}}
    assert service.addresses["metrics"].endswith("/prometheus")


# ---- what does not start -------------------------------------------------------------------------


def serve(*words: str, timeout: float = 20) -> tuple[int, str, float]:
    """Exit code, stderr and duration of a serve that does not come up."""
    command = [sys.executable, "-m", "seldon_workbench", "serve", *words]
    ports = ("--http-port", "0", "--grpc-port", "0", "--metrics-port", "0")
    began = time.monotonic()
    done = subprocess.run(
        command + [word for word in ports if "--http-port" not in words],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=CAST.parent,
        env=clean_environment(),
        check=False,
    )
    return done.returncode, done.stderr, time.monotonic() - began


@pytest.mark.parametrize("flags", [(), ("--workers", "3", "--grpc-workers", "2"), ("--debug",)])
def test_a_load_that_raises_ends_it_with_one_traceback(flags: tuple[str, ...]) -> None:
    code, text, seconds = serve(f"{CAST.name}:FailsToLoad", *flags)
    assert code == 3
    assert text.count("Traceback (most recent call last)") == 1
    assert "in load" in text
    assert "RuntimeError: the weights are missing" in text
    assert seconds < 15


def test_a_constructor_that_does_not_take_a_parameter_ends_it() -> None:
    code, text, _ = serve(f"{CAST.name}:Scaled", "--param", "power=3")
    assert code == 3
    assert "unexpected keyword argument 'power'" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("target", "problem", "hint"),
    [
        (f"{CAST.name}:Wher", "defines no Wher", "did you mean Where"),
        ("worker_cas.py:Where", "no file worker_cas.py", "did you mean worker_cast.py"),
        ("worker_cast.Wher", "defines no Wher", "did you mean Where"),
        ("no_such_module.Model", "no module 'no_such_module'", "file.py:Class"),
        ("NoSuchModel", "no module 'NoSuchModel'", "file.py:Class"),
    ],
)
def test_a_wrong_target_ends_it_with_a_suggestion(target: str, problem: str, hint: str) -> None:
    code, text, _ = serve(target)
    assert (code, problem in text, hint in text) == (3, True, True), text
    assert "Traceback" not in text


@pytest.mark.parametrize("kind", ["--http-port", "--grpc-port", "--metrics-port"])
@pytest.mark.parametrize("mode", [(), ("--debug",)])
def test_a_busy_port_ends_it_with_a_hint(kind: str, mode: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--http-port": "0", "--grpc-port": "0", "--metrics-port": "0"} | {kind: str(port)}
        words = [word for pair in ports.items() for word in pair]
        code, text, _ = serve(f"{CAST.name}:Where", *words, *mode)
    assert code == 3
    assert f"port {port} is in use" in text
    assert "which is free" in text


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("--workers", "0"), 3, "workers is 0"),
        (("--threads", "x"), 2, "--threads"),
        (("--http-port", "70000"), 3, "70000 is no port"),
        (("--service-type", "NONSENSE"), 2, "--service-type"),
        (("--parameters", "{"), 3, "parameters are not JSON"),
        (("--parameters", '[{"name":"a","value":"x","type":"INT"}]'), 3, "'x' is no INT"),
        (("--param", "novalue"), 3, "NAME=VALUE"),
        (("--nonsense",), 2, "--nonsense"),
        (("--log-level", "LOUD"), 2, "--log-level"),
        (("--host", "192.0.2.1"), 3, "cannot be bound"),
    ],
)
def test_a_flag_that_cannot_be_read_ends_it(words: tuple[str, ...], code: int, problem: str) -> None:
    found, text, _ = serve(f"{CAST.name}:Where", *words)
    assert (found, problem in text) == (code, True), text
    assert "Traceback" not in text
