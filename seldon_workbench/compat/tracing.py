"""``setup_tracing``: a tracer for components that make spans of their own."""

from typing import Any

from seldon_workbench.errors import MissingExtra

__all__ = ["setup_tracing"]


def setup_tracing(interface_name: str) -> Any:
    """OpenTelemetry's tracer of that name; where its spans go is OpenTelemetry's to configure.

    Raises MissingExtra.
    """
    try:
        from opentelemetry import trace
    except ImportError as error:
        raise MissingExtra("tracing", "opentelemetry") from error
    return trace.get_tracer(interface_name)
