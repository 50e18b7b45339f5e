"""``seldon-core-microservice`` as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from .places import free_ports
from .serving import TIMEOUT, eventually
from .workers import CAST, clean_environment

COMMAND = (
    sys.executable,
    "-c",
    "from seldon_workbench.__main__ import microservice as main; raise SystemExit(main())",
)
"""What the console script runs."""


class Microservice:
    """One that serves."""

    def __init__(self, process: "subprocess.Popen[str]", ports: Sequence[int], log: Path, out: Path) -> None:
        self.process = process
        self.http, self.grpc, self.metrics = ports
        self._log, self._out = log, out

    @property
    def log(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.read_text()

    @property
    def out(self) -> str:
        """What it wrote to stdout so far."""
        return self._out.read_text()

    def ask(self, verb: str, path: str, **options: Any) -> requests.Response:
        """One REST request."""
        url = f"http://127.0.0.1:{self.http}{path}"
        return requests.request(verb, url, **{"timeout": TIMEOUT} | options)

    def post(self, payload: Any, path: str = "/predict", **options: Any) -> requests.Response:
        """A JSON POST."""
        return self.ask("POST", path, json=payload, **options)

    def answers(self, *, is_secure: bool = False) -> bool:
        """Whether it does, or has ended."""
        if self.process.poll() is not None:
            return True
        if is_secure:  # who is not asked in is not answered; it is enough that somebody listens
            return "loaded" in self.log
        try:
            return self.ask("GET", "/health/ping").text == "pong"
        except requests.ConnectionError:
            return False


@contextmanager
def microservice(
    *words: str,
    folder: Path,
    cwd: Path = CAST.parent,
    command: Sequence[str] = COMMAND,
    is_secure: bool = False,
    **env: str,
) -> Iterator[Microservice]:
    """The command, run with free ports until the end of the block."""
    ports = free_ports(3)
    kinds = ("--http-port", "--grpc-port", "--metrics-port")
    flags = [word for kind, port in zip(kinds, ports, strict=True) for word in (kind, str(port))]
    log, out = folder / "log", folder / "out"
    with log.open("w") as stderr, out.open("w") as stdout:
        process = subprocess.Popen(
            [*command, *words, *flags],
            stdout=stdout,
            stderr=stderr,
            text=True,
            cwd=cwd,
            env=clean_environment() | env,
            start_new_session=True,
        )
    served = Microservice(process, ports, log, out)
    try:
        eventually(lambda: served.answers(is_secure=is_secure), TIMEOUT)
        assert process.poll() is None, served.log
        yield served
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)


def ended(
    *words: str, cwd: Path = CAST.parent, command: Sequence[str] = COMMAND, **env: str
) -> tuple[int, str]:
    """Exit status and stderr of a command that does not come to serve."""
    done = subprocess.run(
        [*command, *words],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        cwd=cwd,
        env=clean_environment() | env,
        check=False,
    )
    return done.returncode, done.stderr
