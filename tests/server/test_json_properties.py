"""SeldonMessage as JSON: what holds for any message at all, and for any text that is none."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from messages import (
    ANYTHING,
    FILLED_SHAPES,
    FLOATS,
    INTEGERS,
    LARGE_JSON,
    MESSAGES,
    TENSORS,
    TEXTS,
    arrays,
    outcome,
    shown,
)

from seldon_workbench.errors import PayloadError
from seldon_workbench.message import Array, PayloadKind, SeldonMessage
from seldon_workbench.server.json_codec import JSON

TENSOR, NDARRAY = PayloadKind.TENSOR, PayloadKind.NDARRAY


@given(arrays(INTEGERS + FLOATS))
def test_a_numeric_tensor_comes_back_as_it_went(value: Array) -> None:
    decoded = JSON.decode(JSON.encode(SeldonMessage(TENSOR, value, ["a"])))
    values = value.tolist() if value.ndim else [value.tolist()]
    expected = np.array(values, "f8" if value.dtype.kind == "f" or not value.size else "i8")
    assert (decoded.kind, decoded.names) == (TENSOR, ["a"])
    assert shown(decoded.value) == shown(expected.reshape(value.shape))


@given(arrays([*INTEGERS, *FLOATS, "?"], FILLED_SHAPES))
def test_an_ndarray_comes_back_as_it_went(value: Array) -> None:
    decoded = JSON.decode(JSON.encode(SeldonMessage(NDARRAY, value, [])))
    assert shown(decoded.value) == shown(np.array(value.tolist()))


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_an_array_of_texts_comes_back_as_it_went(texts: list[str]) -> None:
    decoded = JSON.decode(JSON.encode(SeldonMessage(NDARRAY, np.array(texts), [])))
    assert shown(decoded.value) == shown(np.array(texts))


@given(st.binary())
def test_bytes_come_back_as_they_went(value: bytes) -> None:
    text = JSON.encode(SeldonMessage(PayloadKind.BIN, value))
    assert base64.b64decode(json.loads(text)["binData"]) == JSON.decode(text).value == value


@given(MESSAGES | ANYTHING)
@example({"data": {"ndarray": [[], 1]}})
def test_any_json_is_a_message_or_a_payload_error_whatever_its_size(value: Any) -> None:
    raw = json.dumps(value).encode()
    assert outcome(JSON.decode, raw) == outcome(JSON.decode, LARGE_JSON + raw)
    assert outcome(JSON.decode, raw) == outcome(JSON.decode, raw.decode())


@given(TENSORS)
@example({"data": {"tensor": {"shape": [2], "values": [1, [2]]}}})
@example({"data": {"tensor": {"shape": [1], "values": [[1]]}}})
@example({"data": {"tensor": {"shape": [0], "values": []}}})
@example({"data": {"tensor": {"shape": [1], "values": [-(2**63) - 1]}}})
@example({"data": {"tensor": {"shape": [2], "values": [2**63, 2**64 - 1]}}})
@example({"data": {"tensor": {"shape": [2], "values": [0.5, 2**63 + 1]}}})
@example({"data": {"tensor": {"shape": [1], "values": [1]}, "names": ["[", 2**64]}})
@example({"data": {"tensor": {"shape": [1], "values": [1], "other": 1}}})
@example({"data": {"ndarray": [[1, 2**64]], "names": [2**64]}})
@example({"data": {"ndarray": [[1.5, 2.0**63]], "names": ["a"]}})
@example({"data": {"ndarray": [1, 2], "names": [2**64]}})
@example({"data": {"ndarray": [None, 2**64]}})
@example({"data": {"ndarray": ["a", 2**64]}})
@example({"data": {"ndarray": []}})
@example({"data": {"tensor": {"shape": [2, 1], "values": [1, 2]}, "names": ["a"]}})
@example({"data": {"ndarray": [2**63]}})
@example({"data": {"ndarray": [0.5, 2**63]}})
def test_a_large_array_is_read_like_a_small_one(value: Any) -> None:
    raw = json.dumps(value).encode()
    assert outcome(JSON.decode, LARGE_JSON + raw) == outcome(JSON.decode, raw)


@pytest.mark.parametrize(
    "raw",
    [b'{"data":{"tensor":{"shape":[1],"values":[1]}},"data":{"ndarray":[2]}}', b'{"data":{"ndarray":[1]}} x'],
)
def test_a_large_odd_text_is_read_like_a_small_one(raw: bytes) -> None:
    assert outcome(JSON.decode, LARGE_JSON + raw) == outcome(JSON.decode, raw)


@given(st.lists(MESSAGES, max_size=3) | ANYTHING)
def test_any_json_is_a_list_of_messages_or_a_payload_error(value: Any) -> None:
    raw = json.dumps(value)
    if outcome(JSON.decode_list, raw) is not PayloadError:
        messages = value["seldonMessages"] if isinstance(value, dict) else value
        assert outcome(JSON.decode_list, raw) == [outcome(JSON.decode, json.dumps(each)) for each in messages]


@given(st.binary())
def test_random_bytes_are_a_message_or_a_payload_error(raw: bytes) -> None:
    assert outcome(JSON.decode, raw) == outcome(JSON.decode, raw + LARGE_JSON)
    outcome(JSON.decode_list, raw)


def test_a_truly_large_body_is_exact() -> None:
    values = [[float(row), 9007199254740993, -1] for row in range(3000)]
    flat = [number for row in values for number in row]
    for data in ({"ndarray": values}, {"tensor": {"shape": [9000], "values": flat}}):
        decoded = JSON.decode(json.dumps({"data": data}).encode()).value
        assert decoded.ravel().tolist() == np.array(values).ravel().tolist()
        assert decoded.flags.writeable
