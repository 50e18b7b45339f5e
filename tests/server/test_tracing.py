"""One span per request, in the caller's trace, sent where OpenTelemetry's variables say."""

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests

from seldon_workbench import SeldonMicroserviceException
from seldon_workbench.methods import METHODS
from seldon_workbench.server import tracing as tracing_module
from seldon_workbench.server.tracing import Tracing, span_name

from .microservices import ended, microservice
from .serving import NDARRAY, Served, Serving, eventually, message

trace = pytest.importorskip("opentelemetry.trace")
exporting = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


class Looks:
    """Tells the span it runs in; fails on demand."""

    def predict(self, X, names=None):
        span = trace.get_current_span()
        span.set_attribute("mine", 5)
        if str(X) == "raise":
            raise ValueError("broken")
        if str(X) == "refuse":
            raise SeldonMicroserviceException("no", status_code=418)
        return {"trace": f"{span.get_span_context().trace_id:032x}"}

    def transform_input(self, X, names=None):
        return X

    def transform_output(self, X, names=None):
        return X

    def route(self, X, names=None):
        return 0

    def aggregate(self, Xs, names=None):
        return Xs[0]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keeps the spans of sessions in this process, of one after another."""
    exporter = exporting.InMemorySpanExporter()
    monkeypatch.setattr(exporter, "shutdown", lambda: None)
    monkeypatch.setattr(tracing_module, "_otlp_exporter", lambda: exporter)
    return exporter


def finished(served: Served, spans: Any) -> list[Any]:
    """The spans made so far, oldest first."""
    served.session._tracing.provider.force_flush()  # type: ignore[union-attr]
    return list(spans.get_finished_spans())


def one(served: Served, spans: Any) -> Any:
    (span,) = eventually(lambda: finished(served, spans))
    return span


def test_spans_over_rest_are_named_as_seldons(serve_here: Serving, spans: Any) -> None:
    served = serve_here(Looks(), tracing=True)
    for method in METHODS:
        path = method.paths[0]
        if "POST" in path.verbs:
            body = {"request": NDARRAY, "reward": 1} if method.slug == "send-feedback" else NDARRAY
            assert served.post([body] if method.slug == "aggregate" else body, path.path).ok
        else:
            assert served.ask("GET", path.path).ok
    assert served.ask("GET", "/health/ping").ok
    names = [
        span.name
        for span in eventually(lambda: len(finished(served, spans)) == 9 and finished(served, spans))
    ]
    assert names == [
        *("Predict", "TransformInput", "TransformOutput", "Route", "Aggregate", "SendFeedback"),
        *("HealthStatus", "Metadata", "HealthPing"),
    ]
    assert span_name("POST", "/api/v0.1/predictions") == "Predict"
    assert span_name("GET", "/seldon.json") == "openAPI"
    assert span_name("GET", "/of/anybody/who/scans") == "GET"


def test_a_span_over_rest_continues_the_callers_trace_and_says_what_was_asked(
    serve_here: Serving, spans: Any
) -> None:
    served = serve_here(Looks(), tracing=True)
    payload = NDARRAY | {"meta": {"puid": "p1"}}
    reply = served.post(payload, headers={"traceparent": TRACEPARENT})
    assert reply.json()["jsonData"] == {"trace": TRACE}
    span = one(served, spans)
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert span.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "url.path": "/predict",
        "seldon.method": "predict",
        "seldon.puid": "p1",
        "mine": 5,
    }
    assert span.kind is trace.SpanKind.SERVER
    assert span.resource.attributes["service.name"] == "Looks"


@pytest.mark.parametrize(
    ("asked", "status", "is_fault", "kind"),
    [
        ("raise", 500, True, "ValueError"),
        ("refuse", 418, False, "seldon_workbench.errors.SeldonMicroserviceException"),
    ],
)
def test_a_failure_is_on_its_span(
    serve_here: Serving, spans: Any, asked: str, status: int, is_fault: bool, kind: str
) -> None:
    served = serve_here(Looks(), tracing=True)
    assert served.post({"strData": asked}).status_code == status
    span = one(served, spans)
    assert span.attributes["http.response.status_code"] == status
    assert span.status.is_ok is not is_fault
    (event,) = span.events
    assert event.attributes["exception.type"] == kind
    assert "in predict" in event.attributes["exception.stacktrace"]


def test_a_span_over_grpc_is_named_by_its_method_and_continues_the_callers_trace(
    serve_here: Serving, spans: Any
) -> None:
    served = serve_here(Looks(), tracing=True)
    call: Any = served.channel.unary_unary("/seldon.protos.Model/Predict")
    raw = message(**NDARRAY, meta={"puid": "p2"}).SerializeToString()
    assert TRACE.encode() in call(raw, metadata=(("traceparent", TRACEPARENT),), timeout=20)
    span = one(served, spans)
    assert (span.name, f"{span.parent.span_id:016x}") == ("/seldon.protos.Model/Predict", PARENT)
    assert span.attributes == {
        "rpc.system": "grpc",
        "rpc.method": "seldon.protos.Model/Predict",
        "rpc.grpc.status_code": 0,
        "seldon.method": "predict",
        "seldon.puid": "p2",
        "mine": 5,
    }


def test_a_failed_call_over_grpc_has_its_code(serve_here: Serving, spans: Any) -> None:
    served = serve_here(Looks(), tracing=True)
    with pytest.raises(grpc.RpcError):
        served.call("Model/Predict", message(strData="raise"))
    span = one(served, spans)
    assert (span.attributes["rpc.grpc.status_code"], span.status.is_ok) == (13, False)
    (event,) = span.events
    assert event.attributes["exception.message"] == "broken"


def test_user_code_still_runs_on_its_own_threads(serve_here: Serving, spans: Any) -> None:
    class Where:
        def predict(self, X, names=None):
            return threading.current_thread().name

    served = serve_here(Where(), tracing=True)
    assert served.post(NDARRAY).json()["strData"] == served.call("Model/Predict", message(**NDARRAY)).strData


def test_a_session_that_serves_again_notes_a_failure_once(serve_here: Serving, spans: Any) -> None:
    served = serve_here(Looks(), tracing=True)
    served.session.stop()
    served.session.load(Looks())
    url = served.session.start().rest.url
    requests.post(f"{url}/predict", json={"strData": "raise"}, timeout=20)
    span = one(served, spans)
    assert len(span.events) == 1


def test_without_tracing_nothing_of_it_is_imported() -> None:
    program = (
        "import sys; from seldon_workbench import Session\n"
        "class M:\n    def predict(self, X): return X\n"
        "s = Session(env={}, http_port=0, grpc_port=0, metrics_port=0); s.load(M); s.start(); s.stop()\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


NOT_INSTALLED = """
import sys
sys.modules["opentelemetry"] = None
from seldon_workbench import Session
from seldon_workbench.errors import MissingExtra
class M:
    def predict(self, X): return X
try:
    Session(env={}, tracing=True).load(M)
except MissingExtra as error:
    assert "seldon-workbench[tracing]" in error.hint, error.hint
else:
    raise AssertionError("nothing was missing")
"""


def test_an_extra_that_is_not_installed_is_named(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", NOT_INSTALLED], timeout=60, check=False).returncode == 0
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('not here')")
    words = ("worker_cast.Where", "--tracing", "--http-port", "0", "--grpc-port", "0", "--metrics-port", "0")
    status, log = ended(*words, PYTHONPATH=f"{tmp_path}:{Path(tracing_module.__file__).parents[2]}")
    assert (status, "seldon-workbench[tracing]" in log) == (1, True), log


# ---- with workers, to a collector ----------------------------------------------------------------


class Collector:
    """Takes spans as an OpenTelemetry collector does, over HTTP."""

    def __init__(self) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        self.spans: list[tuple[str, Any]] = []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    import gzip

                    raw = gzip.decompress(raw)
                assert self.path == "/v1/traces"
                collector.note(ExportTraceServiceRequest.FromString(raw))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def note(self, request: Any) -> None:
        for resource in request.resource_spans:
            (service,) = [
                each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
            ]
            for scope in resource.scope_spans:
                self.spans += [(service, span) for span in scope.spans]

    def names(self) -> set[tuple[str, str]]:
        """Service and name of every span so far."""
        return {(service, span.name) for service, span in self.spans}

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    yield found
    found.close()


def test_workers_send_the_spans_of_both_wires_to_a_collector(collector: Collector, tmp_path: Path) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200", "TRACING": "1"}
    jaeger = {"JAEGER_AGENT_HOST": "jaeger.example"}
    with microservice("worker_cast.Spans", "--workers", "2", folder=tmp_path, **env, **jaeger) as served:
        assert served.post(NDARRAY, headers={"traceparent": TRACEPARENT}).ok
        with grpc.insecure_channel(f"127.0.0.1:{served.grpc}") as channel:
            grpc.channel_ready_future(channel).result(timeout=20)
            call: Any = channel.unary_unary("/seldon.protos.Seldon/Predict")
            call(message(**NDARRAY).SerializeToString(), timeout=20)
        wanted = {
            ("worker_cast.Spans", name) for name in ("Predict", "/seldon.protos.Seldon/Predict", "mine")
        }
        eventually(lambda: collector.names() >= wanted)
        assert "JAEGER_AGENT_HOST is of Jaeger's own protocol" in served.log
        assert "OTEL_EXPORTER_OTLP_ENDPOINT" in served.log
    (predict,) = [span for _, span in collector.spans if span.name == "Predict"]
    assert (predict.trace_id.hex(), predict.parent_span_id.hex()) == (TRACE, PARENT)
    inner = [span for _, span in collector.spans if span.name == "mine" and span.trace_id.hex() == TRACE]
    assert [span.parent_span_id for span in inner] == [predict.span_id]


def test_the_last_spans_are_sent_when_a_worker_ends(collector: Collector, tmp_path: Path) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    words = ("worker_cast.Spans", "--tracing", "--grpc-workers", "0")
    with microservice(*words, folder=tmp_path, OTEL_SERVICE_NAME="mine", **env) as served:
        assert served.post(NDARRAY).ok
        served.process.terminate()
        assert served.process.wait(10) == 0
    assert ("mine", "Predict") in collector.names()


def test_a_collector_that_is_not_there_delays_no_request_and_not_the_end(tmp_path: Path) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with microservice("worker_cast.Spans", "--tracing", folder=tmp_path, **env) as served:
        began = time.monotonic()
        for _ in range(20):
            assert served.post(NDARRAY).ok
        assert time.monotonic() - began < 5
        served.process.terminate()
        assert served.process.wait(15) == 0


def test_tracing_is_of_one_service() -> None:
    exporter = exporting.InMemorySpanExporter()
    made = Tracing("mine", exporter)
    with made.span("x", {}, {}):
        pass
    made.stop()
    (span,) = exporter.get_finished_spans()
    assert span.resource.attributes["service.name"] == "mine"
    assert "telemetry.sdk.name" in span.resource.attributes
