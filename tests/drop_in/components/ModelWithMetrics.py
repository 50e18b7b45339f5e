"""One metric of each type for every call, one only for this one."""

from seldon_core.metrics import create_counter, create_gauge, create_timer
from seldon_core.user_model import SeldonResponse


class ModelWithMetrics:
    def predict(self, X, features_names=None):
        return SeldonResponse(data=X, metrics=[create_counter("rows", len(X))], tags={"rows": len(X)})

    def metrics(self):
        return [create_counter("mycounter", 1), create_gauge("mygauge", 100), create_timer("mytimer", 20.2)]

    def tags(self):
        return {"system": "production", "rows": "overridden"}
