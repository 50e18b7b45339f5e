"""``seldon-core-microservice`` as a process, the way an image starts it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import requests
from parity.oracle import free_ports
from server.serving import TIMEOUT, eventually, rpc_call, sums
from server.workers import clean_environment

COMPONENTS = Path(__file__).parent / "components"

COMMAND = Path(sys.executable).with_name("seldon-core-microservice")


class Started:
    """A running component."""

    def __init__(self, name: str, ports: list[int], process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.http, self.grpc, self.metrics = ports
        self.url = f"http://127.0.0.1:{self.http}"
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self._log.read_text()

    def post(self, payload: Any, path: str = "/predict", **options: Any) -> requests.Response:
        """A JSON POST."""
        return requests.post(self.url + path, json=payload, timeout=TIMEOUT, **options)

    def get(self, path: str) -> requests.Response:
        """A GET."""
        return requests.get(self.url + path, timeout=TIMEOUT)

    def call(self, rpc: str, request: Any = None) -> Any:
        """One RPC."""
        with grpc.insecure_channel(f"127.0.0.1:{self.grpc}") as channel:
            grpc.channel_ready_future(channel).result(timeout=TIMEOUT)
            return rpc_call(channel, rpc, request)

    def scrape(self) -> dict[str, float]:
        """The sum of every sample over its labels, by name."""
        return sums(requests.get(f"http://127.0.0.1:{self.metrics}/metrics", timeout=TIMEOUT).text)

    def answers(self) -> bool:
        """Whether it serves; fails if it has ended."""
        assert self.process.poll() is None, self.log
        with contextlib.suppress(requests.ConnectionError):
            return self.get("/health/ping").text == "pong"
        return False


@contextlib.contextmanager
def started(
    name: str, service_type: str, folder: Path, *flags: str, env: dict[str, str] | None = None
) -> Iterator[Started]:
    """``seldon-core-microservice NAME --service-type T``, until it is no longer needed."""
    ports = free_ports(3)
    log = folder / f"{name}-{ports[0]}.log"
    at = [
        part
        for flag, port in zip(("http", "grpc", "metrics"), ports, strict=True)
        for part in (f"--{flag}-port", str(port))
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(COMMAND), name, "--service-type", service_type, *at, *flags],
            stdout=output,
            stderr=output,
            cwd=COMPONENTS,
            env=clean_environment() | (env or {}),
        )
    running = Started(name, ports, process, log)
    try:
        eventually(running.answers, TIMEOUT)
        yield running
    finally:
        process.terminate()
        assert process.wait(TIMEOUT) == 0, running.log
