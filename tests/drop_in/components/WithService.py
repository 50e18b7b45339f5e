"""Answers on a port of its own beside Seldon's."""

import os

from flask import Flask


class WithService:
    def __init__(self, port):
        self.port = port

    def load(self):
        self.loaded = True

    def predict(self, X, names):
        return [os.getpid()]

    def custom_service(self):
        app = Flask("custom")

        @app.route("/custom")
        def custom():
            return f"{os.getpid()} {hasattr(self, 'loaded')}"

        app.run(port=self.port)
