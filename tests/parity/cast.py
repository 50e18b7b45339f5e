"""The components of the check: where each class lives and the environment it is served in."""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "components"

UNIT_ENVIRONMENT = {"PREDICTIVE_UNIT_ID": "clf", "PREDICTIVE_UNIT_IMAGE": "reg:5000/org/img:1.2"}

OVERLAY = "name: over\nversions: [e1]\ncustom: {1: a}"
"""Metadata of the environment: YAML, with a key that is no text."""


@dataclass(frozen=True, slots=True)
class Component:
    """One class to serve."""

    module: str
    name: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The file the class is in."""
        return FOLDER / f"{self.module}.py"


CLASSES = {
    "picker": ["Picker", "NamedPicker", "ListNamedPicker", "PropertyNamedPicker", "StaticNamedPicker"],
    "signatures": [
        *("Signatures", "Positional", "Callables", "Bare", "Nothing", "Based", "BasedBare", "Uncallable"),
        *("TypeErrorInside", "OnlyPayload", "OldFeedback", "TagsWithPayload", "AsyncPredict", "MetaHandling"),
    ],
    "raws": ["Raw", "FallThrough", "Deprecated", "SilentFeedback"],
    "metadatas": [
        *("MetadataV1", "MetadataV2", "MetadataPartial", "MetadataNone"),
        *("MetadataInvalid", "MetadataBadType", "MetadataAlias"),
    ],
    "blueprints": ["UserHandler", "GeneralHandler"],
}

CAST: dict[str, Component] = {
    **{name: Component(module, name) for module, names in CLASSES.items() for name in names},
    "Picker+unit": Component("picker", "Picker", UNIT_ENVIRONMENT),
    "Signatures+unit": Component("signatures", "Signatures", UNIT_ENVIRONMENT),
    "MetadataV2+yaml": Component("metadatas", "MetadataV2", {"MODEL_METADATA": OVERLAY}),
}
