"""Components that tell what happens to them in worker processes. Imports nothing but the standard library."""

import logging
import os
import threading
import time
import warnings
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
