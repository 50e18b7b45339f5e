"""An outlier detector: passes its input on and marks it."""

import numpy as np
from seldon_core.user_model import SeldonComponent


class Outliers(SeldonComponent):
    def __init__(self, threshold=3.0):
        super().__init__()
        self.threshold = threshold
        self.outliers = []

    def transform_input(self, X, feature_names, meta=None):
        self.outliers = [bool(each) for each in np.abs(X).max(axis=1) > self.threshold]
        return X

    def tags(self):
        return {"is_outlier": self.outliers}

    def metrics(self):
        return [{"type": "COUNTER", "key": "outliers", "value": sum(self.outliers)}]
