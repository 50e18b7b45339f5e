"""The original server, as a process group of its own in an environment of its own."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import grpc

from .cast import FOLDER, Component
from .client import Addresses

REQUIREMENTS = ("seldon-core==1.18.2", "setuptools<81", "numpy<2")
START_SECONDS = 60.0
OWN_VARIABLES = (
    *("PREDICTIVE_UNIT_", "PREDICTOR_", "SELDON_", "GUNICORN_", "GRPC_", "FLASK_", "MODEL_METADATA"),
    *("PYTHONPATH", "PYTHONHOME"),
)
"""Beginnings of the variables that a served component must not inherit from whoever runs the check."""


class StartFailed(RuntimeError):
    """A server did not come up; its log says why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A started server."""

    process: subprocess.Popen[bytes]
    log: Path


def python_in(folder: Path) -> Path:
    """The interpreter of an environment with the original, made on first use."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"installing {REQUIREMENTS[0]} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        (folder / "ready").touch()
    return python


def free_ports(count: int) -> list[int]:
    """So many free loopback ports, all held until the last is known."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def serving(python: Path, component: Component) -> Iterator[Addresses]:
    """The original serving a component."""
    ports = free_ports(3)
    target = f"{component.module}.{component.name}"
    command = [str(python.parent / "seldon-core-microservice"), target, *port_flags(ports)]
    with process(command, component) as running:
        yield reachable(ports, running)


def port_flags(ports: list[int]) -> list[str]:
    """The flags for REST, gRPC and metrics; both command lines spell them alike."""
    flags = ("--http-port", "--grpc-port", "--metrics-port")
    return [part for flag, port in zip(flags, ports, strict=True) for part in (flag, str(port))]


@contextmanager
def process(command: list[str], component: Component) -> Iterator[Running]:
    """A process group running a command among the components, killed when no longer needed."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(OWN_VARIABLES)}
    environment = {**inherited, "PYTHONDONTWRITEBYTECODE": "1", **component.environment}
    log = Path(tempfile.gettempdir()) / f"parity-{os.getpid()}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, cwd=FOLDER, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield Running(child, log)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            log.unlink()


def reachable(ports: list[int], running: Running) -> Addresses:
    """The addresses, once REST answers a ping and gRPC accepts a connection."""
    addresses = Addresses(f"127.0.0.1:{ports[0]}", f"127.0.0.1:{ports[1]}")
    deadline = time.monotonic() + START_SECONDS
    while not (answers_ping(addresses.rest) and accepts_calls(addresses.grpc)):
        if time.monotonic() > deadline or running.process.poll() is not None:
            raise StartFailed(running.log.read_text(errors="replace")[-4000:])
        time.sleep(0.05)
    return addresses


def answers_ping(address: str) -> bool:
    """Whether REST is up."""
    connection = HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", "/health/ping")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def accepts_calls(address: str) -> bool:
    """Whether gRPC is up."""
    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=1)
        except grpc.FutureTimeoutError:
            return False
    return True
