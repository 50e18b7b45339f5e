"""Workers under load: every request counted, workers killed meanwhile, and what a Prometheus makes of it.

python tests/soak/workers.py [--requests 50000] load kill prometheus
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from server.crowd import ANSWERED, LOST, asked, crowd, never_falling
from server.places import free_ports
from server.serving import eventually
from server.workers import CAST, Service

WORKERS = {"rest": 4, "grpc": 2, "metrics": 1}
FLAGS = ("--workers", "4", "--threads", "4", "--grpc-workers", "2", "--grpc-threads", "2")
CLIENTS = {"rest": 12, "rpc": 4}
IN_A_WORKER = 12
"""The most requests that can be in one worker: one of each client of a wire."""


@contextlib.contextmanager
def served(*flags: str) -> Iterator[Service]:
    """The component that counts, with all its workers."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(f"{CAST.name}:Where", *FLAGS, *flags, folder=Path(folder))
        try:
            service.ready()
            eventually(lambda: service.has_workers(**WORKERS), 60)
            yield service
        finally:
            service.end()


def load(count: int) -> None:
    """Every request is answered and counted."""
    with served() as service, never_falling(lambda: asked(service)) as seen:
        began = time.monotonic()
        outcomes = crowd(service, count, **CLIENTS)
        seconds = time.monotonic() - began
        counted = asked(service)
        print(f"{count} requests in {seconds:.0f} s: {dict(outcomes)}, counted {counted:.0f}")
        assert outcomes == {ANSWERED: count}
        assert counted == count
    print(f"{len(seen)} scrapes meanwhile, and no sum fell")


def kill(count: int) -> None:
    """Workers are killed under load: what is in them fails, nothing else, and no sum falls."""
    kills: list[str] = []

    def kill_some(service: Service) -> Callable[[], None]:
        def meanwhile() -> None:
            for role in ("rest", "grpc") * 3:
                time.sleep(1.0)
                eventually(lambda: service.has_workers(**WORKERS), 60)
                os.kill(service.roles()[role][0], signal.SIGKILL)
                kills.append(role)
            eventually(lambda: service.has_workers(**WORKERS), 60)

        return meanwhile

    with served() as service, never_falling(lambda: asked(service)) as seen:
        outcomes = crowd(service, count, **CLIENTS, meanwhile=kill_some(service))
        counted = asked(service)
        print(f"{len(kills)} workers killed, {dict(outcomes)}, counted {counted:.0f}, {len(seen)} scrapes")
        assert outcomes.total() == count
        assert outcomes[LOST] <= IN_A_WORKER * len(kills)
        assert outcomes[ANSWERED] <= counted <= outcomes[ANSWERED] + outcomes[LOST]


def prometheus(count: int) -> None:
    """A real Prometheus scrapes the service; its sums are ours, and promtool has nothing to say."""
    for tool in ("prometheus", "promtool"):
        assert shutil.which(tool), f"there is no {tool}; Debian's package prometheus has it"
    with served() as service, scraping(service) as url:
        assert crowd(service, count // 10, **CLIENTS) == {ANSWERED: count // 10 // 16 * 16}
        expected = asked(service)
        text = service.metrics_text()
        checked = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        # Lint (a missing help text) ends in 3, what cannot be parsed in 1.
        complaints = [line for line in checked.stderr.splitlines() if "no help text" not in line]
        assert not complaints, complaints
        seen = eventually(lambda: queried(url) == expected, 30)
        print(f"Prometheus has summed up {expected:.0f} of {expected:.0f} requests: {seen}")
        os.kill(service.roles()["rest"][0], signal.SIGKILL)
        eventually(lambda: service.has_workers(**WORKERS), 60)
        eventually(lambda: queried(url) == asked(service) == expected, 30)
        print("and the same after a worker was killed")


def queried(url: str) -> float:
    """What Prometheus has as the sum of all requests."""
    reply = requests.get(f"{url}/api/v1/query", {"query": "sum(asked_total)"}, timeout=10).json()
    result = reply["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


@contextlib.contextmanager
def scraping(service: Service) -> Iterator[str]:
    """A Prometheus that scrapes the service every second; where it is asked."""
    where = urlsplit(service.addresses["metrics"])
    (port,) = free_ports(1)
    job = {
        "job_name": "workbench",
        "metrics_path": where.path,
        "static_configs": [{"targets": [where.netloc]}],
    }
    configuration = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prometheus.yml"
        file.write_text(json.dumps(configuration))  # JSON is YAML
        command = ("prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder}/data")
        with (Path(folder) / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log
            )
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: is_up(url), 30)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def is_up(url: str) -> bool:
    """Whether Prometheus answers."""
    try:
        return requests.get(f"{url}/-/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


PARTS: dict[str, Callable[[int], None]] = {"load": load, "kill": kill, "prometheus": prometheus}


def main() -> int:
    """Run the parts that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--requests", type=int, default=50_000, help="default %(default)s")
    args = parser.parse_args()
    unknown = set(args.parts) - PARTS.keys()
    if unknown:
        parser.error(f"no part is called {', '.join(unknown)}")
    for name in args.parts or PARTS:
        print(f"--- {name}", flush=True)
        PARTS[name](args.requests // 16 * 16)
    return 0


if __name__ == "__main__":
    sys.exit(main())
