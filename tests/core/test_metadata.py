"""Model metadata: defaults, what is laid over them, and what is refused."""

from typing import Any

import numpy as np
import pytest
from components import ModelWithMetadata

from seldon_workbench.errors import BadMetadata
from seldon_workbench.metadata import DATATYPES, ModelMetadata
from seldon_workbench.settings import Unit

NO_UNIT = Unit()
DEFAULT = {"custom": {}, "inputs": [], "name": "", "outputs": [], "platform": "", "versions": [""]}
V2 = {
    "name": "n",
    "versions": ["v"],
    "platform": "p",
    "inputs": [{"name": "i", "datatype": "BYTES", "shape": [1, 2]}],
    "outputs": [{"name": "o", "datatype": "FP32", "shape": [-1]}],
    "custom": {"a": "b"},
}


def said(value: dict[Any, Any], unit: Unit = NO_UNIT) -> dict[str, Any]:
    return ModelMetadata.from_sources(value, unit).to_dict()


def test_nothing_said_is_the_defaults() -> None:
    assert said({}) == DEFAULT


@pytest.mark.parametrize(
    ("image", "name", "versions"),
    [
        ("org/img:7", "org/img", ["7"]),
        ("reg:5000/img", "reg:5000/img", [""]),
        ("repo/x@sha256:abc", "repo/x", ["sha256:abc"]),
        ("NOT_IMPLEMENTED:NOT_IMPLEMENTED", "", ["NOT_IMPLEMENTED"]),
        ("", "", [""]),
    ],
)
def test_the_image_gives_the_default_name_and_version(image: str, name: str, versions: list[str]) -> None:
    unit = Unit(image=image)
    assert said({}, unit) == DEFAULT | {"name": name, "versions": versions}
    assert ModelMetadata.default(unit).to_dict() == said({}, unit)


def test_what_is_said_is_laid_over_the_defaults_key_by_key() -> None:
    unit = Unit(image="org/img:7")
    assert said({"name": "only"}, unit) == DEFAULT | {"name": "only", "versions": ["7"]}
    assert said({"custom": {"z": "y"}}, unit) == said({}, unit) | {"custom": {"z": "y"}}
    assert said(V2, unit) == V2


def overlaid(text: str, value: dict[Any, Any]) -> dict[str, Any]:
    return said(value, Unit(image="org/img:7", metadata=text))


@pytest.mark.parametrize(
    "text", ["name: e\nversions: [e1]", '{"name": "e", "versions": ["e1"]}', "{name: e, versions: [e1]}"]
)
def test_the_overlay_is_yaml_or_json_and_wins_key_by_key(text: str) -> None:
    assert overlaid(text, V2) == V2 | {"name": "e", "versions": ["e1"]}


def test_the_overlay_replaces_a_key_as_a_whole() -> None:
    assert overlaid('{"custom": {"z": "y"}}', V2)["custom"] == {"z": "y"}
    assert overlaid("inputs: []", V2)["inputs"] == []


def test_an_overlay_mends_what_the_component_says_wrong() -> None:
    assert overlaid("name: right", {"name": 5})["name"] == "right"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *[(text, "it is empty") for text in ("", " \n", "# nothing", "null", "~")],
        ("[a]", "it is a list, not a mapping"),
        ("text", "it is a str, not a mapping"),
        ("5", "it is a int, not a mapping"),
        ("name: [", "it is neither YAML nor JSON: "),
        ("name: a\n---\nname: b", "it is neither YAML nor JSON: "),
        ("day: 2024-13-45", "it is neither YAML nor JSON: "),
        ("!!python/object/apply:os.getcwd []", "it is neither YAML nor JSON: "),
        ("[" * 5000, "it is neither YAML nor JSON: "),
    ],
)
def test_an_overlay_that_is_no_mapping_is_ignored_and_that_is_said(
    text: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert overlaid(text, V2) == V2
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith(f"MODEL_METADATA is ignored: {why}")
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize(
    "text", ["name: 2020", "versions: [1.0]", "versions: [2020-01-01]", "name: yes", "1: x"]
)
def test_scalars_of_the_overlay_keep_their_yaml_type(text: str) -> None:
    with pytest.raises(BadMetadata):
        overlaid(text, {})


def test_keys_of_custom_become_text_as_json_writes_them() -> None:
    assert overlaid("custom: {7: a, true: b, null: c, 1.5: d}", {})["custom"] == {
        "7": "a",
        "true": "b",
        "null": "c",
        "1.5": "d",
    }
    with pytest.raises(BadMetadata, match="which is no string"):
        overlaid("custom: {2024-01-01: a}", {})


def test_the_documented_example_is_valid() -> None:
    example = ModelWithMetadata().init_metadata()
    assert said(example) == DEFAULT | example


def test_what_is_said_is_not_written_into() -> None:
    given: dict[str, Any] = {"name": "n"}
    said(given)
    assert given == {"name": "n"}


VALID_ITEMS: list[dict[str, Any]] = [
    {},
    {"name": "i"},
    {"shape": []},
    {"shape": [1.0, -1]},
    *({"datatype": datatype} for datatype in DATATYPES),
    *({"messagetype": kind} for kind in ("tensor", "ndarray", "tftensor")),
    {"messagetype": "tensor", "schema": {}},
    {"messagetype": "ndarray", "schema": {"names": ["a"], "shape": [4]}},
    {"messagetype": "tftensor", "schema": {"shape": [4.0]}},
    {"messagetype": "jsonData"},
    {"messagetype": "jsonData", "schema": {"anything": [1, None]}},
    *({"messagetype": kind} for kind in ("strData", "binData", "", "customData", "own")),
    {"messagetype": "own", "schema": {"anything": 1}},
]


@pytest.mark.parametrize("item", VALID_ITEMS, ids=str)
@pytest.mark.parametrize("where", ["inputs", "outputs"])
def test_an_item_may_be_of_either_form(where: str, item: dict[str, Any]) -> None:
    assert said({where: [item]})[where] == [item]


def test_both_forms_may_stand_in_one_list() -> None:
    assert said({"inputs": VALID_ITEMS})["inputs"] == VALID_ITEMS


INVALID: list[tuple[dict[Any, Any], str]] = [
    ({"unknown": 1}, "unknown key 'unknown'"),
    ({5: 1}, "unknown key 5"),
    ({"name": 5}, "name is 5, which is no string"),
    ({"name": None}, "name is None, which is no string"),
    ({"platform": 2020}, "platform is 2020, which is no string"),
    ({"versions": "v1"}, "versions is 'v1', which is no list"),
    ({"versions": ("v1",)}, "versions is ('v1',), which is no list"),
    ({"versions": ["v1", 1.0]}, "versions[1] is 1.0, which is no string"),
    ({"inputs": {}}, "inputs is {}, which is no list"),
    ({"inputs": ({},)}, "inputs is ({},), which is no list"),
    ({"inputs": [{}, "x"]}, "inputs[1] is 'x', which is no object"),
    ({"outputs": [None]}, "outputs[0] is None, which is no object"),
    ({"custom": []}, "custom is [], which is no object"),
    ({"custom": {"a": 1}}, "custom.a is 1, which is no string"),
]
INVALID_ITEMS: list[tuple[Any, str]] = [
    ({"messagetype": 5}, "inputs[0].messagetype is 5, which is no string"),
    ({"messagetype": None}, "inputs[0].messagetype is None, which is no string"),
    ({"messagetype": "tensor", "name": "x"}, "inputs[0] has an unknown key 'name'"),
    ({"messagetype": "tensor", "schema": []}, "inputs[0].schema is [], which is no object"),
    ({"messagetype": "jsonData", "schema": None}, "inputs[0].schema is None, which is no object"),
    ({"messagetype": "own", "schema": "x"}, "inputs[0].schema is 'x', which is no object"),
    ({"messagetype": "tensor", "schema": {"other": 1}}, "inputs[0].schema has an unknown key 'other'"),
    ({"messagetype": "tensor", "schema": {"names": "a"}}, "inputs[0].schema.names is 'a', which is no list"),
    (
        {"messagetype": "ndarray", "schema": {"names": [1]}},
        "inputs[0].schema.names[0] is 1, which is no string",
    ),
    (
        {"messagetype": "tftensor", "schema": {"shape": [1.5]}},
        "inputs[0].schema.shape[0] is 1.5, which is no integer",
    ),
    ({"messagetype": "strData", "schema": {}}, "inputs[0] has an unknown key 'schema'"),
    ({"messagetype": "binData", "schema": {}}, "inputs[0] has an unknown key 'schema'"),
    ({"datatype": "FLOAT"}, "inputs[0].datatype is 'FLOAT'"),
    ({"datatype": None}, "inputs[0].datatype is None"),
    ({"name": 5}, "inputs[0].name is 5, which is no string"),
    ({"shape": (1,)}, "inputs[0].shape is (1,), which is no list"),
    ({"shape": [1, True]}, "inputs[0].shape[1] is True, which is no integer"),
    ({"shape": ["1"]}, "inputs[0].shape[0] is '1', which is no integer"),
    ({"shape": [float("nan")]}, "inputs[0].shape[0] is nan, which is no integer"),
    ({"name": "i", "schema": {}}, "inputs[0] has an unknown key 'schema'"),
]


@pytest.mark.parametrize(
    ("value", "why"), [*INVALID, *(({"inputs": [item]}, why) for item, why in INVALID_ITEMS)], ids=str
)
def test_what_breaks_the_schema_is_refused_with_its_place(value: dict[Any, Any], why: str) -> None:
    with pytest.raises(BadMetadata) as caught:
        said(value)
    assert caught.value.text == why


@pytest.mark.parametrize("shape", [(1, 4), np.array([1, 4]), [np.int64(4)], [True]], ids=repr)
def test_a_shape_is_a_list_of_plain_integers_as_in_seldon(shape: object) -> None:
    with pytest.raises(BadMetadata):
        said({"inputs": [{"shape": shape}]})


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ({"inputs": [{"shape": (1, 4)}]}, "write [1, 4]"),
        ({"unknown": 1}, "known keys: name, versions, platform, inputs, outputs, custom"),
        ({"inputs": [{"other": 1}]}, "known keys: name, datatype, shape"),
        ({"inputs": [{"messagetype": "own", "other": 1}]}, "known keys: messagetype, schema"),
        ({"inputs": [{"messagetype": "strData", "schema": {}}]}, "known keys: messagetype"),
        ({"inputs": [{"datatype": "x"}]}, f"use one of {', '.join(DATATYPES)}"),
    ],
)
def test_the_hint_names_what_is_known(value: dict[str, Any], hint: str) -> None:
    with pytest.raises(BadMetadata) as caught:
        said(value)
    assert caught.value.hint == hint
