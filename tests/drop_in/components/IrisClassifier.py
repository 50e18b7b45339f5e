"""A fitted model, read from a file in load(), with class names."""

import os

import joblib


class IrisClassifier:
    def __init__(self, model_file="iris.joblib"):
        self.model_file = model_file

    def load(self):
        self.model = joblib.load(os.path.join(os.path.dirname(__file__), "..", self.model_file))

    def predict(self, X, features_names=None, meta=None):
        return self.model.predict_proba(X)

    def class_names(self):
        return ["setosa", "versicolor", "virginica"]
