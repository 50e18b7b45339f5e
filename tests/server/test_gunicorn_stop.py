"""How a service with workers ends: soon, all of it, and not before what is under way is answered."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from .raw import connected, half_a_request
from .serving import NDARRAY, TIMEOUT, eventually, message
from .workers import CAST, Service, ServiceOf, children_of

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

SLEEPER = f"{CAST.name}:Sleeper"
SLEEP = {"jsonData": 1.0}


def ended(service: Service, *, within: float) -> int:
    """The exit code; everything that belonged to the service is gone with it."""
    everybody = [service.pid, *service.children()]
    began = time.monotonic()
    code = service.wait(within + 5)
    assert time.monotonic() - began < within
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everybody))
    for address in (service.addresses["rest"], service.addresses["metrics"]):
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=TIMEOUT)
    return code


def port_of(url: str) -> int:
    return int(url.removeprefix("http://").partition("/")[0].rpartition(":")[2])


def test_sigterm_ends_everything_and_finishes_what_is_under_way(service_of: ServiceOf) -> None:
    service = service_of(SLEEPER, "--workers", "2", "--grpc-workers", "2")
    with ThreadPoolExecutor(8) as pool:
        rest = [pool.submit(service.post, SLEEP) for _ in range(2)]
        rpc = [pool.submit(service.call, "Model/Predict", message(**SLEEP)) for _ in range(2)]
        time.sleep(0.3)
        service.process.send_signal(signal.SIGTERM)
        assert ended(service, within=5) == 0
        assert [reply.result().json()["strData"] for reply in rest] == ["slept"] * 2
        assert [reply.result().strData for reply in rpc] == ["slept"] * 2
    assert "Traceback" not in service.log


@pytest.mark.parametrize("flags", [(), ("--grpc-workers", "0"), ("--debug",)])
def test_an_idle_service_ends_at_sigterm(service_of: ServiceOf, flags: tuple[str, ...]) -> None:
    service = service_of(SLEEPER, *flags)
    service.process.send_signal(signal.SIGTERM)
    assert ended(service, within=5) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("flags", [(), ("--debug",)])
def test_ctrl_c_ends_it_quietly(service_of: ServiceOf, flags: tuple[str, ...]) -> None:
    service = service_of(SLEEPER, *flags)
    os.killpg(service.pid, signal.SIGINT)  # a terminal tells the whole group
    assert ended(service, within=5) == 0
    assert "Traceback" not in service.log


def test_connections_that_stay_open_do_not_hold_it_up(service_of: ServiceOf) -> None:
    service = service_of(SLEEPER, "--grpc-workers", "0")
    with requests.Session() as session:
        url = f"{service.addresses['rest']}/health/ping"
        assert session.get(url, timeout=TIMEOUT).text == "pong"
        with connected(port_of(url)) as half, connected(port_of(url)):
            half.sendall(half_a_request())
            time.sleep(0.1)
            service.process.send_signal(signal.SIGTERM)
            assert ended(service, within=5) == 0


def test_sigterm_does_not_wait_for_a_model_that_loads(service_of: ServiceOf, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    service = service_of(f"{CAST.name}:LoadsForever", "--param", f"diary={diary}", ready=False)
    assert service.addresses["rest"]
    eventually(lambda: diary.exists() and diary.read_text().count("load") == 2)
    service.process.send_signal(signal.SIGTERM)
    assert ended(service, within=5) == 0


def test_the_ports_are_free_for_the_next_service(service_of: ServiceOf) -> None:
    first = service_of(SLEEPER)
    ports = {name: port_of(address) for name, address in first.addresses.items()}
    first.post({"jsonData": 0})
    first.end()
    words = ("--http-port", str(ports["rest"]), "--grpc-port", str(ports["grpc"]))
    second = service_of(SLEEPER, *words, "--metrics-port", str(ports["metrics"]))
    assert second.addresses == first.addresses
    assert second.post({"jsonData": 0}).status_code == 200


def test_nobody_else_can_share_the_grpc_port(service_of: ServiceOf) -> None:
    port = port_of(service_of(SLEEPER).addresses["grpc"])
    with socket.socket() as intruder:
        intruder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            intruder.bind(("127.0.0.1", port))


def shared_files(pids: list[int]) -> set[Path]:
    """The files in which processes count."""
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/maps").read_text().splitlines())
    return {Path(line.split()[-1]) for line in lines if "/seldon-workbench-" in line}


def test_an_end_leaves_no_file(service_of: ServiceOf) -> None:
    service = service_of(SLEEPER)
    files = shared_files(service.children())
    assert files
    service.end()
    assert not any(file.parent.exists() for file in files)


def test_a_parent_that_is_killed_takes_its_workers_along(service_of: ServiceOf) -> None:
    service = service_of(SLEEPER)
    workers = service.children()
    files = shared_files(workers)
    assert files
    service.process.kill()
    service.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 15)
    assert not any(file.parent.exists() for file in files)


def test_requests_are_answered_until_the_end(service_of: ServiceOf) -> None:
    service = service_of(f"{CAST.name}:Where", "--workers", "2", "--threads", "2", "--grpc-workers", "0")
    eventually(lambda: service.has_workers(rest=2, grpc=0, metrics=1))
    workers = set(service.roles()["rest"])
    eventually(lambda: {service.post(NDARRAY).json()["jsonData"]["pid"] for _ in range(10)} == workers)
    failures: list[str] = []

    def ask() -> None:
        while True:
            try:
                assert service.post(NDARRAY).status_code == 200
            except requests.ConnectionError as error:
                failures.append(str(error))
                return

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(ask)
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        assert ended(service, within=5) == 0
    assert len(failures) == 4
    # One may have connected in the very moment in which the port was closed.
    assert sum("refused" not in failure for failure in failures) <= 1, failures
    assert children_of(service.pid) == []


def test_a_request_that_still_arrives_is_answered(service_of: ServiceOf) -> None:
    service = service_of(f"{CAST.name}:Where", "--grpc-workers", "0")
    body = b'{"strData":"' + b"x" * 90_000 + b'"}'
    head = (
        f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    with connected(port_of(service.addresses["rest"])) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        for place in range(0, len(body), 9_000):
            connection.sendall(body[place : place + 9_000])
            time.sleep(0.25)  # two and a half seconds in all
            if place == 9_000:
                service.process.send_signal(signal.SIGTERM)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
    assert ended(service, within=5) == 0
