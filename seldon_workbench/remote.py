"""Servers that run somewhere else, as a terminal sees them: asked, sent to, started."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seldon_workbench.addresses import Addresses
from seldon_workbench.methods import BY_NAME, HEALTH_STATUS, METADATA
from seldon_workbench.server.client import Reply, call_grpc, call_rest, ping
from seldon_workbench.settings import Parameters, Settings
from seldon_workbench.target import look_up

__all__ = ["NOT_CONSTRUCTED", "Probe", "Reply", "probe", "send", "serve_with_workers"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to a running server, and its answer."""

    name: str
    reply: Reply


def send(verb: str, payload: Any, *, via: str, url: str, target: str) -> Reply:
    """Call a method of a server that runs somewhere: at ``url`` over REST, at ``target`` over gRPC."""
    method = BY_NAME[verb.replace("-", "_")]
    return call_rest(url, method, payload) if via == "rest" else call_grpc(target, method, payload)


def probe(url: str) -> list[Probe]:
    """Ask a server that runs somewhere whether it lives, is healthy, and what it is."""
    return [
        Probe("live", ping(url)),
        Probe("healthy", call_rest(url, HEALTH_STATUS)),
        Probe("metadata", call_rest(url, METADATA)),
    ]


NOT_CONSTRUCTED = 4
"""Exit status of a service whose component could not be imported or constructed."""


def serve_with_workers(
    target: str, parameters: Parameters, settings: Settings, announce: Callable[[Addresses], None]
) -> int:
    """Serve with gunicorn workers until a signal ends it, then 0.

    3 if ``load()`` raised in a worker, NOT_CONSTRUCTED if the component did not get that far. The target is
    looked up first, without running it; ``announce`` is called once the ports listen.
    Raises TargetNotFound, PortInUse.
    """
    from seldon_workbench.server.gunicorn import Bound, Service, run  # there is no gunicorn on Windows

    look_up(target)
    bound = Bound.from_settings(settings)
    addresses = Addresses.of(
        settings.host, bound.ports, settings.metrics_path, is_secure=settings.ssl_certfile is not None
    )
    return run(Service(target, parameters, settings), bound, lambda: announce(addresses))
