"""Our server, as a process and inside this one; the only place that knows how either is started."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .cast import FOLDER, Component
from .client import Addresses
from .oracle import free_ports, port_flags, process, reachable


def target_of(component: Component) -> str:
    """How our command line and our session are told what to serve."""
    return f"{component.file}:{component.name}"


@contextmanager
def serving(component: Component) -> Iterator[Addresses]:
    """Our command line serving a component."""
    ports = free_ports(3)
    program = Path(sys.executable).parent / "seldon-workbench"
    with process([str(program), "serve", target_of(component), *port_flags(ports)], component) as running:
        yield reachable(ports, running)


@contextmanager
def serving_in_process(component: Component) -> Iterator[Addresses]:
    """A session of this process serving a component."""
    from seldon_workbench import Session

    with environment(component.environment), importable(FOLDER):
        session = Session(http_port=0, grpc_port=0, metrics_port=0)
        session.load(target_of(component))
        bound = session.start()
    assert bound.grpc is not None
    try:
        yield Addresses(bound.rest.url.removeprefix("http://").rstrip("/"), bound.grpc.target)
    finally:
        session.stop()


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """These variables set, and put back afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """A folder whose modules can be imported, as in a process started there."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
