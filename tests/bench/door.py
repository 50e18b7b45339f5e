"""One server running: waiting until it answers, and checking that what it answers is what was sent."""

import http.client
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import messages
from processes import Ports, Unmeasured, clean_environment, free_ports, started, tail
from samples import Sample, equals
from servers import STATE, Server

READY_SECONDS = 90.0
ASK_SECONDS = 30.0


class NotAnswering(Exception):
    """No connection, or an answer that is not a success."""


@dataclass(frozen=True, slots=True)
class Running:
    """A started server and where it is reached."""

    server: Server
    ports: Ports
    process: "subprocess.Popen[bytes]"
    log: Path

    def url(self, transport: str) -> str:
        """The address a load generator posts to."""
        if transport == "REST":
            return f"http://127.0.0.1:{self.ports.http}{self.server.path}"
        return f"http://127.0.0.1:{self.ports.grpc}{self.server.rpc}"


@contextmanager
def running(server: Server, first: Sample) -> Iterator[Running]:
    """The server, started on free ports and answering `first` on all its transports; ended afterwards."""
    logs = STATE / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    ports = free_ports()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as scratch:
        environment = clean_environment({"TMPDIR": scratch, **server.environment(ports)})
        log = logs / f"{server.key}.log"
        cwd = server.cwd or Path(scratch)
        with started(server.command(ports), cwd=cwd, environment=environment, log=log) as process:
            here = Running(server, ports, process, log)
            for transport in server.transports:
                _wait_until_ready(here, transport, first)
            yield here


def _wait_until_ready(here: Running, transport: str, first: Sample) -> None:
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            ask(here, transport, first)
            return
        except NotAnswering as silence:
            reason = str(silence)
        if here.process.poll() is not None:
            raise Unmeasured(f"it ended with status {here.process.returncode}\n{tail(here.log)}")
        if time.monotonic() > end:
            waited = f"no {transport} answer within {READY_SECONDS:.0f} s"
            raise Unmeasured(f"{waited} (last: {reason})\n{tail(here.log)}")
        time.sleep(0.05)


def check(here: Running, transport: str, sample: Sample) -> int:
    """Ask once; the size of the reply in bytes. Anything but the numbers sent is an error."""
    try:
        return ask(here, transport, sample)
    except NotAnswering as silence:
        reason = f"{transport} {sample.name}: {silence}"
        raise Unmeasured(f"{reason}\n{tail(here.log)}") from silence


def ask(here: Running, transport: str, sample: Sample) -> int:
    """The size of the reply to one request, whose values are compared with those sent."""
    if transport == "REST":
        return _ask_rest(here, sample)
    return _ask_grpc(here, sample)


def _ask_rest(here: Running, sample: Sample) -> int:
    form = here.server.form
    assert form is not None
    url = urlsplit(here.url("REST"))
    connection = http.client.HTTPConnection(url.netloc, timeout=ASK_SECONDS)
    try:
        connection.request("POST", url.path, form.body(sample), {"Content-Type": "application/json"})
        response = connection.getresponse()
        reply = response.read()
    except (OSError, http.client.HTTPException) as failure:
        raise NotAnswering(f"{type(failure).__name__}: {failure}") from failure
    finally:
        connection.close()
    if response.status != 200:
        raise NotAnswering(f"status {response.status}: {reply[:200].decode(errors='replace')}")
    try:
        array = form.array_of(json.loads(reply))
    except (ValueError, KeyError, TypeError, IndexError) as failure:
        raise Unmeasured(f"REST {sample.name}: the reply cannot be read: {reply[:200]!r}") from failure
    if not equals(array, sample):
        raise Unmeasured(f"REST {sample.name}: the reply's values are not those sent: {reply[:200]!r}")
    return len(reply)


def _ask_grpc(here: Running, sample: Sample) -> int:
    rpc = here.server.rpc
    assert rpc is not None
    with grpc.insecure_channel(f"127.0.0.1:{here.ports.grpc}") as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(rpc)
        try:
            reply = call(messages.message_from(sample), timeout=ASK_SECONDS)
        except grpc.RpcError as failure:
            raise NotAnswering(f"{failure.code()}: {failure.details()}") from failure
    if not equals(messages.array_of(reply), sample):
        raise Unmeasured(f"gRPC {sample.name}: the reply's values are not those sent")
    return len(messages.framed(reply))
