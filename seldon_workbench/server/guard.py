"""Who may talk to a server in a kernel: pages of this machine, under names of this machine.

A page anywhere on the web can make the browser send a form to a loopback port, and a rebound DNS name
can make it read the answer. So a foreign ``Origin`` or an unlisted ``Host`` is refused before any
user code runs; missing CORS headers alone would protect nothing.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from seldon_workbench.errors import RequestRefused

__all__ = ["Guard"]

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Guard:
    """Refuses requests that name a host or come from an origin that is not allowed."""

    def __init__(self, allowed_hosts: Iterable[str] = ()) -> None:
        self._hosts = _LOOPBACK | {host.lower() for host in allowed_hosts}

    def check(self, host: str | None, origin: str | None, site: str | None = None) -> None:
        """Raises RequestRefused for a ``Host`` or an ``Origin`` header that is not ours.

        ``site`` is the ``Sec-Fetch-Site`` of a request that carries a payload. It tells of a foreign page
        where there is no ``Origin``: browsers send none with a picture's GET.
        """
        if host is not None and _without_port(host) not in self._hosts:
            raise RequestRefused(f"host {host!r} is not served here", hint=_hint(host))
        if origin is not None and _without_port(urlsplit(origin).netloc) not in self._hosts:
            raise RequestRefused(f"origin {origin!r} may not talk to this server", hint=_hint(origin))
        if origin is None and site == "cross-site":
            raise RequestRefused("a page of another site may not talk to this server")


def _without_port(host: str) -> str:
    name, colon, port = host.strip().lower().rpartition(":")
    return name if colon and port.isdigit() else host.strip().lower()


def _hint(name: str) -> str:
    return f"if {name} is yours, serve with --allow-host {_without_port(urlsplit(name).netloc or name)}"
