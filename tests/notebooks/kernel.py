"""A real kernel, and a client that stands where a front end does: outside."""

import contextlib
import json
import re
import socket
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

__all__ = ["Kernel", "Shown", "is_open", "open_kernel", "post", "timed"]

_PATIENCE = 30.0
"""Seconds a cell may take."""


@dataclass
class Shown:
    """What a cell came to."""

    text: str = ""
    """What was printed, stdout and stderr."""
    results: list[dict[str, str]] = field(default_factory=list)
    """What was displayed or was its value, by kind."""
    error: str = ""
    """The name of the exception, if it failed."""
    traceback: str = ""


class Kernel:
    """A kernel with the magic loaded."""

    def __init__(self) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client: BlockingKernelClient = self.manager.client()
        self._connect()

    def _connect(self) -> None:
        self.client.start_channels()
        self.client.wait_for_ready(timeout=_PATIENCE)
        self.run("%load_ext seldon_workbench")

    def start(self, code: str) -> str:
        """Begin a cell; its id."""
        return str(self.client.execute(code))

    def finish(self, cell: str) -> Shown:
        """Wait for a cell that was begun."""
        shown = Shown()
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=_PATIENCE)
            if message["parent_header"].get("msg_id") != cell:
                continue
            if message["content"].get("execution_state") == "idle":
                return shown
            _note(shown, message["msg_type"], message["content"])
        raise TimeoutError(f"the cell does not end: {shown}")

    def attempt(self, code: str) -> Shown:
        """Run a cell that may fail."""
        return self.finish(self.start(code))

    def run(self, code: str) -> Shown:
        """Run a cell that must not fail."""
        shown = self.attempt(code)
        assert not shown.error, shown.traceback
        return shown

    def text(self, code: str) -> str:
        """The value of a cell, as text."""
        return self.run(code).results[-1]["text/plain"]

    def serve(self, words: str) -> dict[str, Any]:
        """Serve something; where it is."""
        printed = self.run(f"import json\noutcome = %seldon serve {words}\nprint(json.dumps(outcome.data))")
        addresses: dict[str, Any] = json.loads(printed.text.splitlines()[-1])["addresses"]
        return addresses

    def complete(self, text: str) -> list[str]:
        """What Tab offers at the end of a text: the whole text, completed."""
        request = self.client.complete(text, len(text))
        while (reply := self.client.get_shell_msg(timeout=_PATIENCE))["parent_header"]["msg_id"] != request:
            pass
        content = reply["content"]
        return [text[: content["cursor_start"]] + match for match in content["matches"]]

    def wait_for(self, word: str) -> None:
        """Wait until a running cell has printed a word."""
        while word not in str(self.client.get_iopub_msg(timeout=_PATIENCE)["content"].get("text", "")):
            pass

    def restart(self) -> float:
        """Restart the kernel as the button does; how many seconds it took until it was gone."""
        self.client.stop_channels()
        _, seconds = timed(self.manager.restart_kernel)
        self.client = self.manager.client()
        self._connect()
        return seconds

    def close(self) -> float:
        """End the kernel as a front end does; how many seconds it took. It is killed after 5."""
        self.client.stop_channels()
        _, seconds = timed(self.manager.shutdown_kernel)
        return seconds


def _note(shown: Shown, kind: str, content: dict[str, Any]) -> None:
    if kind == "stream":
        shown.text += content["text"]
    elif kind in ("execute_result", "display_data"):
        shown.results.append(content["data"])
    elif kind == "error":
        shown.error = content["ename"]
        shown.traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))


@contextlib.contextmanager
def open_kernel() -> Iterator[Kernel]:
    """A kernel that is gone afterwards, whatever happens."""
    kernel = Kernel()
    try:
        yield kernel
    finally:
        with contextlib.suppress(Empty):
            if kernel.manager.has_kernel:
                kernel.client.stop_channels()
                kernel.manager.shutdown_kernel(now=True)


def timed(call: Any, *given: Any) -> tuple[Any, float]:
    """What a call returns, and the seconds it took."""
    started = time.monotonic()
    returned = call(*given)
    return returned, time.monotonic() - started


def post(rest: str, path: str = "/api/v1.0/predictions", payload: str = "") -> Any:
    """The JSON reply of a server to a request from outside."""
    body = payload or '{"data": {"ndarray": [[1, 2]]}}'
    request = urllib.request.Request(rest + path, body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:
        return json.loads(reply.read())


def is_open(address: str) -> bool:
    """Whether somebody listens at ``http://host:port/...`` or ``host:port``."""
    host, port = re.findall(r"([\d.]+):(\d+)", address)[0]
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0
