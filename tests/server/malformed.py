"""Requests that are none, by kind, and the word by which a refusal names what is wrong."""

import json
from typing import Any, NamedTuple

TENSOR = {"shape": [1, 2], "values": [1, 2]}


class Kind(NamedTuple):
    """One way to be wrong."""

    named: str
    """What the refusal has to mention."""
    bodies: tuple[Any, ...]
    """JSON values, or text that is none."""


def tensor(**changed: Any) -> dict[str, Any]:
    """A message whose tensor differs from a good one; None leaves a field out."""
    fields = {name: value for name, value in (TENSOR | changed).items() if value is not None}
    return {"data": {"tensor": fields}}


def ndarray(values: Any) -> dict[str, Any]:
    """A message with an ndarray."""
    return {"data": {"ndarray": values}}


def nested(depth: int) -> str:
    """A list in a list, so many times."""
    return '{"data":{"ndarray":' + "[" * depth + "]" * depth + "}}"


NOT_JSON = (
    *(
        "{",
        "}",
        "[1,",
        '{"data":',
        '{"data":{"ndarray":[[1,2]}',
        "hello",
        "{'a': 1}",
        '{"a":1}{"b":2}',
        "nul",
    ),
    *('{"a":1,}', "[1 2]", '{"a"}', "{a:1}", '"', '{"strData":"\x01"}', "\x00", "01", "1.", "+1", "--", "{]"),
    *('{"strData":"a"} x', "[[[", '{"strData":"\\u12"}', '{"strData":"\\x"}', "<xml/>", "%7B%7D", "a=b"),
)

MALFORMED = {
    "broken JSON": Kind("JSON", NOT_JSON),
    "bytes that are no text": Kind(
        "JSON", (b"\xff\xfe\xfd", b'{"strData":"\xe9"}', b"\x80abc", b'{"\xc3":1}')
    ),
    "nothing": Kind("JSON", ("", " ", "\n\n", "\t")),
    "nested too deep": Kind("deep", (nested(513), nested(600), nested(900))),
    "no object": Kind("Invalid request data type", (5, "s", True, [], [1], [ndarray([1])], 1.5, None)),
    "no payload": Kind(
        "Invalid request data type",
        ({}, {"meta": {}}, {"foo": 1}, {"Data": ndarray([1])}, {"status": {}}, {"names": ["a"]}),
    ),
    "unknown payload kind": Kind(
        "payload", ({"data": {"matrix": [1]}}, {"data": {"Tensor": TENSOR}}, {"data": {"ndarry": []}})
    ),
    "tftensor": Kind(
        "tftensor",
        tuple(
            {"data": {"tftensor": each}}
            for each in (None, {}, [], {"dtype": "DT_NONE"}, {"dtype": "DT_INT64", "foo": 1}, {"dtype": 20})
        ),
    ),
    "data is no object": Kind(
        "data", tuple({"data": data} for data in (None, 1, "x", [], [[1, 2]], True, 1.5))
    ),
    "tensor is no object": Kind(
        "tensor", tuple({"data": {"tensor": each}} for each in (None, 1, "x", [], [1], True))
    ),
    "tensor without values": Kind("values", ({"data": {"tensor": {"shape": [1]}}}, {"data": {"tensor": {}}})),
    "tensor without shape": Kind("shape", ({"data": {"tensor": {"values": [1]}}},)),
    "values that do not fit": Kind(
        "shape",
        tuple(tensor(shape=shape) for shape in ([3], [1], [2, 2], [0], [], [1, 1], [2, 1, 2], [1, 2, 0])),
    ),
    "negative sizes": Kind(
        "shape", tuple(tensor(shape=shape) for shape in ([-1, 2], [-1], [-2, -1], [1, -2]))
    ),
    "overflowing sizes": Kind(
        "shape",
        tuple(
            tensor(shape=shape)
            for shape in ([2**31, 2], [2**63], [2**64], [2**40, 2**40], [10**30], [65536] * 4, [1] * 65)
        ),
    ),
    "sizes that are no integers": Kind(
        "shape",
        tuple(
            tensor(shape=shape)
            for shape in ([1.0, 2], ["1", 2], [None, 2], [True, 2], [[1], 2], "12", {"a": 1})
        ),
    ),
    "values that are no list": Kind(
        "values", tuple(tensor(values=values) for values in (5, "12", {"a": 1}, True))
    ),
    "values that are no numbers": Kind(
        "values",
        tuple(
            tensor(values=values)
            for values in (["a", "b"], [1, None], [True, False], [[1], [2]], [{}, 1], ["1", 2])
        ),
    ),
    "ragged arrays": Kind(
        "ragged",
        tuple(
            ndarray(values)
            for values in (
                [[1, 2], [3]],
                [["a"], ["b", "c"]],
                [[1], 2],
                [[[1]], [[1, 2]]],
                [[], [1]],
                [[1, 2], []],
            )
        ),
    ),
    "names that are no list": Kind(
        "names",
        tuple({"data": {"names": names, "ndarray": [[1]]}} for names in ("ab", 5, {"a": 1}, True, 1.5)),
    ),
    "meta that is no object": Kind(
        "meta", tuple(ndarray([[1]]) | {"meta": meta} for meta in ([], "x", 5, True, [1], 0, "", False, 1.5))
    ),
    "bad base64": Kind(
        "binData",
        tuple(
            {"binData": text}
            for text in ("!!!", "MTI", "é", "AA=A", "====", "a", "M TI=", 5, None, ["AAE="], {})
        ),
    ),
}
"""Kind of mistake -> bodies that make it."""

FEEDBACKS = Kind(
    "",
    (
        *(5, "s", [1], {"bad": 1}, {"reward": "abc"}, {"reward": 1e39}, {"reward": {}}, {"request": 5}),
        *({"truth": 1}, {"request": ndarray([[1, 2], [3]])}, {"request": {"data": 1}}, "{", ""),
        {"truth": tensor(shape=[3])},
    ),
)

AGGREGATES = Kind(
    "",
    (
        *(5, "s", {}, {"seldonMessages": 5}, {"seldonMessages": {}}, [5], [[]], [{}], [{"foo": 1}], []),
        *([ndarray([1]), 5], [ndarray([[1, 2], [3]])], ndarray([1]), {"seldonMessages": []}, "[", ""),
    ),
)


def raw(body: Any) -> bytes:
    """A body as it is sent: JSON values as JSON, anything else as it stands."""
    if isinstance(body, bytes):
        return body
    is_text = isinstance(body, str) and body != "s"
    return body.encode() if is_text else json.dumps(body).encode()
