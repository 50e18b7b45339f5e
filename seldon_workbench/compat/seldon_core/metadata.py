"""``seldon_core.metadata``: what a component may say about itself."""

import dataclasses
from typing import Any

from seldon_workbench.compat import process
from seldon_workbench.errors import BadMetadata as SeldonInvalidMetadataError
from seldon_workbench.metadata import ModelMetadata

__all__ = ["SeldonInvalidMetadataError", "validate_model_metadata"]


def validate_model_metadata(data: dict[str, Any]) -> dict[str, Any]:
    """The metadata laid over the defaults. Raises SeldonInvalidMetadataError."""
    if not isinstance(data, dict):
        raise SeldonInvalidMetadataError(f"metadata is {data!r}, which is no dict")
    # These metadata alone: what MODEL_METADATA lays over them is no part of them.
    unit = dataclasses.replace(process.unit(), metadata=None)
    return ModelMetadata.from_sources(data, unit).to_dict()
