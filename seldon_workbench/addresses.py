"""Where a component is served, and what to try there first."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["DOCS", "Addresses", "Endpoint"]

DOCS = "/docs"
"""Path of the page that sends requests."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address that is served."""

    host: str
    port: int
    is_secure: bool = False
    """Whether it speaks TLS."""

    @property
    def target(self) -> str:
        """``host:port``, as gRPC clients take it."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """``http://host:port``."""
        return f"{'https' if self.is_secure else 'http'}://{self.target}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a component is served."""

    rest: Endpoint
    grpc: Endpoint | None
    """None where gRPC is switched off."""
    metrics: Endpoint
    metrics_path: str = "/metrics"
    example: tuple[str, str] | None = None
    """Path and JSON of a first request, where one is known that works."""

    @classmethod
    def of(
        cls, host: str, ports: Mapping[str, int], metrics_path: str, *, is_secure: bool = False
    ) -> "Addresses":
        """The addresses of the ports ``rest``, ``metrics`` and, where it is switched on, ``grpc``."""
        return cls(
            rest=Endpoint(host, ports["rest"], is_secure),
            grpc=Endpoint(host, ports["grpc"], is_secure) if "grpc" in ports else None,
            metrics=Endpoint(host, ports["metrics"], is_secure),
            metrics_path=metrics_path,
        )

    @property
    def links(self) -> dict[str, str]:
        """Pages that a browser opens. Metrics are on the REST port too: Chrome refuses port 6000."""
        base = self.rest.url
        return {
            "try it": f"{base}{DOCS}",
            "health": f"{base}/health/status",
            "metadata": f"{base}/metadata",
            "metrics": f"{base}{self.metrics_path}",
        }

    @property
    def curl(self) -> str:
        """A command that sends a first request."""
        if self.example is None:
            return f"curl -s {self.links['metadata']}"
        path, payload = self.example
        return f"curl -s {self.rest.url}{path} -H 'Content-Type: application/json' -d '{payload}'"

    def to_dict(self) -> dict[str, str]:
        """The addresses as JSON."""
        return {
            "rest": self.rest.url,
            "grpc": self.grpc.target if self.grpc else "",
            "metrics": f"{self.metrics.url}{self.metrics_path}",
        }

    def __str__(self) -> str:
        return "\n".join(
            (
                f"REST     {self.rest.url}",
                f"gRPC     {self.grpc.target if self.grpc else 'off'}",
                f"metrics  {self.metrics.url}{self.metrics_path}  (also {self.links['metrics']})",
                f"page     {self.links['try it']}  (sends requests, in a browser)",
                f"try      {self.curl}",
            )
        )
