"""Components with model metadata of every sort, one prediction hook each."""

from typing import Any

from seldon_core.user_model import SeldonComponent


class Identity:
    """Returns what it is given."""

    def predict(self, X: Any, names: Any) -> Any:
        return X


class MetadataV1(Identity):
    """Inputs and outputs in the first form."""

    def init_metadata(self) -> Any:
        schema = {"names": ["a", "b"], "shape": [4]}
        return {
            "name": "first",
            "versions": ["v1", "v1.1"],
            "platform": "seldon",
            "inputs": [{"messagetype": "tensor", "schema": schema}, {"messagetype": "strData"}],
            "outputs": [{"messagetype": "jsonData", "schema": {"type": "object"}}, {"messagetype": "own"}],
        }


class MetadataV2(Identity):
    """Inputs and outputs in the second form."""

    def init_metadata(self) -> Any:
        return {
            "name": "second",
            "versions": ["v"],
            "platform": "p",
            "inputs": [{"name": "i", "datatype": "BYTES", "shape": [1, 2]}, {}],
            "outputs": [{"name": "o", "datatype": "FP32", "shape": [-1]}],
            "custom": {"author": "é"},
        }


class MetadataPartial(Identity):
    """Only a name."""

    def init_metadata(self) -> Any:
        return {"name": "only"}


class MetadataNone(Identity):
    """Metadata that is None."""

    def init_metadata(self) -> Any:
        return None


class MetadataInvalid(Identity):
    """Metadata with an unknown key."""

    def init_metadata(self) -> Any:
        return {"name": "n", "unknown": 1}


class MetadataBadType(Identity):
    """Metadata whose datatype does not exist."""

    def init_metadata(self) -> Any:
        return {"inputs": [{"name": "i", "datatype": "FLOAT"}]}


class MetadataAlias(SeldonComponent):
    """Metadata from a method called metadata, as a page of the documentation suggests."""

    def metadata(self) -> Any:
        return {"name": "alias"}

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return X
