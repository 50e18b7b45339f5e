"""Hostile requests to a served component, over both wires and raw sockets, beside slow clients.

What is malformed by the protocol has to be refused with a Status body, or a gRPC code and details. What
a mutation left well-formed may be answered. Nothing may be an internal error, stay without an answer, take
longer than five seconds, end a worker, or make it grow.
"""

import argparse
import contextlib
import json
import os
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import grpc
import requests
from google.protobuf import json_format
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from parity.exchange import REST, Request
from parity.wellformed import faults
from server.malformed import AGGREGATES, FEEDBACKS, MALFORMED, raw
from server.raw import HEAD
from server.workers import Service

from seldon_workbench.server import wire

COMPONENT = '''
class Steady:
    """Answers anything alike, so that whatever goes wrong is the server's doing."""

    def predict(self, X, names=None, meta=None):
        return [[1.0]]

    transform_input = transform_output = predict

    def route(self, X, names=None):
        return 1

    def aggregate(self, Xs, names=None):
        return [[1.0]]
'''

PATHS = ("/predict", "/api/v1.0/predictions", "/transform-input", "/transform-output", "/route")
RPCS = ("Model/Predict", "Seldon/Predict", "Generic/TransformInput", "OutputTransformer/TransformOutput")

SURE = ("not JSON", "too deep", "message is no", "no payload", "data is no", "tensor", "ndarray is ragged")
SURE_TOO = ("binData", "meta is no object", "not a feedback", "no messages")
"""Beginnings of the faults for which a request has to be refused, whatever else is the matter with it."""

SLOWEST = 5.0
"""Seconds that any answer may take."""

REFUSALS = frozenset({400, 403, 404, 405, 411, 413, 415, 431, 501, 505})
"""What HTTP may say to what is none of its requests; 501 and 505 are an encoding and a version unknown."""


@dataclass(slots=True)
class Findings:
    """What came of a run."""

    sent: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    resident: dict[int, int] = field(default_factory=dict)
    """Bytes of the serving workers, after so many requests."""

    @property
    def total(self) -> int:
        """Requests so far."""
        return sum(self.sent.values())

    def note(self, kind: str, seconds: float, refused: bool, problem: str, what: object) -> None:
        """One request and what became of it."""
        self.sent[kind] += 1
        self.refused[kind] += refused
        self.slowest = max(self.slowest, seconds)
        if seconds > SLOWEST:
            problem = problem or f"took {seconds:.1f} s"
        if problem:
            self.problems.append(f"{kind}: {problem}: {str(what)[:300]}")


class Attack:
    """All ways to send something odd to one service."""

    def __init__(self, service: Service, findings: Findings) -> None:
        self._url = service.addresses["rest"]
        self._port = int(self._url.rpartition(":")[2])
        self._session = requests.Session()
        self._channel = grpc.insecure_channel(service.addresses["grpc"])
        self._findings = findings

    def post(self, kind: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """One POST; a JSON body that is malformed has to be refused."""
        started = time.monotonic()
        try:
            response = self._session.post(self._url + path, data=body, headers=headers, timeout=SLOWEST * 4)
        except requests.RequestException as error:
            self._findings.note(kind, time.monotonic() - started, False, f"no answer: {error}", body)
            return
        seconds = time.monotonic() - started
        refused = response.status_code != 200
        problem = _problem_of(response)
        if not problem and not refused and headers.get("Content-Type") == "application/json":
            problem = _must_refuse(path, body)
        self._findings.note(kind, seconds, refused, problem, (path, headers, body))

    def call(self, kind: str, rpc: str, body: bytes) -> None:
        """One RPC."""
        started = time.monotonic()
        problem, refused = "", False
        try:
            self._channel.unary_unary(f"/seldon.protos.{rpc}")(body, timeout=SLOWEST * 4)
        except grpc.RpcError as error:
            refused = True
            code, details = error.code(), error.details()
            if code not in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED) or not details:
                problem = f"{code}: {details}"
        self._findings.note(kind, time.monotonic() - started, refused, problem, (rpc, body))

    def send_bytes(self, kind: str, data: bytes) -> None:
        """Bytes on a socket, closed for writing behind them: some answer that is HTTP, or a closed door."""
        started = time.monotonic()
        problem, status = "", 0
        try:
            reply = _exchanged(self._port, data)
            status = _status_in(reply)
            if reply and status not in REFUSALS | {200, 204, 308}:
                problem = f"answered {reply[:80]!r}"
        except OSError as error:
            if not isinstance(error, ConnectionError):
                problem = f"no answer: {error}"
        self._findings.note(kind, time.monotonic() - started, status != 200, problem, data)

    def close(self) -> None:
        """Hang up."""
        self._session.close()
        self._channel.close()


def _problem_of(response: requests.Response) -> str:
    if response.status_code == 200:
        return ""
    if response.status_code not in REFUSALS:
        return f"answered {response.status_code} {response.text[:200]}"
    try:
        status = response.json()["status"]
    except (ValueError, KeyError, TypeError):
        return f"refused without a Status body: {response.text[:200]}"
    return "" if status.get("info") and status.get("reason") else f"refused without a reason: {status}"


def _must_refuse(path: str, body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return ""  # perhaps UTF-16, which JSON readers detect
    found = faults(Request("", REST, f"POST {path}", text.removeprefix("\ufeff")))
    sure = [fault for fault in found if fault.startswith(SURE + SURE_TOO)]
    return f"accepted, although {sure[0]}" if sure else ""


def _exchanged(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=SLOWEST * 2) as connection:
        with contextlib.suppress(ConnectionError):  # refused before all of it was sent
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def _status_in(reply: bytes) -> int:
    word = reply[:12].rpartition(b" ")[2]
    return int(word) if reply.startswith(b"HTTP/1.") and word.isdigit() else 0


# ---- what is sent --------------------------------------------------------------------------------

numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([10**400, -0.0, 1e308, 2**63, 2**64]))
leaves = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8))
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
tensors = st.fixed_dictionaries(
    {}, optional={"shape": st.lists(st.integers(-2, 5), max_size=4) | anything, "values": anything}
)
data = st.fixed_dictionaries(
    {},
    optional={
        "names": st.lists(st.text(max_size=4), max_size=3) | anything,
        "tensor": tensors | anything,
        "ndarray": anything,
        "tftensor": st.dictionaries(st.sampled_from(["dtype", "tensorShape", "floatVal"]), anything),
    },
)
metas = st.dictionaries(
    st.sampled_from(["puid", "tags", "metrics", "requestPath", "routing", "x"]), anything, max_size=3
)
messages = st.dictionaries(
    st.sampled_from(["data", "strData", "binData", "jsonData", "customData", "meta", "status", "x"]),
    data | metas | anything,
    max_size=3,
)
known = st.sampled_from([raw(body) for kind in MALFORMED.values() for body in kind.bodies])

GOOD: tuple[Any, ...] = (
    {
        "data": {"names": ["a", "b"], "ndarray": [[1, 2.5], [3, None]]},
        "meta": {"puid": "p", "tags": {"x": 1}},
    },
    {"data": {"tensor": {"shape": [2, 2], "values": [1, 2, 3, 4]}}},
    {"strData": "text"},
    {"binData": "AAECAw=="},
    {"jsonData": {"a": [1, {"b": None}]}, "meta": {"metrics": [{"key": "k", "type": "GAUGE", "value": 1}]}},
)

JSON_HEADERS = {"Content-Type": "application/json"}
ODD_HEADERS = (
    *(
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/json; charset=x"},
    ),
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=b"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    *(JSON_HEADERS | {"Content-Encoding": name} for name in ("gzip", "deflate", "br", "x")),
    JSON_HEADERS | {"Transfer-Encoding": "x"},
)


def mutated(rng: Random, good: bytes) -> bytes:
    """Bytes with a few of them flipped, dropped, doubled, cut off or made up."""
    changed = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0 if place < len(changed):
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                del changed[place : place + rng.randint(1, 8)]
            case 2:
                changed[place:place] = changed[place : place + rng.randint(1, 16)]
            case 3:
                changed[place:place] = rng.randbytes(rng.randint(1, 6))
            case _:
                del changed[place:]
    return bytes(changed)


def _serialized(message: dict[str, Any]) -> bytes:
    return bytes(json_format.ParseDict(message, wire.SeldonMessage()).SerializeToString())


GOOD_JSON = [json.dumps(each).encode() for each in GOOD]
GOOD_PROTO = [_serialized(each) for each in GOOD]
GOOD_HTTP = [HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(each), each) for each in GOOD_JSON]


def assault(attack: Attack, made: st.DataObject, rng: Random) -> None:
    """One request of any kind."""
    path, rpc = rng.choice(PATHS), rng.choice(RPCS)
    kinds: dict[str, Callable[[], None]] = {
        "known mistakes": lambda: attack.post("known mistakes", path, made.draw(known), JSON_HEADERS),
        "drawn messages": lambda: attack.post(
            "drawn messages", path, _text(made.draw(messages)), JSON_HEADERS
        ),
        "drawn JSON": lambda: attack.post("drawn JSON", path, _text(made.draw(anything)), JSON_HEADERS),
        "mutated JSON": lambda: attack.post(
            "mutated JSON", path, mutated(rng, rng.choice(GOOD_JSON)), JSON_HEADERS
        ),
        "odd headers": lambda: attack.post(
            "odd headers", path, rng.choice(GOOD_JSON), dict(rng.choice(ODD_HEADERS))
        ),
        "lists": lambda: attack.post("lists", "/aggregate", raw(rng.choice(AGGREGATES.bodies)), JSON_HEADERS),
        "feedback": lambda: attack.post(
            "feedback", "/send-feedback", raw(rng.choice(FEEDBACKS.bodies)), JSON_HEADERS
        ),
        "mutated proto": lambda: attack.call("mutated proto", rpc, mutated(rng, rng.choice(GOOD_PROTO))),
        "random proto": lambda: attack.call("random proto", rpc, rng.randbytes(rng.randint(0, 64))),
        "mutated HTTP": lambda: attack.send_bytes("mutated HTTP", mutated(rng, rng.choice(GOOD_HTTP))),
        "no HTTP": lambda: attack.send_bytes("no HTTP", rng.randbytes(rng.randint(1, 200))),
    }
    kinds[rng.choice(tuple(kinds))]()


def _text(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", errors="surrogatepass")


@contextlib.contextmanager
def slow_clients(port: int, count: int) -> Iterator[None]:
    """So many connections that stopped in the middle of a request."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + b'{"data":')
        yield


def run(service: Service, count: int, seed_of_run: int, marks: tuple[int, ...]) -> Findings:
    """Send so many requests, looking at the workers' size after some of them."""
    findings = Findings()
    attack = Attack(service, findings)
    workers = service.roles()
    serving = [*workers["rest"], *workers["grpc"]]

    @seed(seed_of_run)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), st.randoms(use_true_random=True))
    def assaults(made: st.DataObject, rng: Random) -> None:
        if findings.total < count:
            assault(attack, made, rng)
        if findings.total in marks and findings.total not in findings.resident:
            findings.resident[findings.total] = sum(map(resident_bytes, serving))

    port = int(service.addresses["rest"].rpartition(":")[2])
    try:
        with slow_clients(port, 20):
            while findings.total < count:
                assaults()
    finally:
        attack.close()
    if service.roles() != workers:
        findings.problems.append(f"workers changed from {workers} to {service.roles()}")
    return findings


def resident_bytes(pid: int) -> int:
    """Memory a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def report(findings: Findings) -> str:
    """The findings, for people."""
    lines = [f"{'kind':16} {'sent':>6} {'refused':>8}"]
    lines += [
        f"{kind:16} {sent:6} {findings.refused[kind]:8}" for kind, sent in sorted(findings.sent.items())
    ]
    lines.append(f"{'all':16} {findings.total:6} {sum(findings.refused.values()):8}")
    lines.append(f"slowest answer {findings.slowest:.2f} s")
    lines += [f"after {at} requests {size / 2**20:.1f} MiB" for at, size in findings.resident.items()]
    lines += [f"PROBLEM {each}" for each in findings.problems[:20]]
    return "\n".join(lines)


def main() -> int:
    """1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    early, late = options.count // 4, options.count
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "Steady.py"
        target.write_text(COMPONENT)
        service = Service(str(target), folder=Path(folder)).ready()
        try:
            findings = run(service, options.count, options.seed, (early, late))
        finally:
            service.end()
    print(f"seed {options.seed}\n{report(findings)}")
    growth = findings.resident[late] / findings.resident[early]
    print(f"growth {growth:.3f} (at most 1.05)")
    return 1 if findings.problems or growth > 1.05 else 0


if __name__ == "__main__":
    sys.exit(main())
