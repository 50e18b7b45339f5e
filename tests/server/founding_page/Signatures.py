# ruff: noqa: E501, RUF013, UP006, UP007, UP035
# fmt: off
# The page gives these methods as signatures only; the bodies are the shortest there are.
from typing import Dict, Iterable, List, Union

import numpy as np


class Named:
    def predict(self, X: np.ndarray, names: Iterable[str], meta: Dict = None) -> Union[np.ndarray, List, str, bytes]:
        return X

    def class_names(self) -> Iterable[str]:
        return ["setosa", "versicolor"]


class Transformer:
    def transform_input(self, X: np.ndarray, names: Iterable[str], meta: Dict = None) -> Union[np.ndarray, List, str, bytes]:
        return X + 1

    def transform_output(self, X: np.ndarray, names: Iterable[str], meta: Dict = None) -> Union[np.ndarray, List, str, bytes]:
        return X * 10


class Combiner:
    def aggregate(self, features_list: List[Union[np.ndarray, str, bytes]], feature_names_list: List) -> Union[np.ndarray, List, str, bytes]:
        return np.concatenate(features_list)


class Router:
    def route(self, features: Union[np.ndarray, str, bytes], feature_names: Iterable[str]) -> int:
        return 1 if features.sum() > 10 else 0


class Quiet:
    def predict(self, X, features_names):
        return X

    def metrics(self):
        return []
