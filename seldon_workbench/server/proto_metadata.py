"""Model metadata as protobuf."""

from typing import Any

from seldon_workbench.errors import BadMetadata
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.server import wire
from seldon_workbench.server.proto_codec import UNSENDABLE
from seldon_workbench.server.proto_values import write_value

__all__ = ["encode_metadata"]


def encode_metadata(metadata: ModelMetadata) -> bytes:
    """Model metadata as a serialized SeldonModelMetadata. Raises BadMetadata for what proto cannot hold."""
    message = wire.SeldonModelMetadata()
    try:
        message.name, message.platform = metadata.name, metadata.platform
        message.versions.extend(metadata.versions)
        message.custom.update(metadata.custom)
        for items, given in ((message.inputs, metadata.inputs), (message.outputs, metadata.outputs)):
            for entry in given:
                _write_item(items.add(), entry)
        return bytes(message.SerializeToString())
    except UNSENDABLE as error:
        raise BadMetadata(f"Model metadata unavailable over gRPC: {error}") from error


def _write_item(item: Any, given: Any) -> None:
    item.name = given.get("name", "")
    item.datatype = given.get("datatype", "")
    item.messagetype = given.get("messagetype", "")
    item.shape.extend(int(length) for length in given.get("shape", ()))
    if "schema" in given:
        write_value(item.schema, given["schema"])
