"""The iris example as a component: a scikit-learn pipeline behind Seldon's interface."""

import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class IrisClassifier:
    """Classifies irises by the lengths and widths of their leaves, in cm."""

    def __init__(self, regularization=1.0):
        self.regularization = regularization

    def load(self):
        """Train; a real component would read its model from a file here."""
        iris = load_iris()
        self.model = make_pipeline(StandardScaler(), LogisticRegression(C=self.regularization))
        self.model.fit(iris.data, iris.target)
        self.species = [str(name) for name in iris.target_names]

    def predict(self, X, names, meta=None):
        """Probability of each species; X has shape (n, 4)."""
        return self.model.predict_proba(np.asarray(X, dtype=float))

    def class_names(self):
        return self.species

    def tags(self):
        return {"model": "iris", "regularization": self.regularization}

    def metrics(self):
        return [{"type": "COUNTER", "key": "iris_predictions", "value": 1}]

    def init_metadata(self):
        return {
            "name": "iris",
            "versions": ["v1"],
            "platform": "sklearn",
            "inputs": [{"name": "leaves", "datatype": "FP64", "shape": [-1, 4]}],
            "outputs": [{"name": "probabilities", "datatype": "FP64", "shape": [-1, 3]}],
        }
