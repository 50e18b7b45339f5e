"""`make demo`: train a classifier, serve it in this process, call it over REST and gRPC."""

import sys
import urllib.request
from pathlib import Path

from seldon_workbench import Session
from seldon_workbench.outcome import pretty

IRIS = Path(__file__).parent.parent / "notebooks" / "iris.py"
FLOWERS = {
    "data": {
        "names": ["sepal length", "sepal width", "petal length", "petal width"],
        "ndarray": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]],
    }
}


def main() -> int:
    session = Session()
    say("Training a scikit-learn pipeline and serving it in this process ...")
    session.load(f"{IRIS}:IrisClassifier")
    addresses = session.start()
    print(addresses)

    say("One request over REST")
    show(session.call("predict", FLOWERS, via="rest").body)
    say("The same over gRPC")
    show(session.call("predict", FLOWERS, via="grpc").body)
    say("Health")
    show(session.call("health-status", via="rest").body)
    say("Metadata")
    show(session.call("metadata", via="rest").body)
    say("Metrics, as Prometheus scrapes them")
    print(fetch(addresses.links["metrics"]).strip())

    if sys.stdout.isatty():
        say(f"Still serving. Try the curl line above, or open {addresses.links['metadata']}. Ctrl-C ends it.")
        session.wait()
    session.stop()
    return 0


def say(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")


def show(body: object) -> None:
    print(pretty(body))


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as reply:
        return reply.read().decode()


if __name__ == "__main__":
    sys.exit(main())
