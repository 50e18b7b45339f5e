"""`make soak`: what takes long. Every step is a command; all of them run, then comes the verdict."""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seldon_workbench import Session

ROOT = Path(__file__).resolve().parent.parent
ORACLE = ROOT / ".parity" / "bin" / "python"
"""The original's interpreter; the first step makes it."""


class Everything:
    """Implements what no component is excused from."""

    def predict(self, X, names=None):
        """Identity."""
        return X

    def route(self, X, names=None):
        """Always the second child."""
        return 1

    def aggregate(self, Xs, names=None):
        """The first of them."""
        return Xs[0]


def parity(*more: str) -> Callable[[], int]:
    """Fresh requests to the original and to ours."""
    return lambda: run(sys.executable, "tests/parity", *more)


def stubs() -> int:
    """The stubs of seldon-core, in its own environment, call every RPC of ours."""
    if not ORACLE.exists():
        print("there is no environment with the original yet; the step parity makes it")
        return 1
    with serving() as target:
        return run(str(ORACLE), "tests/parity/stub_client.py", target)


def client() -> int:
    """SeldonClient of the original beside ours, call by call; then the original's calls our server."""
    if not ORACLE.exists():
        print("there is no environment with the original yet; the step parity makes it")
        return 1
    return run(sys.executable, "tests/parity/client_check.py", str(ORACLE))


def mutants() -> int:
    """Mutate the core; at least four in five mutants must be killed."""
    # mutmut would keep the verdicts of mutants whose code is the same, though the tests are not.
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    run(sys.executable, "-m", "mutmut", "run", "--max-children", "2")
    return run(sys.executable, "scripts/mutants.py", "--at-least", "80")


def workers(part: str) -> Callable[[], int]:
    """Many requests to many workers, some of which are killed; a real Prometheus that scrapes them."""
    return lambda: run(sys.executable, "tests/soak/workers.py", *part.split())


def memory() -> int:
    """Resident size after 20,000 and after 200,000 requests."""
    return run(sys.executable, "tests/bench", "--no-rates", "--memory")


def hostile() -> int:
    """20,000 malformed and mutated requests over both wires and raw sockets."""
    return run(sys.executable, "tests/soak/hostile.py", env={"PYTHONPATH": "tests"})


STEPS: dict[str, Callable[[], int]] = {
    "parity": parity("--count", "1000", "--malformed", "0.1"),
    "stubs": stubs,
    "client": client,
    "workers": workers("load kill"),
    "prometheus": workers("prometheus"),
    "memory": memory,
    "hostile": hostile,
    "mutants": mutants,
}


def main() -> int:
    """1 if any step failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; all without")
    chosen = parser.parse_args().steps or list(STEPS)
    unknown = set(chosen) - set(STEPS)
    if unknown:
        parser.error(f"no step is called {', '.join(unknown)}; there are {', '.join(STEPS)}")
    failed = [name for name in chosen if not passes(name)]
    print(
        f"\n{len(chosen) - len(failed)} of {len(chosen)} steps passed" + f"; failed: {failed}" * bool(failed)
    )
    return 1 if failed else 0


def passes(name: str) -> bool:
    """Run one step and say how long it took."""
    print(f"\n=== {name}", flush=True)
    started = time.monotonic()
    status = STEPS[name]()
    print(
        f"=== {name}: {'passed' if status == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return status == 0


def run(*command: str, env: Mapping[str, str] | None = None) -> int:
    """The exit status of a command run in the repository."""
    return subprocess.run(command, cwd=ROOT, check=False, env=os.environ | (env or {})).returncode


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """That component served in this process; where its gRPC is."""
    session = Session(http_port=0, grpc_port=0, metrics_port=0)
    session.load(Everything)
    addresses = session.start()
    assert addresses.grpc is not None
    try:
        yield addresses.grpc.target
    finally:
        session.stop()


if __name__ == "__main__":
    sys.exit(main())
