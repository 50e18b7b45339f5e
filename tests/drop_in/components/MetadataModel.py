"""Metadata in its second form."""

import logging


class MetadataModel:
    def init_metadata(self):
        logging.info("metadata called")
        return {
            "name": "model-name",
            "versions": ["model-version"],
            "platform": "platform-name",
            "inputs": [{"name": "input", "datatype": "BYTES", "shape": [1]}],
            "outputs": [{"name": "output", "datatype": "BYTES", "shape": [1]}],
            "custom": {"author": "seldon-dev"},
        }

    def predict(self, X, features_names=None):
        return X
