"""The document of every component is OpenAPI, says the validator of the specification."""

from typing import Any

import pytest
from components import BareComponent, Everything, Identity, ModelWithMetadata, Nothing
from openapi_spec_validator import OpenAPIV30SpecValidator

from .serving import Serving


class Described(Identity):
    """Says all that can be said of inputs and outputs, in both forms."""

    def __init__(self, inputs: Any) -> None:
        self.inputs = inputs

    def init_metadata(self) -> dict[str, Any]:
        return {"name": 'a "name" / {of} ~ its own', "inputs": self.inputs, "outputs": self.inputs}


INPUTS: list[list[dict[str, Any]]] = [
    [{}],
    [{"shape": []}],
    [{"name": "i", "datatype": "BOOL", "shape": [2, -1, 3]}],
    [{"name": kind, "datatype": kind, "shape": [1]} for kind in ("INT8", "UINT64", "FP16", "BYTES")],
    [{"messagetype": "tensor", "schema": {"names": ["a", "b"]}}],
    [{"messagetype": "jsonData", "schema": {"type": ["object"], "$ref": "#/nowhere"}}],
    [{"messagetype": "strData"}, {"messagetype": "binData"}],
    [{"messagetype": "own", "schema": {"date": float("nan")}}],
]


@pytest.mark.parametrize("component", [BareComponent, Everything, Identity, ModelWithMetadata, Nothing])
def test_the_document_of_a_component_is_valid(serve_here: Serving, component: type) -> None:
    OpenAPIV30SpecValidator(serve_here(component).ask("GET", "/seldon.json").json()).validate()


@pytest.mark.parametrize("inputs", INPUTS, ids=str)
def test_the_document_is_valid_whatever_the_metadata_say(serve_here: Serving, inputs: Any) -> None:
    served = serve_here(Described(inputs), max_body=10_000, metrics_path="/prometheus")
    OpenAPIV30SpecValidator(served.ask("GET", "/seldon.json").json()).validate()


def test_under_payload_passthrough_too(serve_here: Serving) -> None:
    served = serve_here(Identity, payload_passthrough=True)
    OpenAPIV30SpecValidator(served.ask("GET", "/seldon.json").json()).validate()
