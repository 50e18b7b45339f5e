"""``seldon-workbench serve`` as a process of its own, with its workers."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
import requests

from .serving import TIMEOUT, eventually, rpc_call, sums

CAST = Path(__file__).parent / "worker_cast.py"
"""Components for worker processes."""

_LOADED = re.compile(r"(rest|grpc) worker (\d+) loaded")


class Service:
    """One command line that serves, until it is ended."""

    def __init__(
        self,
        target: str,
        *flags: str,
        folder: Path,
        env: dict[str, str] | None = None,
        cwd: Path = CAST.parent,
        through: Sequence[str] = (),
    ) -> None:
        """``through`` are words before the interpreter: they run it."""
        ports = (
            () if "--http-port" in flags else ("--http-port", "0", "--grpc-port", "0", "--metrics-port", "0")
        )
        self._log = folder / f"{time.monotonic_ns()}.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *through,
                    *(sys.executable, "-m", "seldon_workbench", "serve", target, *ports, "--json"),
                    *flags,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=cwd,
                env=clean_environment() | (env or {}),
                start_new_session=True,
            )
        self._announced: dict[str, str] | None = None

    @property
    def pid(self) -> int:
        """The parent of all workers."""
        return self.process.pid

    @property
    def addresses(self) -> dict[str, str]:
        """What it announced: ``rest``, ``grpc`` and ``metrics``."""
        if self._announced is None:
            assert self.process.stdout is not None
            self._announced = json.loads(self.process.stdout.readline())
        return self._announced

    @property
    def log(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.read_text()

    def ready(self) -> "Service":
        """Wait until every worker serves."""
        eventually(lambda: self._answers() or self.process.poll() is not None, TIMEOUT)
        assert self.process.poll() is None, self.log
        if self.addresses["grpc"]:
            with grpc.insecure_channel(self.addresses["grpc"]) as channel:
                grpc.channel_ready_future(channel).result(timeout=TIMEOUT)
        return self

    def children(self) -> list[int]:
        """Pids of the workers that live."""
        return children_of(self.pid)

    def roles(self) -> dict[str, list[int]]:
        """Pids of the workers that live, by what they serve."""
        living = self.children()
        loaded = {int(pid): role for role, pid in _LOADED.findall(self.log)}
        roles: dict[str, list[int]] = {"rest": [], "grpc": [], "metrics": []}
        for pid in living:
            roles[loaded.get(pid, "metrics")].append(pid)
        return roles

    def has_workers(self, **wanted: int) -> bool:
        """Whether as many workers of each role live as are wanted."""
        return {role: len(pids) for role, pids in self.roles().items()} == wanted

    def ask(self, verb: str, path: str, **options: Any) -> requests.Response:
        """One REST request."""
        return requests.request(verb, self.addresses["rest"] + path, **{"timeout": TIMEOUT} | options)

    def post(self, payload: Any, path: str = "/predict", **options: Any) -> requests.Response:
        """A JSON POST."""
        return self.ask("POST", path, json=payload, **options)

    def call(self, rpc: str, request: Any = None) -> Any:
        """One RPC over a channel of its own."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(self.addresses["grpc"], options=options) as channel:
            return rpc_call(channel, rpc, request)

    def scrape(self) -> dict[str, float]:
        """The sum of every sample over its labels, by name."""
        return sums(self.metrics_text())

    def metrics_text(self) -> str:
        """What the metrics port serves."""
        return requests.get(self.addresses["metrics"], timeout=TIMEOUT).text

    def wait(self, timeout: float = TIMEOUT) -> int:
        """The exit code, once it has ended."""
        return self.process.wait(timeout)

    def end(self) -> None:
        """End it, whatever state it is in, and everything it started."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self.process.wait(5)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/health/ping").text == "pong"
        except (requests.ConnectionError, json.JSONDecodeError):
            return False


ServiceOf = Callable[..., Service]
"""What the fixture ``service_of`` is."""


def clean_environment() -> dict[str, str]:
    """This process' environment without the variables that Seldon's platform sets."""
    ours = (
        *("PREDICTI", "PREDICTOR", "SELDON", "GUNICORN", "GRPC_", "FLASK", "MODEL_", "INCLUDE_"),
        *("TRACING", "JAEGER_", "OTEL_", "FILTER_", "PAYLOAD_", "WEB_CONCURRENCY"),
    )
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def children_of(pid: int) -> list[int]:
    """Pids of the children of a process; none if it is gone."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
