"""One component for all service types, that shows what it was given."""

from seldon_core.user_model import SeldonComponent, client_custom_metrics  # noqa: F401


class Everything(SeldonComponent):
    def predict(self, X, names, meta=None):
        return {"X": str(type(X).__name__), "names": names, "meta": meta}

    def transform_input(self, X, names, meta=None):
        return X

    def transform_output(self, X, names, meta=None):
        return X

    def route(self, X, names, meta=None):
        return 0

    def aggregate(self, Xs, names):
        return Xs[0]

    def send_feedback(self, X, names, reward, truth, routing=None):
        return [reward]
