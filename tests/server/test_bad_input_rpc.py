"""Malformed messages over gRPC: each is an INVALID_ARGUMENT that says why; the server goes on."""

import logging
import random
import struct
from collections.abc import Iterator

import grpc
import pytest
from components import Everything
from google.protobuf.message import DecodeError

from seldon_workbench.server import wire

from .malformed import MALFORMED
from .serving import NDARRAY, Served, message, plain, serving

TENSOR = message(
    data={"names": ["a", "b"], "tensor": {"shape": [2, 2], "values": [1, 2, 3, 4]}}, meta={"puid": "p"}
)
GOOD = (
    TENSOR,
    message(**NDARRAY),
    message(strData="häß"),
    message(binData="MTIz"),
    message(jsonData={"a": [1, {"b": None}]}, meta={"tags": {"t": [1]}, "requestPath": {"n": "i"}}),
)
ANSWER = {"data": {"names": ["t:0", "t:1"], "ndarray": [[1.0, 2.0]]}, "meta": {}}
RPCS = ("Model/Predict", "Seldon/Predict", "Generic/TransformInput", "Router/Route")
LISTS = ("Combiner/Aggregate", "Generic/Aggregate")
FEEDBACKS = ("Model/SendFeedback", "Router/SendFeedback")


def field(number: int, wire_type: int, payload: bytes) -> bytes:
    """One field as it stands on the wire."""
    return bytes([number << 3 | wire_type]) + payload


def delimited(number: int, payload: bytes) -> bytes:
    return field(number, 2, varint(len(payload)) + payload)


def varint(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def tensor(shape: bytes, values: bytes) -> bytes:
    """A message of a tensor with these raw fields."""
    return delimited(3, delimited(2, shape + values))


def doubles(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}d", *numbers)


def sizes(*lengths: int) -> bytes:
    return delimited(1, b"".join(varint(length % 2**64) for length in lengths))


def nested(depth: int) -> bytes:
    """A number in a list in a list, as a serialized Value."""
    value = field(2, 1, doubles(1))
    for _ in range(depth):
        value = delimited(6, delimited(1, value))
    return value


def cut(raw: bytes) -> list[bytes]:
    """A message that ends too early, at every place where it can be told."""
    return [raw[:length] for length in range(1, len(raw)) if not parses(raw[:length])]


def parses(raw: bytes) -> bool:
    try:
        wire.SeldonMessage.FromString(raw)
    except DecodeError:
        return False
    return True


REFUSED = {
    "cut off": [piece for each in GOOD for piece in cut(each.SerializeToString())][::2],
    "garbage": [seeded for seed in range(60) if not parses(seeded := random.Random(seed).randbytes(40))],
    "a wrong wire type": [field(number, 0, b"\x05") * 2 + b"\xff" for number in range(1, 8)],
    "a length beyond the end": [field(number, 2, b"\xff\xff\xff\x7f") for number in range(2, 8)],
    "field number zero": [b"\x00\x00", b"\x02\x00"],
    "an end of a group nobody began": [b"\x0c", b"\x1c"],
    "text that is no UTF-8": [delimited(5, text) for text in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"a\x80")],
    "nested too deep": [delimited(6, nested(depth)) for depth in (60, 200, 2000)],
    "values that are no doubles": [tensor(sizes(1), delimited(2, b"x" * length)) for length in (1, 7, 9, 15)],
    "values that do not fit": [
        tensor(sizes(*shape), delimited(2, doubles(1, 2)))
        for shape in ((), (3,), (1,), (2, 2), (0,), (1, 1), (-1, 2), (-2,), (2**31, 2), (2**62, 4), (1, 2, 0))
    ],
    "no values": [tensor(sizes(2), b""), tensor(sizes(1), delimited(2, b""))],
    "more dimensions than arrays have": [
        tensor(sizes(*[1] * count), delimited(2, doubles(1))) for count in (65, 999)
    ],
    "no payload": [b"", delimited(2, b""), delimited(1, b""), delimited(2, delimited(1, b"p"))],
    "ragged": [message(**body).SerializeToString() for body in MALFORMED["ragged arrays"].bodies],
    "tftensor": [
        delimited(3, delimited(4, tensor))
        for tensor in (b"", field(1, 0, b"\x14"), field(1, 0, b"\x09") + field(4, 2, b"\x01x"))
    ],
}
"""Kind of mistake -> requests that make it."""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Everything) as running:
        yield running


@pytest.fixture(autouse=True)
def still_healthy(served: Served, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.ERROR)
    yield
    assert plain(served.call("Model/Predict", message(**NDARRAY))) == ANSWER
    assert not caplog.records, "what a client does wrong is no error of the server"


def refused(served: Served, rpc: str, raw: bytes) -> str:
    with pytest.raises(grpc.RpcError) as failure:
        served.call(rpc, raw, timeout=10)
    assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT, (raw, failure.value)
    assert failure.value.details()
    return str(failure.value.details())


@pytest.mark.parametrize("kind", REFUSED)
def test_a_malformed_message_is_refused_with_details(served: Served, kind: str) -> None:
    for place, raw in enumerate(REFUSED[kind]):
        refused(served, RPCS[place % len(RPCS)], raw)


@pytest.mark.parametrize("rpc", LISTS)
def test_a_list_with_a_malformed_message_is_refused(served: Served, rpc: str) -> None:
    good = delimited(1, message(**NDARRAY).SerializeToString())
    for kind, requests in REFUSED.items():
        for raw in requests[:3]:
            if kind not in ("an end of a group nobody began",):
                refused(served, rpc, good + delimited(1, raw))
    refused(served, rpc, b"")


@pytest.mark.parametrize("rpc", FEEDBACKS)
def test_feedback_with_a_malformed_message_is_refused(served: Served, rpc: str) -> None:
    for kind in (
        "garbage",
        "a wrong wire type",
        "a length beyond the end",
        "values that do not fit",
        "ragged",
    ):
        for raw in REFUSED[kind][:5]:
            refused(served, rpc, delimited(1, raw))


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_is_answered_or_refused_but_never_worse(served: Served, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        raw = bytearray(chance.choice(GOOD).SerializeToString())
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        assert outcome(served, "Router/Route", bytes(raw)) in ("OK", "INVALID_ARGUMENT"), raw


def outcome(served: Served, rpc: str, raw: bytes) -> str:
    try:
        served.call(rpc, raw, timeout=10)
    except grpc.RpcError as failure:
        return str(failure.code().name)
    return "OK"


def test_unknown_fields_are_passed_over(served: Served) -> None:
    raw = message(**NDARRAY).SerializeToString() + delimited(15, b"from the future")
    assert plain(served.call("Model/Predict", raw)) == ANSWER


def test_there_are_enough_of_them() -> None:
    assert sum(map(len, REFUSED.values())) >= 150
    assert len(REFUSED) >= 15
