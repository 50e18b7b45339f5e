"""Fixtures of the tests with sockets. Every server a test starts is stopped with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .serving import Served, Serving, start
from .workers import CAST, Service, ServiceOf


@pytest.fixture
def serve_here() -> Iterator[Serving]:
    """Serves a component in this process."""
    servers: list[Served] = []

    def serve_one(component: object, **flags: Any) -> Served:
        servers.append(start(component, **flags))
        return servers[-1]

    yield serve_one
    for server in servers:
        server.close()


@pytest.fixture
def service_of(tmp_path: Path) -> Iterator[ServiceOf]:
    """Serves a target with worker processes."""
    services: list[Service] = []

    def serve_one(
        target: str, *flags: str, ready: bool = True, cwd: Path = CAST.parent, **env: str
    ) -> Service:
        services.append(Service(target, *flags, folder=tmp_path, env=env, cwd=cwd))
        return services[-1].ready() if ready else services[-1]

    yield serve_one
    for service in services:
        service.end()
