"""Components that tell what happens to them in worker processes. Imports nothing but the standard library."""

import logging
import os
import queue
import threading
import time
import warnings
from concurrent import futures
from pathlib import Path


class Where:
    """Notes where it is constructed and loaded; answers with the process it runs in."""

    def __init__(self, diary=""):
        self.diary = diary
        self.note("construct")

    def load(self):
        self.note("load")

    def note(self, event):
        if self.diary:
            with Path(self.diary).open("a") as diary:
                diary.write(f"{event} {os.getpid()}\n")

    def predict(self, X, names=None, meta=None):
        return {"pid": os.getpid(), "thread": threading.current_thread().name}

    def metrics(self):
        return [{"type": "COUNTER", "key": "asked", "value": 1}]


class Sleeper:
    """Takes as many seconds as it is sent, and counts."""

    def predict(self, X, names=None):
        time.sleep(float(X))
        return "slept"

    def metrics(self):
        return [{"type": "COUNTER", "key": "asked", "value": 1}]


class FailsToLoad:
    def load(self):
        raise RuntimeError("the weights are missing")

    def predict(self, X):
        return X


class LoadsForever(Where):
    def load(self):
        self.note("load")
        time.sleep(600)

    def predict(self, X):
        return X


class Fragile:
    """Ends its process when it is told to."""

    def predict(self, X, names=None):
        if X == "die":
            os._exit(1)
        return X


class Scaled:
    def __init__(self, factor=1, offset=0.0):
        self.factor, self.offset = factor, offset

    def predict(self, X):
        return X * self.factor + self.offset


class HeaderReader:
    def predict(self, X):
        import flask

        return flask.request.headers["X-Tenant"]


class Talker:
    """Logs, warns and raises."""

    def predict(self, X, names=None):
        logging.getLogger("users.own").info("was asked for %s", X)
        logging.getLogger("users.own").debug("whispers")
        warnings.warn("careful", stacklevel=1)
        if isinstance(X, str) and X == "raise":
            raise RuntimeError("asked to")
        return "talked"


class Spans:
    """Makes a span of its own."""

    def predict(self, X, names=None):
        from opentelemetry import trace

        with trace.get_tracer(__name__).start_as_current_span("mine"):
            return X


class Aside(Where):
    """Has a custom service: it waits, returns or raises."""

    def __init__(self, diary="", how="wait"):
        super().__init__(diary)
        self.how = how

    def custom_service(self):
        self.note("custom")
        if self.how == "raise":
            raise RuntimeError("no port for me")
        if self.how == "return":
            return
        try:
            while True:
                time.sleep(60)
        finally:
            self.note("tidied")


class Echo:
    """Answers with what it is sent; with so many letters, where that is a number."""

    def predict(self, X, names=None):
        return X if isinstance(X, str) else "x" * int(X)


class BreaksInConstructor:
    def __init__(self):
        raise TypeError("no weights here")

    def predict(self, X):
        return X


class LoadsSlowly:
    def load(self):
        time.sleep(3.5)

    def predict(self, X):
        return X


class _Engine:
    """A framework with a thread and a lock, of those that hang or lie in a process forked later."""

    def __init__(self):
        self.pid = os.getpid()
        self.jobs, self.done = queue.Queue(), queue.Queue()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        while True:
            self.done.put(self.jobs.get() * 2)

    def double(self, number):
        assert os.getpid() == self.pid, "forked after it was initialised"
        assert self.thread.is_alive(), "its thread stayed in another process"
        self.jobs.put(number)
        return self.done.get(timeout=10)


class HasEngine:
    def __init__(self):
        self.engine = _Engine()
        self.lock = threading.Lock()

    def load(self):
        assert self.engine.double(1) == 2

    def predict(self, X, names=None):
        with self.lock:
            return {"pid": os.getpid(), "double": self.engine.double(int(X))}


class HasLibraries:
    """gRPC with a server and a channel of its own, and OpenMP: both are known to hang after a fork."""

    def __init__(self):
        import grpc

        def handle(raw, context):
            return raw + raw

        handler = grpc.unary_unary_rpc_method_handler(handle)
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        self.server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("own", {"Twice": handler})]
        )
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")

    def load(self):
        import numpy as np
        from sklearn.ensemble import HistGradientBoostingClassifier

        X = np.arange(400.0).reshape(200, 2)
        self.model = HistGradientBoostingClassifier(max_iter=5).fit(X, X[:, 0] > 200)

    def predict(self, X, names=None):
        twice = self.channel.unary_unary("/own/Twice")(b"ab", timeout=10)
        return {
            "pid": os.getpid(),
            "twice": twice.decode(),
            "class": bool(self.model.predict([[399.0, 1.0]])[0]),
        }
