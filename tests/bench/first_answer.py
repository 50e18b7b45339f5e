"""Times, in a fresh interpreter, serving a component up to its first answered request; prints JSON."""

import json
import time
import urllib.request
from pathlib import Path

from processes import free_ports

from seldon_workbench import Session

TARGET = f"{Path(__file__).with_name('identity.py')}:Identity"
BODY = b'{"data":{"ndarray":[[1.0,2.0,3.0,4.0]]}}'


def main() -> None:
    """Load, start, ask once, stop; the clock covers all but the last and the import."""
    ports = free_ports()
    request = urllib.request.Request(
        f"http://127.0.0.1:{ports.http}/api/v1.0/predictions", BODY, {"Content-Type": "application/json"}
    )
    begun = time.perf_counter()
    session = Session(http_port=ports.http, grpc_port=ports.grpc, metrics_port=ports.metrics)
    session.load(TARGET)
    session.start()
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()
    elapsed = time.perf_counter() - begun
    session.stop()
    print(json.dumps({"seconds": elapsed}))


if __name__ == "__main__":
    main()
