"""Builds its session in load(), in the process and the thread that serve it."""

import os
import threading

import numpy as np


class Session:
    """Stands in for a framework that breaks when it is forked, or used from another process."""

    def __init__(self):
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.weights = np.eye(784)[:, :10]

    def run(self, X):
        assert os.getpid() == self.pid, "this session was forked"
        with self.lock:
            return X @ self.weights


class DeepMnist(object):
    def __init__(self):
        self.loaded = False

    def load(self):
        self.session = Session()
        self.class_names = ["class:{}".format(i) for i in range(10)]
        self.loaded = True

    def predict(self, X, feature_names):
        return self.session.run(X)
