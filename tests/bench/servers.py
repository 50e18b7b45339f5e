"""The servers of the benchmark: how each is started, where it answers, what it speaks."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import messages
import samples
from processes import Ports

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent.parent
STATE = ROOT / ".bench"
"""Environments, bodies and logs; ignored by git."""

OWN_BIN = Path(sys.executable).parent
OWN_COMMAND = (str(OWN_BIN / "seldon-workbench"), "serve", "tests/bench/identity.py:Identity")
"""Ours under gunicorn, started from the repository root; `own_flags` follow."""

OWN_PACKAGES = ("flask", "gunicorn", "waitress", "grpcio", "protobuf", "numpy", "orjson")


@dataclass(frozen=True, slots=True)
class Server:
    """One server: a command, and the doors it answers at."""

    key: str
    title: str
    python: Path
    """The interpreter it runs under."""
    command: Callable[[Ports], list[str]]
    form: samples.Form | None = None
    """The JSON form of its REST door; None: it has none (or it is not measured)."""
    path: str = ""
    rpc: str | None = None
    """The gRPC method; None: it has none (or it is not measured)."""
    cwd: Path | None = None
    """None: an empty folder."""
    environment: Callable[[Ports], Mapping[str, str]] = lambda ports: {}
    packages: tuple[str, ...] = ()
    """Whose versions the report shows."""

    @property
    def transports(self) -> tuple[str, ...]:
        """REST, gRPC or both."""
        return ("REST",) * (self.form is not None) + ("gRPC",) * (self.rpc is not None)


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's server, which needs an environment of its own."""

    key: str
    requirements: tuple[str, ...]
    server: Callable[[Path], Server] = field(repr=False)
    """The server, given the environment's `bin` folder."""


def own_flags(ports: Ports) -> list[str]:
    """The ports and the single worker."""
    return [
        *("--http-port", str(ports.http), "--grpc-port", str(ports.grpc)),
        *("--metrics-port", str(ports.metrics), "--workers", "1"),
    ]


def workbench() -> Server:
    """Ours, one gunicorn worker."""
    return Server(
        key="workbench",
        title="seldon-workbench, gunicorn worker",
        python=Path(sys.executable),
        command=lambda ports: [*OWN_COMMAND, *own_flags(ports)],
        form=samples.SELDON,
        path="/api/v1.0/predictions",
        rpc=messages.PREDICT,
        cwd=ROOT,
        packages=("seldon-workbench", *OWN_PACKAGES),
    )


def kernel() -> Server:
    """Ours, served by a Session inside the process that made it."""
    script = str(BENCH / "kernel.py")
    return Server(
        key="kernel",
        title="seldon-workbench, in-process",
        python=Path(sys.executable),
        command=lambda ports: [sys.executable, script, *own_flags(ports)[:-2]],
        form=samples.SELDON,
        path="/api/v1.0/predictions",
        cwd=ROOT,
        packages=("seldon-workbench", *OWN_PACKAGES),
    )


def echo() -> Server:
    """The limit of gRPC."""
    script = str(BENCH / "peers" / "echo_grpc.py")
    return Server(
        key="echo",
        title="raw-bytes gRPC echo (limit)",
        python=Path(sys.executable),
        command=lambda ports: [sys.executable, script, str(ports.grpc)],
        rpc=messages.PREDICT,
        packages=("grpcio",),
    )


def _seldon(folder: Path) -> Server:
    program = str(folder / "seldon-core-microservice")
    return Server(
        key="seldon",
        title="seldon-core 1.18.2",
        python=folder / "python",
        command=lambda ports: [program, "identity.Identity", *own_flags(ports)],
        form=samples.SELDON,
        path="/api/v1.0/predictions",
        rpc=messages.PREDICT,
        cwd=BENCH,
        packages=("seldon-core", *OWN_PACKAGES, "werkzeug"),
    )


def _fastapi(folder: Path) -> Server:
    command = [str(folder / "uvicorn"), "--app-dir", str(BENCH / "peers"), "--no-access-log"]
    return Server(
        key="fastapi",
        title="FastAPI + uvicorn + orjson",
        python=folder / "python",
        command=lambda ports: [*command, "--port", str(ports.http), "fastapi_app:app"],
        form=samples.V1,
        path="/predict",
        packages=("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "orjson", "numpy"),
    )


def _kserve(folder: Path) -> Server:
    script = str(BENCH / "peers" / "kserve_app.py")
    return Server(
        key="kserve",
        title="KServe 0.21 (v1 JSON)",
        python=folder / "python",
        command=lambda ports: [str(folder / "python"), script, str(ports.http)],
        form=samples.V1,
        path="/v1/models/identity:predict",
        packages=("kserve", "fastapi", "uvicorn", "uvloop", "httptools", "orjson"),
    )


def _mlserver(folder: Path) -> Server:
    def environment(ports: Ports) -> dict[str, str]:
        return {
            "PYTHONPATH": str(BENCH / "peers"),
            "MLSERVER_MODEL_NAME": "identity",
            "MLSERVER_MODEL_IMPLEMENTATION": "mlserver_app.Identity",
            "MLSERVER_PARALLEL_WORKERS": "0",
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": str(ports.http),
            "MLSERVER_GRPC_PORT": str(ports.grpc),
            "MLSERVER_METRICS_PORT": str(ports.metrics),
        }

    return Server(
        key="mlserver",
        title="MLServer 1.7.1 (v2 JSON)",
        python=folder / "python",
        command=lambda ports: [str(folder / "mlserver"), "start", "."],
        form=samples.V2,
        path="/v2/models/identity/infer",
        environment=environment,
        packages=("mlserver", "fastapi", "uvicorn", "uvloop", "orjson", "pydantic"),
    )


PEERS = (
    Peer("seldon", ("seldon-core==1.18.2", "setuptools<81", "numpy<2"), _seldon),
    Peer("fastapi", ("fastapi", "uvicorn[standard]", "orjson", "numpy"), _fastapi),
    Peer("kserve", ("kserve==0.21.*",), _kserve),
    Peer("mlserver", ("mlserver==1.7.1",), _mlserver),
)
