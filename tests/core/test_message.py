"""The values that travel, and the choice of the kind a returned value is sent as."""

from typing import Any

import numpy as np
import pytest
from google.protobuf.any_pb2 import Any as Any_
from google.protobuf.empty_pb2 import Empty

from seldon_workbench.errors import ReplyError, UnknownReturnType
from seldon_workbench.message import (
    NO_META,
    Meta,
    PayloadKind,
    SeldonMessage,
    SeldonResponse,
    default_names,
    empty_array,
    payload_of,
)

ARRAYS = [PayloadKind.TENSOR, PayloadKind.NDARRAY, PayloadKind.TFTENSOR]


def test_the_members_of_data_are_the_array_kinds() -> None:
    assert [kind for kind in PayloadKind if kind.is_array] == ARRAYS
    assert [kind.value for kind in PayloadKind] == [
        *("tensor", "ndarray", "tftensor"),
        *("strData", "binData", "jsonData", "customData"),
    ]


def test_a_message_has_neither_names_nor_meta_unless_it_says_so() -> None:
    message = SeldonMessage(PayloadKind.STR, "x")
    assert (message.names, message.meta, message.listed) == ((), NO_META, None)
    assert Meta() == NO_META
    assert (NO_META.puid, NO_META.tags, NO_META.request_path, NO_META.metrics) == ("", None, None, ())


@pytest.mark.parametrize("asked", ARRAYS)
@pytest.mark.parametrize("dtype", ["i1", "u8", "i8", "f2", "f4", "f8", ">f8", "c16", "m8[s]"])
def test_a_numeric_array_answers_in_the_kind_that_was_asked(asked: PayloadKind, dtype: str) -> None:
    array = np.zeros((2, 2), dtype)
    kind, value, listed = payload_of(array, asked)
    assert (kind, listed) == (asked, None)
    assert value is array


@pytest.mark.parametrize("asked", ARRAYS)
@pytest.mark.parametrize("dtype", ["?", "U3", "S3", "O", "M8[s]", [("a", "i8")]])
def test_any_other_array_answers_as_ndarray(asked: PayloadKind, dtype: Any) -> None:
    assert payload_of(np.zeros(2, dtype), asked)[0] is PayloadKind.NDARRAY


@pytest.mark.parametrize(
    ("values", "kind", "dtype"),
    [
        ([1, 2], PayloadKind.TENSOR, "i"),
        ([1, 2.5], PayloadKind.TENSOR, "f"),
        ([True, 1], PayloadKind.TENSOR, "i"),
        ([], PayloadKind.TENSOR, "f"),
        ([(1, 2)], PayloadKind.TENSOR, "i"),
        ([np.array([1]), np.array([2])], PayloadKind.TENSOR, "i"),
        ([True], PayloadKind.NDARRAY, "b"),
        (["a"], PayloadKind.NDARRAY, "U"),
        ([1, "a"], PayloadKind.NDARRAY, "U"),
        ([1, None], PayloadKind.NDARRAY, "O"),
        ([{"a": 1}], PayloadKind.NDARRAY, "O"),
        ([10**30], PayloadKind.NDARRAY, "O"),
    ],
)
def test_a_list_is_decided_as_the_array_it_would_be_and_kept(
    values: list[Any], kind: PayloadKind, dtype: str
) -> None:
    chosen, array, listed = payload_of(values, PayloadKind.TENSOR)
    assert (chosen, array.dtype.kind) == (kind, dtype)
    assert listed is values


@pytest.mark.parametrize("values", [[[1, 2], [3]], [["a"], ["b", "c"]]])
def test_a_ragged_list_cannot_be_sent(values: list[Any]) -> None:
    with pytest.raises(ReplyError, match="a list that is no array: setting an array element") as caught:
        payload_of(values, PayloadKind.NDARRAY)
    assert caught.value.hint == "return rows of equal length, or a dict (sent as jsonData)"


MIXED = np.array([["a", b"b"], [np.bytes_("h\u00e4\u00df".encode()), None]], object)


@pytest.mark.parametrize(
    ("returned", "texts"),
    [
        (np.array([b"ab", b"c"]), ["ab", "c"]),
        (np.array(b"ab"), "ab"),
        (np.array(b"ab", object), "ab"),
        (np.zeros((0, 2), "S3"), []),
        (MIXED, [["a", "b"], ["h\u00e4\u00df", None]]),
        (np.array([{"a": 1}, b"x"], object), [{"a": 1}, "x"]),
    ],
)
def test_bytes_in_an_array_are_sent_as_the_text_they_are(returned: Any, texts: Any) -> None:
    for asked in PayloadKind:
        kind, array, listed = payload_of(returned, asked)
        assert (kind, array.tolist(), array.shape, listed) == (
            PayloadKind.NDARRAY,
            texts,
            returned.shape,
            None,
        )


@pytest.mark.parametrize(
    ("returned", "texts"),
    [
        ([b"ab"], ["ab"]),
        ([[1, b"a"]], [[1, "a"]]),
        ([(b"a", None)], [["a", None]]),
        ([np.array([b"a"]), np.array([b"b"])], [["a"], ["b"]]),
    ],
)
def test_bytes_in_a_list_are_sent_as_the_text_they_are(returned: list[Any], texts: list[Any]) -> None:
    kind, array, listed = payload_of(returned, PayloadKind.TENSOR)
    assert (kind, listed) == (PayloadKind.NDARRAY, texts)
    assert bytes not in map(type, array.flat)


@pytest.mark.parametrize("returned", [np.array([b"\xff"]), np.array([None, b"\xff"]), [b"a", b"\xff"]])
def test_bytes_in_an_array_that_are_no_text_cannot_be_sent(returned: Any) -> None:
    with pytest.raises(ReplyError, match="bytes in an array that are no text") as caught:
        payload_of(returned, PayloadKind.NDARRAY)
    assert "binData" in caught.value.hint


class Text(str):
    """A subclass, as numpy's and users' texts are."""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"a": 1}, PayloadKind.JSON),
        ("x", PayloadKind.STR),
        (np.str_("x"), PayloadKind.STR),
        (Text("x"), PayloadKind.STR),
        (b"x", PayloadKind.BIN),
        (np.bytes_(b"x"), PayloadKind.BIN),
        (bytearray(b"x"), PayloadKind.BIN),
    ],
)
def test_dicts_texts_and_bytes_have_kinds_of_their_own(value: Any, kind: PayloadKind) -> None:
    assert payload_of(value, PayloadKind.NDARRAY) == (kind, value, None)


def test_an_any_of_protobuf_is_custom_data() -> None:
    value = Any_()
    assert payload_of(value, PayloadKind.TENSOR) == (PayloadKind.CUSTOM, value, None)
    with pytest.raises(UnknownReturnType):
        payload_of(Empty(), PayloadKind.TENSOR)


def test_bytes_of_any_kind_become_bytes() -> None:
    assert type(payload_of(bytearray(b"x"), PayloadKind.TENSOR)[1]) is bytes


def test_a_value_of_no_kind_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownReturnType) as caught:
        payload_of(5, PayloadKind.TENSOR)
    assert caught.value.text == "Unknown data type returned as payload (must be list or np array):5"
    assert caught.value.hint == "the component returned a int; return an array, list, dict, str or bytes"


def test_an_empty_array_is_of_float64() -> None:
    assert (empty_array().shape, empty_array().dtype) == ((0,), np.dtype(np.float64))


@pytest.mark.parametrize(("columns", "names"), [(0, []), (1, ["t:0"]), (3, ["t:0", "t:1", "t:2"])])
def test_unnamed_columns_are_numbered(columns: int, names: list[str]) -> None:
    assert default_names(columns) == names


def test_a_response_has_its_own_tags_and_metrics() -> None:
    first, second = SeldonResponse("x"), SeldonResponse("x")
    assert (first.data, first.tags, first.metrics) == ("x", {}, [])
    assert first.tags is not second.tags
    assert first.metrics is not second.metrics
    assert repr(SeldonResponse(1, {"a": 2}, [3])) == "SeldonResponse(data=1, tags={'a': 2}, metrics=[3])"


def test_a_response_is_made_of_anything_but_a_response() -> None:
    response = SeldonResponse("x")
    assert SeldonResponse.create(response) is response
    assert SeldonResponse.create("x").data == "x"


def test_a_response_of_a_real_seldon_core_is_as_good() -> None:
    theirs = type("SeldonResponse", (), {"data": "x", "tags": {}, "metrics": []})()
    assert SeldonResponse.create(theirs) is theirs
