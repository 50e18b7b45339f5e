"""One component being served, and the servers of one process by name.

Rule: this is all that a face (magic, command line, later panel and TUI) holds. Faces draw it; they
never extend it.
"""

import dataclasses
import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from seldon_workbench.addresses import Addresses
from seldon_workbench.coroutines import awaited
from seldon_workbench.dispatch import Dispatcher, Exchange
from seldon_workbench.errors import (
    SessionStateError,
    TargetNotFound,
    UsageProblem,
    WorkbenchError,
    one_of,
)
from seldon_workbench.example import example_of
from seldon_workbench.methods import BY_NAME, METADATA, SEND_FEEDBACK, Method
from seldon_workbench.metrics import MetricStore
from seldon_workbench.server.client import Reply, call_grpc, call_rest
from seldon_workbench.server.host import Host, Ports
from seldon_workbench.server.json_text import dump
from seldon_workbench.server.status import http_status, status_body
from seldon_workbench.server.wires import REST, REST_FEEDBACK
from seldon_workbench.settings import Settings, read_parameters
from seldon_workbench.target import Built, Target, build, find
from seldon_workbench.threads import Busy, WorkerThreads

if TYPE_CHECKING:
    from seldon_workbench.server.tracing import Tracing

__all__ = ["Session", "Sessions", "Snapshot", "State"]


logger = logging.getLogger(__name__)


class State(Enum):
    """How far a session is."""

    EMPTY = "empty"
    LOADED = "loaded"
    SERVING = "serving"


_NEEDS: Mapping[str, tuple[tuple[State, ...], str]] = {
    "load": ((State.EMPTY, State.LOADED), "stop() it first, or load into another session"),
    "start": ((State.LOADED,), "load(target) comes first, and only once"),
    "call": ((State.LOADED, State.SERVING), "load(target) comes first"),
    "wait": ((State.SERVING,), "start() comes first"),
}
"""The states each command is allowed in, and what to do in any other."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session at one moment."""

    name: str
    target: str
    state: State
    addresses: Addresses | None
    since: float | None
    """When it began to serve: seconds since the epoch."""
    answered: int
    """Requests answered, failures included."""
    failed: int
    threads: int
    hooks: tuple[str, ...]
    """The methods the component implements."""
    busy: tuple[Busy, ...]
    """What is in user code now."""


class Session:
    """Everything the workbench knows and can do about one component."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        name: str = "",
        env: Mapping[str, str] | None = None,
        **flags: Any,
    ) -> None:
        """``flags`` are fields of Settings; they win over ``env``, which is this process' by default."""
        if settings is None:
            settings = Settings.from_env(os.environ if env is None else env, **flags)
        elif flags:
            settings = dataclasses.replace(settings, **flags, asked=settings.asked | flags.keys())
        self.settings = settings
        self._name = name
        self._state = State.EMPTY
        self._target: Target | None = None
        self._dispatcher: Dispatcher | None = None
        self._tracing: Tracing | None = None
        self._host: Host | None = None
        self._addresses: Addresses | None = None
        self._ports: Ports | None = None
        self._example: tuple[str, str] | None = None
        self._since: float | None = None
        self._ended = threading.Event()
        self._subscribers: list[Callable[[Exchange], None]] = []

    @property
    def name(self) -> str:
        """What the session is called: as it was asked to be, or after its component."""
        return self._name or (self._target.name if self._target else "")

    @property
    def ports(self) -> Ports | None:
        """The ports it serves on, if it does."""
        return self._ports

    def load(
        self,
        target: object,
        parameters: str | Mapping[str, Any] | Iterable[object] = (),
        *,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        """Find, construct and load a component, on the thread that will run it.

        ``parameters`` are constructor arguments: a mapping, or Seldon's typed list, or its JSON.
        Raises TargetNotFound, TargetInvalid, BadParameter, LoadFailed.
        """
        self._require("load")
        arguments = read_parameters(parameters)
        workers = WorkerThreads(self.settings.threads, "seldon-worker")
        try:
            self._trace(target)
            found = workers.run(find, target, namespace)
            built = workers.run(build, found, arguments, self.settings.unit)
        except BaseException:
            workers.stop(0.0)
            raise
        self._unload()
        self._target = found
        self._example = _example(built)
        self._dispatcher = self._dispatch(built, workers)
        self._state = State.LOADED

    def start(self, *, replacing: "Session | None" = None) -> Addresses:
        """Bind every listener, or none, and serve. Raises PortInUse.

        A session that is being replaced is stopped once this one is ready to take its ports.
        """
        self._require("start")
        assert self._dispatcher is not None
        host = Host(self._dispatcher, self.settings, self.name, self._tracing)
        replaced = replacing.ports if replacing else None
        if replaced is not None:
            host.check(replaced)
        if replacing is not None:
            replacing.stop()
        self._ports = host.start(replaced)
        self._host = host
        ports = dataclasses.asdict(self._ports)
        addresses = Addresses.of(
            self.settings.host,
            ports,
            self.settings.metrics_path,
            is_secure=self.settings.ssl_certfile is not None,
        )
        self._addresses = dataclasses.replace(addresses, example=self._example)
        self._since = time.time()
        self._ended.clear()
        self._state = State.SERVING
        self._start_custom_service(self._dispatcher.component.subject)
        return self._addresses

    def stop(self, grace: float = 1.0) -> list[Busy]:
        """Stop serving; the ports are free afterwards. What is returned still hangs in user code."""
        hung: list[Busy] = []
        if self._host is not None:
            hung = self._host.stop(grace)
        elif self._dispatcher is not None:
            hung = self._dispatcher.workers.stop(grace)
        if self._tracing is not None:
            self._tracing.stop()
            self._subscribers.remove(self._tracing.note)
        self._host = self._dispatcher = self._addresses = self._ports = self._tracing = None
        self._state = State.EMPTY
        self._ended.set()
        return hung

    def wait(self, seconds: float = math.inf) -> bool:
        """Block until the session is stopped, or for a while; whether it is. Ctrl-C stops it."""
        self._require("wait")
        deadline = time.monotonic() + seconds
        try:
            # An Event waited for without a timeout would not see Ctrl-C on Windows.
            while not self._ended.wait(min(0.5, max(0.0, deadline - time.monotonic()))):
                if time.monotonic() >= deadline:
                    return False
        except KeyboardInterrupt:
            self.stop()
        return True

    def call(self, method: str, payload: Any = None, via: str = "direct") -> Reply:
        """Call a method with a payload in Seldon's JSON form: ``direct``, or over ``rest`` or ``grpc``."""
        self._require("call")
        row = _row(method)
        if via == "direct":
            assert self._dispatcher is not None
            return _call_direct(self._dispatcher, row, payload)
        if self._addresses is None or self._addresses.grpc is None:
            raise SessionStateError(f"{self.name} does not serve yet", hint="start() comes first")
        trust = self.settings.ssl_certfile
        if via == "rest":
            return call_rest(self._addresses.rest.url, row, payload, trust=trust)
        return call_grpc(self._addresses.grpc.target, row, payload, trust=trust)

    def snapshot(self) -> Snapshot:
        """The session as it is now."""
        dispatcher = self._dispatcher
        return Snapshot(
            name=self.name,
            target=self._target.text if self._target else "",
            state=self._state,
            addresses=self._addresses,
            since=self._since if self._state is State.SERVING else None,
            answered=dispatcher.answered if dispatcher else 0,
            failed=dispatcher.failed if dispatcher else 0,
            threads=self.settings.threads,
            hooks=dispatcher.component.implemented if dispatcher else (),
            busy=tuple(dispatcher.workers.busy()) if dispatcher else (),
        )

    def subscribe(self, callback: Callable[[Exchange], None]) -> Callable[[], None]:
        """Be told of every exchange, on the thread that answered it; the result ends that."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def _dispatch(self, built: Built, workers: WorkerThreads) -> Dispatcher:
        return Dispatcher(
            built.component,
            settings=self.settings,
            metadata=built.metadata,
            metrics=MetricStore(self.settings.unit, worker_id=str(os.getpid())),
            workers=workers,
            subscribers=self._subscribers,
        )

    def _start_custom_service(self, subject: object) -> None:
        """Run what the component serves besides, in a thread that ends with the process."""
        service = getattr(subject, "custom_service", None)
        if not callable(service):
            return

        def run() -> None:
            try:
                awaited(service())
            except Exception:
                logger.exception("custom_service() failed")

        threading.Thread(target=run, name=f"seldon-custom-{self.name}", daemon=True).start()

    def _trace(self, target: object) -> None:
        """Begin to make spans, if the settings say so. Raises MissingExtra."""
        if self.settings.tracing and self._tracing is None:
            from seldon_workbench.server.tracing import Tracing

            name = target if isinstance(target, str) else getattr(target, "__name__", type(target).__name__)
            self._tracing = Tracing.of_settings(name, self.settings)
            self._subscribers.append(self._tracing.note)

    def _unload(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.workers.stop(0.0)

    def _require(self, command: str) -> None:
        states, hint = _NEEDS[command]
        if self._state not in states:
            raise SessionStateError(
                f"{command} is not possible: the session is {self._state.value}", hint=hint
            )


class Sessions:
    """The sessions of one process, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._by_name.values()))

    def serve(
        self,
        target: object,
        parameters: Any,
        settings: Settings,
        *,
        name: str = "",
        namespace: Mapping[str, Any] | None = None,
    ) -> Session:
        """Serve a component under a name. One that runs under it is replaced, on its ports.

        The new component is loaded first: if that fails, the old one goes on serving.
        """
        session = Session(settings, name=name)
        session.load(target, parameters, namespace=namespace)
        try:
            session.start(replacing=self._by_name.get(session.name))
        except BaseException:
            session.stop(0.0)
            raise
        self._by_name[session.name] = session
        return session

    def stop(self, name: str = "", grace: float = 1.0) -> list[tuple[Session, list[Busy]]]:
        """Stop one session, or all; each with the calls that still hang. Raises TargetNotFound."""
        if name and name not in self._by_name:
            running = ", ".join(self._by_name) or "none"
            raise TargetNotFound(f"no server is called {name!r}", hint=f"running: {running}")
        names = [name] if name else list(self._by_name)
        stopped = [self._by_name.pop(each) for each in names]
        return [(session, session.stop(grace)) for session in stopped]


def _example(built: Built) -> tuple[str, str] | None:
    example = example_of(built)
    if example is None:
        return None
    method, payload = example
    return method.paths[0].path, json.dumps(payload, separators=(",", ":"))


def _row(method: str) -> Method:
    try:
        return BY_NAME[method.replace("-", "_")]
    except KeyError:
        raise UsageProblem(f"there is no method {method!r}", hint=f"use {one_of(tuple(BY_NAME))}") from None


def _call_direct(dispatcher: Dispatcher, method: Method, payload: Any) -> Reply:
    """Call a component through the REST wire's codec, without a socket."""
    started = time.perf_counter()
    codec = REST_FEEDBACK if method is SEND_FEEDBACK else REST
    try:
        if method is METADATA:
            body = dump(dispatcher.metadata().to_dict())
        else:
            body = dispatcher.call(method, json.dumps(payload), codec)
        code = 200
    except WorkbenchError as failure:
        body, code = status_body(failure), http_status(failure)
    return Reply(json.loads(body), str(code), time.perf_counter() - started)
