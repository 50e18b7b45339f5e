"""A tensor is read straight from JSON text where that is exact, and nothing is concluded of other texts."""

from typing import Any

import pytest
from messages import LARGE_JSON, shown

from seldon_workbench.server import json_tensor
from seldon_workbench.server.json_codec import JSON
from seldon_workbench.server.json_tensor import LARGE, read_tensor

pytest.importorskip("simdjson")


def text_of(shape: str = "[2]", values: str = "[1,2]", names: str = "", beside: str = "") -> bytes:
    named = f'"names":{names},' if names else ""
    return f'{{"data":{{{named}"tensor":{{"shape":{shape},"values":{values}{beside}}}}}}}'.encode()


@pytest.mark.parametrize(
    ("raw", "dtype", "values", "shape", "names"),
    [
        (text_of(), "<i8", [1, 2], [2], None),
        (text_of(values="[1,2.5]"), "<f8", [1.0, 2.5], [2], None),
        (text_of(values="[1e3,-0.0]"), "<f8", [1000.0, -0.0], [2], None),
        (text_of(shape="2"), "<i8", [1, 2], 2, None),
        (text_of(shape="null"), "<i8", [1, 2], None, None),
        (text_of(shape='"x"'), "<i8", [1, 2], "x", None),
        (text_of(names='["a","b"]'), "<i8", [1, 2], [2], ["a", "b"]),
        (text_of(names="[1,null,true]"), "<i8", [1, 2], [2], [1, None, True]),
        (text_of(names="null"), "<i8", [1, 2], [2], None),
        (text_of(names='"ab"'), "<i8", [1, 2], [2], "ab"),
        (text_of(shape="null", names="[]"), "<i8", [1, 2], None, []),
    ],
)
def test_a_plain_tensor_is_read(raw: bytes, dtype: str, values: Any, shape: Any, names: Any) -> None:
    found = read_tensor(raw)
    assert found is not None
    assert (found.values.dtype.str, found.values.tolist()) == (dtype, values)
    assert shown([found.shape, found.names]) == shown([shape, names])


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"5", b"[]", b"{", b"null", b"{}", b'{"data":5}', b'{"data":{}}', b'{"data":{"tensor":5}}'),
        *(
            text_of(values=values)
            for values in ("[]", "5", '"x"', "null", "{}", "[true]", "[null]", '["NaN"]')
        ),
        *(
            text_of(values=values)
            for values in ("[[1],[2]]", "[1,[2]]", "[[1,2]]", "[{}]", "[NaN,1]", "[1,2")
        ),
        *(text_of(values=values) for values in (f"[{2**63}]", f"[{2**64}]", f"[{-(2**63) - 1}]", "[1e400]")),
        *(text_of(shape=shape) for shape in ("{}", "[[2]]", "[{}]", "[2.0]", "[99999999999999999999]")),
        *(text_of(names=names) for names in ("{}", '[["a"]]', '["["]', "[1.5]", "[99999999999999999999]")),
        *(text_of(beside=',"other":1'), text_of(beside=',"shape":[2]')),
        *(text_of() + b" x", text_of() + b"[", text_of()[:-1]),
        b'{"data":{"tensor":{"shape":[1],"values":[1]}},"meta":{}}',
        b'{"data":{"tensor":{"shape":[1],"values":[1]}},"data":{"tensor":{"shape":[1],"values":[1]}}}',
        b'{"data":{"tensor":{"shape":[1],"values":[1]},"ndarray":[1]}}',
        b'{"data":{"tensor":{"shape":[1]}}}',
        b'{"data":{"tensor":{"values":[1]}}}',
        b'{"data":{"names":["a"]}}',
        b'{"strData":"x"}',
    ],
)
def test_nothing_is_concluded_of_any_other_text(raw: bytes) -> None:
    assert read_tensor(raw) is None


@pytest.mark.parametrize("raw", [text_of(), text_of(values="[0.5,1]"), b'{"data":{"ndarray":[[1,2]]}}'])
def test_without_simdjson_a_large_message_is_read_all_the_same(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = shown(JSON.decode(LARGE_JSON + raw))
    monkeypatch.setattr(json_tensor, "simdjson", None)
    assert read_tensor(raw) is None
    assert shown(JSON.decode(LARGE_JSON + raw)) == shown(JSON.decode(raw)) == expected


def test_the_padding_of_these_tests_makes_a_text_large() -> None:
    assert len(LARGE_JSON) > LARGE
