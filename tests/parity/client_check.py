"""Compares our SeldonClient with the original's, whose interpreter it is given: `client_check.py PYTHON`.

Both clients make the same calls to a gateway that writes down what arrives. What arrives, and what the
clients make of the answer, must be equal, but for the differences listed here. Then the original's client
calls our server.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

from companions.gateway import Arrived, gateway  # noqa: E402
from google.protobuf import json_format  # noqa: E402

from seldon_workbench import Session  # noqa: E402

OURS = (sys.executable, "seldon_workbench.companions.seldon_client")
INTENDED = {
    "object with meta": "the original drops meta",
    "grpc seldon text with meta": "the original drops meta",
    "grpc seldon tensor with names and meta": "the original drops meta",
    "grpc seldon ndarray with names and meta": "the original drops meta",
    "rest ambassador Any": "the original sends random numbers instead",
    "rest istio Any": "the original sends random numbers instead",
    "rest seldon Any": "the original sends random numbers instead",
    "tensor words": "the original raises TypeError",
    "seldon headers": "the original drops headers",
}
"""Calls, by how their labels end, that differ on purpose."""

IGNORED = {"host", "content-length", "user-agent", "accept", "accept-encoding", "connection"}
"""Headers that are no business of the client."""


class Everything:
    """Implements every method."""

    def predict(self, X: Any, names: Any = None) -> Any:
        """Identity."""
        return X

    def route(self, X: Any, names: Any = None) -> int:
        """Always the second child."""
        return 1

    def aggregate(self, Xs: Any, names: Any = None) -> Any:
        """The first of them."""
        return Xs[0]


def main(oracle: str) -> int:
    """1 if a call differs that should not, or if our server refuses a call of the original's client."""
    theirs = dict(recorded(oracle, "seldon_core.seldon_client"))
    ours = dict(recorded(*OURS))
    assert theirs.keys() == ours.keys()
    different = [label for label in theirs if theirs[label] != ours[label] and not is_intended(label)]
    for label in different:
        print(f"{label}\n  theirs {theirs[label]}\n  ours   {ours[label]}")
    equal = [label for label in theirs if theirs[label] == ours[label] and is_intended(label)]
    print(f"{len(theirs)} calls; different that should be equal: {len(different)}; the reverse: {equal}")
    return 1 if different or equal or not all(list(served(oracle))) else 0


def is_intended(label: str) -> bool:
    """Whether a call differs on purpose."""
    return any(label.endswith(ending) for ending in INTENDED)


def recorded(python: str, module: str) -> Iterator[tuple[str, Any]]:
    """Each call of a client: what arrived, and what the client made of the answer."""
    with gateway() as here:
        for outcome in calls(python, module, "gateway", here.http, here.grpc):
            arrived = [plain(one) for one in here.arrived]
            here.arrived.clear()
            yield outcome.pop("case"), (arrived, outcome)


def served(oracle: str) -> Iterator[bool]:
    """Whether the original's client is content, call by call, with our server."""
    session = Session(http_port=0, grpc_port=0, metrics_port=0)
    session.load(Everything)
    addresses = session.start()
    assert addresses.grpc is not None
    place = addresses.rest.url.removeprefix("http://")
    try:
        for outcome in calls(oracle, "seldon_core.seldon_client", "component", place, addresses.grpc.target):
            label = outcome["case"]
            is_well = outcome.get("success", False) or is_refused_by_itself(label)
            print(f"{'ok ' if is_well else 'BAD'} {json.dumps(outcome)[:220]}")
            yield is_well
    finally:
        session.stop()


def is_refused_by_itself(label: str) -> bool:
    """Whether the original's client never sends this call."""
    return label.endswith(("list", "odd return", "tensor words"))


def calls(python: str, module: str, kind: str, http: str, rpc: str) -> Iterator[Any]:
    """The outcome of each call, as it is made."""
    command = [python, str(HERE / "client_cases.py"), module, kind, http, rpc]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, bufsize=1, cwd=HERE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        for line in process.stdout:
            yield json.loads(line)
            process.stdin.write("\n")
    assert process.returncode == 0, command


def plain(one: Arrived) -> tuple[str, str, Any, Any]:
    """What matters of a request."""
    headers = {name: value for name, value in one.headers.items() if name not in IGNORED}
    body = one.body
    if one.verb == "RPC":
        body = str(one.body) if "nan" in str(one.body) else json_format.MessageToDict(one.body)
    elif set(body) == {"json"}:
        body = json.loads(body["json"])
    return one.verb, one.path, headers, body


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
