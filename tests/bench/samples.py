"""The numbers every server is sent (S, M, L) in each protocol's JSON, and the check that they came back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One array and the payload kind it travels in under Seldon's protocol."""

    name: str
    kind: str
    """`ndarray` or `tensor`; the other protocols have one form only."""
    array: Array


@dataclass(frozen=True, slots=True)
class Form:
    """A protocol's JSON: how a sample is written, and the array a reply carries."""

    body: Callable[[Sample], str]
    array_of: Callable[[Any], Array]


def all_samples() -> Mapping[str, Sample]:
    """S (76 bytes of JSON), M (1.0 MB) and L (3.05 MB); the same numbers in every run."""
    random = np.random.default_rng(0)
    return {
        "S": Sample("S", "ndarray", np.array([[1.0, 2.0, 3.0, 4.0]])),
        "M": Sample("M", "tensor", random.random((64, 784))),
        "L": Sample("L", "tensor", random.random((1, 3, 224, 224))),
    }


def equals(array: Array, sample: Sample) -> bool:
    """Whether shape and every value are those that were sent."""
    return array.shape == sample.array.shape and bool(np.array_equal(array, sample.array))


def _seldon_body(sample: Sample) -> str:
    if sample.kind == "ndarray":
        return json.dumps({"data": {"names": ["a", "b", "c", "d"], "ndarray": sample.array.tolist()}})
    tensor = {"shape": sample.array.shape, "values": sample.array.ravel().tolist()}
    return json.dumps({"data": {"tensor": tensor}})


def _seldon_array(reply: Any) -> Array:
    data = reply["data"]
    if "ndarray" in data:
        return np.array(data["ndarray"], dtype=np.float64)
    return np.array(data["tensor"]["values"], dtype=np.float64).reshape(data["tensor"]["shape"])


def _v1_body(sample: Sample) -> str:
    return json.dumps({"instances": sample.array.tolist()})


def _v1_array(reply: Any) -> Array:
    return np.array(reply["predictions"], dtype=np.float64)


def _v2_body(sample: Sample) -> str:
    values = sample.array.ravel().tolist()
    tensor = {"name": "x", "shape": sample.array.shape, "datatype": "FP64", "data": values}
    return json.dumps({"inputs": [tensor]})


def _v2_array(reply: Any) -> Array:
    tensor = reply["outputs"][0]
    return np.array(tensor["data"], dtype=np.float64).reshape(tensor["shape"])


SELDON = Form(_seldon_body, _seldon_array)
V1 = Form(_v1_body, _v1_array)
V2 = Form(_v2_body, _v2_array)
