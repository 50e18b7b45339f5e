"""The load generators, pinned to their own core: wrk for REST, h2load for gRPC and for exact counts."""

import re
from dataclasses import dataclass
from pathlib import Path

from processes import LOAD_CORE, Unmeasured, pinned, run
from servers import BENCH

TOOLS = {"wrk": "wrk", "h2load": "nghttp2-client", "taskset": "util-linux"}
"""Program and the Debian package that brings it."""

GRPC_HEADERS = ("-H", "content-type: application/grpc", "-H", "te: trailers")
JSON_HEADERS = ("-H", "content-type: application/json")
GRACE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a load generator saw."""

    rate: float
    """Answered requests per second."""
    requests: int
    problem: str = ""
    """Empty when every request succeeded."""


def rest_load(url: str, body: Path, seconds: int) -> Load:
    """wrk, one thread, eight connections."""
    shape = ("-t1", "-c8", f"-d{seconds}s", "--timeout", "60s", "-s", str(BENCH / "post.lua"))
    output = _run("wrk", (*shape, url, "--", str(body)), seconds)
    line = next((line for line in output.splitlines() if line.startswith("COUNTS ")), "")
    counts = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}
    if not counts.get("microseconds"):
        raise Unmeasured(f"wrk printed no counts:\n{output}")
    failed = {name: counts[name] for name in ("connect", "read", "write", "status", "timeout")}
    problem = ", ".join(f"{name} errors {count}" for name, count in failed.items() if count)
    if not counts["requests"]:
        problem = problem or "not one request was answered"
    rate = counts["requests"] / counts["microseconds"] * 1e6
    return Load(rate, counts["requests"], problem.replace("status errors", "non-2xx answers"))


def grpc_load(url: str, body: Path, seconds: int, reply_size: int) -> Load:
    """h2load, four clients with two streams each.

    It does not see the gRPC status: replies shorter than the checked one give a failure away.
    """
    shape = ("-D", str(seconds), "-c", "4", "-m", "2", "-d", str(body), *GRPC_HEADERS)
    output = _run("h2load", (*shape, url), seconds)
    load = _h2load_result(output)
    data = re.search(r"\((\d+)\) data", output)
    mean = int(data[1]) / max(load.requests, 1) if data else 0.0
    if not load.problem and mean < 0.99 * reply_size:
        return Load(load.rate, load.requests, f"replies of {mean:.0f} bytes instead of {reply_size}")
    return load


def counted_load(url: str, body: Path, requests: int) -> Load:
    """Exactly so many JSON requests over HTTP/1.1 and eight connections."""
    shape = ("--h1", "-n", str(requests), "-c", "8", "-d", str(body), *JSON_HEADERS)
    load = _h2load_result(_run("h2load", (*shape, url), 600))
    if load.requests != requests and not load.problem:
        return Load(load.rate, load.requests, f"{load.requests} of {requests} answered")
    return load


def _run(tool: str, arguments: tuple[str, ...], seconds: int) -> str:
    code, output = run(pinned(LOAD_CORE, (tool, *arguments)), timeout=seconds + GRACE_SECONDS)
    if code:
        raise Unmeasured(f"{tool} ended with status {code}:\n{output}")
    return output


def _h2load_result(output: str) -> Load:
    rate = re.search(r"finished in [^,]+, ([\d.]+) req/s", output)
    counts = re.search(
        r"requests: .* (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", output
    )
    if rate is None or counts is None:
        raise Unmeasured(f"h2load printed no counts:\n{output}")
    done, succeeded, failed, errored, late = map(int, counts.groups())
    problem = "" if failed + errored + late == 0 else f"failed {failed}, errored {errored}, timeout {late}"
    if not succeeded:
        problem = problem or "not one request was answered"
    return Load(float(rate[1]), done, problem)
