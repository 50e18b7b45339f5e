"""The identity model served in-process by a Session, as a notebook kernel does it, until killed."""

import argparse
from pathlib import Path

from seldon_workbench import Session

TARGET = f"{Path(__file__).with_name('identity.py')}:Identity"


def main() -> None:
    """Load, start and wait."""
    parser = argparse.ArgumentParser(description=__doc__)
    for port in ("http", "grpc", "metrics"):
        parser.add_argument(f"--{port}-port", type=int, required=True)
    ports = parser.parse_args()
    session = Session(http_port=ports.http_port, grpc_port=ports.grpc_port, metrics_port=ports.metrics_port)
    session.load(TARGET)
    session.start()
    session.wait()


if __name__ == "__main__":
    main()
