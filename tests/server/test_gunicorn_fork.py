"""Frameworks that do not survive a fork are initialised after it, in each worker."""

import subprocess
import sys
from pathlib import Path

import pytest

from .serving import eventually, message
from .workers import CAST, ServiceOf

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")


@pytest.mark.parametrize(
    ("component", "expected"),
    [("HasEngine", {"double": 42}), ("HasLibraries", {"twice": "abab", "class": True})],
)
def test_what_breaks_when_forked_works_in_every_worker(
    service_of: ServiceOf, component: str, expected: dict[str, object]
) -> None:
    if component == "HasLibraries":
        pytest.importorskip("sklearn")
    service = service_of(f"{CAST.name}:{component}", "--workers", "2", "--grpc-workers", "2")
    eventually(lambda: service.has_workers(rest=2, grpc=2, metrics=1), 30)
    roles = service.roles()
    request = {"jsonData": 21}

    def all_rest_workers_answer() -> bool:
        bodies = [service.post(request).json()["jsonData"] for _ in range(10)]
        assert all(body.items() >= expected.items() for body in bodies)
        return {body["pid"] for body in bodies} == set(roles["rest"])

    def all_grpc_workers_answer() -> bool:
        replies = [service.call("Model/Predict", message(**request)).jsonData.struct_value for _ in range(10)]
        assert all(dict(reply).items() >= expected.items() for reply in replies)
        return {int(reply["pid"]) for reply in replies} == set(roles["grpc"])

    eventually(all_rest_workers_answer)
    eventually(all_grpc_workers_answer)


FORKED_LATE = """
import os
from worker_cast import HasEngine

component = HasEngine()
component.load()
if (child := os.fork()) == 0:
    try:
        component.predict(21)
    except AssertionError:
        os._exit(7)
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_it_would_break_if_it_were_forked() -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKED_LATE]
    assert subprocess.run(command, cwd=CAST.parent, timeout=30, check=False).returncode == 7
