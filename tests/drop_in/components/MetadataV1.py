"""Metadata in its first form, for a component that takes JSON."""

from seldon_core.user_model import SeldonComponent


class MetadataV1(SeldonComponent):
    def predict(self, X, names, meta=None):
        return {"sum": sum(X["numbers"])}

    def init_metadata(self):
        schema = {"type": "object", "properties": {"numbers": {"type": "array"}}}
        return {
            "name": "adder",
            "versions": ["v1"],
            "inputs": [{"messagetype": "jsonData", "schema": schema}],
            "outputs": [{"messagetype": "jsonData"}],
        }
