"""OpenTelemetry: one span per request, which continues the caller's trace.

Rule: nothing of this is imported, and no request takes a detour, unless tracing is on.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from seldon_workbench.dispatch import Exchange
from seldon_workbench.errors import ComponentFailed, MissingExtra
from seldon_workbench.methods import REST_PATHS, Method
from seldon_workbench.server.http_reply import Environ, StartResponse
from seldon_workbench.server.listener import App
from seldon_workbench.settings import Settings

try:
    from opentelemetry import propagate, trace
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode
except ImportError as missing:
    raise MissingExtra("tracing", "opentelemetry-sdk") from missing

__all__ = ["Tracing", "fail", "span_name"]

logger = logging.getLogger(__name__)

_FLUSH = 5.0
"""Seconds that the last spans get to be sent."""

_OTHERS = {"/health/ping": "HealthPing", "/seldon.json": "openAPI"}
"""Names of the spans of paths that are no method's. Seldon's."""

JAEGER_HINT = (
    "%s is of Jaeger's own protocol and has no effect: set OTEL_EXPORTER_OTLP_ENDPOINT, for instance to "
    "http://HOST:4318, where Jaeger takes OpenTelemetry"
)


class Tracing:
    """The spans of one component."""

    def __init__(self, name: str, exporter: SpanExporter | None = None) -> None:
        """``name`` is the service's, unless ``OTEL_SERVICE_NAME`` says otherwise."""
        resource = Resource({SERVICE_NAME: name}).merge(OTELResourceDetector().detect())
        self.provider = TracerProvider(resource=Resource.create().merge(resource))
        self.provider.add_span_processor(BatchSpanProcessor(exporter or _otlp_exporter()))
        self._tracer = self.provider.get_tracer("seldon_workbench")

    @classmethod
    def of_process(cls, name: str, settings: Settings) -> "Tracing":
        """Tracing of a process that is ours: the component's own spans go the same way."""
        tracing = cls.of_settings(name, settings)
        trace.set_tracer_provider(tracing.provider)
        return tracing

    @classmethod
    def of_settings(cls, name: str, settings: Settings) -> "Tracing":
        """Tracing of a component in a process that others use too."""
        for variable in settings.jaeger:
            logger.warning(JAEGER_HINT, variable)
        return cls(name)

    def around(self, app: App) -> App:
        """An application whose requests become spans."""
        return _Traced(app, self)

    @contextmanager
    def span(self, name: str, carrier: Mapping[str, str], attributes: Mapping[str, Any]) -> Iterator[Span]:
        """A span around one request, current meanwhile, in the trace that the carrier's headers name."""
        with self._tracer.start_as_current_span(
            name,
            propagate.extract(carrier),
            kind=SpanKind.SERVER,
            attributes=dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def note(self, exchange: Exchange) -> None:
        """Write on the current span which method was called for whom, and what went wrong."""
        span = trace.get_current_span()
        span.set_attribute("seldon.method", exchange.method.name)
        if exchange.puid:
            span.set_attribute("seldon.puid", str(exchange.puid))
        if exchange.error is not None:
            is_users = isinstance(exchange.error, ComponentFailed)
            span.record_exception(exchange.error.original if is_users else exchange.error)  # type: ignore[attr-defined]

    def stop(self) -> None:
        """Send the spans that are left, if somebody takes them in time."""
        last = threading.Thread(target=self.provider.shutdown, name="seldon-last-spans", daemon=True)
        last.start()
        last.join(_FLUSH)


def span_name(verb: str, path: str) -> str:
    """The name of the span of a request: Seldon's; the verb alone where nothing of Seldon's is served."""
    method = REST_PATHS.get(path)
    return _OTHERS.get(path, verb) if method is None else _camel(method)


def fail(span: Span, text: str) -> None:
    """Mark a span as failed."""
    span.set_status(Status(StatusCode.ERROR, text))


def _camel(method: Method) -> str:
    return "".join(word.capitalize() for word in method.name.split("_"))


def _otlp_exporter() -> SpanExporter:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as missing:
        raise MissingExtra("tracing", "opentelemetry-exporter-otlp-proto-http") from missing
    return OTLPSpanExporter()


class _Traced:
    """An application whose requests become spans."""

    def __init__(self, app: App, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    def runs_user_code(self, path: str) -> bool:
        """Whether a request to this path has to wait for the component's threads."""
        return self._app.runs_user_code(path)

    def short_cut(self, request: Any, environ: Callable[[], Environ]) -> Any:
        """Never: the span is made once, around WSGI."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        verb, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        attributes = {"http.request.method": verb, "url.path": path}
        with self._tracing.span(span_name(verb, path), _headers(environ), attributes) as span:

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                code = int(status.partition(" ")[0])
                span.set_attribute("http.response.status_code", code)
                if code >= 500:
                    fail(span, status)
                return start_response(status, headers, exc_info)

            return self._app(environ, start)


def _headers(environ: Environ) -> dict[str, str]:
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
