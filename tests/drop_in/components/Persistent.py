"""Remembers what it has seen beyond its own life, in a file that a thread writes."""

import os
import pickle
import threading


class Persistent:
    def __init__(self, path):
        self.path = path
        self.seen = 0

    def load(self):
        if os.path.exists(self.path):
            with open(self.path, "rb") as file:
                self.seen = pickle.load(file)
        self.changed = threading.Event()
        self.saved = threading.Event()
        threading.Thread(target=self.save, daemon=True).start()

    def save(self):
        while self.changed.wait():
            self.changed.clear()
            with open(self.path + ".new", "wb") as file:
                pickle.dump(self.seen, file)
            os.replace(self.path + ".new", self.path)
            self.saved.set()

    def predict(self, X, names):
        self.seen += 1
        self.saved.clear()
        self.changed.set()
        assert self.saved.wait(5)
        return [self.seen]
