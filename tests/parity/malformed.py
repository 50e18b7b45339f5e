"""Requests that are none: broken JSON, wrong types, wrong counts, wrong paths."""

from random import Random
from typing import Any

from .exchange import GRPC, MALFORMED, REST, Request, compact

VERBS = ("predict", "transform-input", "transform-output", "route")
RPCS = ("Model/Predict", "Generic/TransformInput", "Generic/TransformOutput", "Generic/Route")

BODIES = (
    "",
    "{",
    "null",
    "5",
    "[]",
    '"x"',
    "{}",
    '{"strData":"a"',
    '{"strData":"a"} x',
    "{'strData':'a'}",
    "\udcff\udcfe",
)
"""Texts that are no JSON, or JSON that is no message."""

DATA: tuple[Any, ...] = (
    *(None, [], [1, 2], "x", 5, True, {"tensor": None}, {"tensor": []}, {"tensor": {}}, {"tensor": 5}),
    {"tensor": {"values": [1]}},
    {"tensor": {"shape": [1]}},
    {"tensor": {"shape": [3], "values": [1, 2]}},
    {"tensor": {"shape": [2], "values": [1, 2, 3]}},
    {"tensor": {"shape": [-1, 2], "values": [1, 2]}},
    {"tensor": {"shape": [-2], "values": [1, 2]}},
    {"tensor": {"shape": [2.0], "values": [1, 2]}},
    {"tensor": {"shape": ["2"], "values": [1, 2]}},
    {"tensor": {"shape": [True], "values": [1]}},
    {"tensor": {"shape": [1000000, 1000000, 1000000, 1000000], "values": [1]}},
    {"tensor": {"shape": 2, "values": [1, 2]}},
    {"tensor": {"shape": None, "values": [1, 2]}},
    {"tensor": {"shape": [2], "values": ["a", "b"]}},
    {"tensor": {"shape": [2], "values": [True, False]}},
    {"tensor": {"shape": [2], "values": [1, None]}},
    {"tensor": {"shape": [1], "values": 5}},
    {"tensor": {"shape": [2, 2], "values": [[1, 2], [3, 4]]}},
    {"names": "ab", "ndarray": [[1]]},
    {"names": 5, "ndarray": [[1]]},
    {"names": {"a": 1}, "ndarray": [[1]]},
    {"names": [1, 2], "ndarray": [[1, 2]]},
    *({"ndarray": [[1, 2], [3]]}, {"ndarray": [["a"], ["b", "c"]]}, {"ndarray": [[1], 2]}, {"ndarray": None}),
    {"tftensor": {"dtype": "DT_NONSENSE"}},
)

METAS: tuple[Any, ...] = (
    *(
        [],
        "x",
        5,
        True,
        {"tags": ["a", 1]},
        {"tags": "text"},
        {"tags": 5},
        {"metrics": {"k": 1}},
        {"metrics": "text"},
    ),
    *(
        {"metrics": [5]},
        {"requestPath": ["a"]},
        {"requestPath": "x"},
        {"requestPath": {"a": 5}},
        {"requestPath": None},
    ),
    *({"puid": 5}, {"puid": ["p"]}, {"puid": {"a": 1}}, {"routing": [1]}, {"routing": {"a": "x"}}),
)

BINARIES: tuple[Any, ...] = ("!!!", "MTI", "é", "AA=A", 5, None, ["AAE="])

FEEDBACKS: tuple[Any, ...] = (
    *([], 5, "x", [{"reward": 1}], {"unknown": 1}, {"reward": "abc"}, {"reward": 1e39}, {"reward": {}}),
    {"request": {"foo": 1}},
    {"request": {"strData": "a", "jsonData": 1}},
    {"request": {"data": {"ndarray": 5}}},
    {"request": {"data": {"ndarray": [[1, 2], [3]]}}},
    {"request": {"data": {"tensor": {"shape": [3], "values": [1]}}}},
    {"request": {"meta": {"puid": 5}}},
    {"truth": {"data": {"names": [1]}}},
)

AGGREGATES: tuple[Any, ...] = (
    *(
        [],
        5,
        "s",
        {},
        {"seldonMessages": 5},
        {"seldonMessages": None},
        {"seldonMessages": []},
        [None],
        [5],
        [[]],
        [{}],
    ),
    {"data": {"ndarray": [[1]]}},
    [{"strData": "a"}, {"foo": 1}],
    [{"strData": "a", "meta": 5}],
    [{"strData": "a"}, {"strData": "b", "meta": {"tags": None}}],
)

LOST = (
    *(
        "GET /nope",
        "POST /nope",
        "GET /",
        "GET /api/v1.0/predictions",
        "PUT /predict",
        "DELETE /predict",
        "PATCH /predict",
    ),
    *(
        "POST /predict/",
        "POST /health/ping",
        "POST /metadata",
        "GET /Predict",
        "POST /combine",
        "GET /metrics",
    ),
)

GRPC_MESSAGES: tuple[Any, ...] = (
    *({}, {"meta": {"puid": "x"}}, {"data": {"tensor": {"values": [1]}}}, {"data": {"tensor": {}}}),
    *(
        {"data": {"tensor": {"shape": sizes, "values": [1, 2]}}}
        for sizes in ([1], [3], [-1], [-1, 2], [2, 2], [0])
    ),
    {"data": {"tensor": {"shape": [2147483647, 2147483647, 2147483647], "values": [1]}}},
    *(
        {"data": {"ndarray": [[1, 2], [3]]}},
        {"data": {"ndarray": [["a"], ["b", "c"]]}},
        {"data": {"ndarray": [[1], 2]}},
    ),
)


def request(rng: Random) -> Request:
    """Any malformed request."""
    return rng.choice(
        (payload, payload, payload, body, carrier, lost, feedback, aggregate, rpc, rpc_list, depth)
    )(rng)


def rest(call: str, value: Any, how: str = "json") -> Request:
    """Over REST; a text is sent as it is."""
    return Request("Picker", REST, call, value if isinstance(value, str) else compact(value), how, MALFORMED)


def payload(rng: Random) -> Request:
    """A message with one part of the wrong kind."""
    message = rng.choice(
        (
            {"data": rng.choice(DATA)},
            {"data": rng.choice(DATA)},
            {"strData": "a", "meta": rng.choice(METAS)},
            {"data": {"ndarray": [[1, 2]]}, "meta": rng.choice(METAS)},
            {"binData": rng.choice(BINARIES)},
            {"strData": rng.choice((None, 5, ["a"], {"a": 1}))},
        )
    )
    return rest(f"POST /{rng.choice(VERBS)}", message)


def body(rng: Random) -> Request:
    """A body that is no JSON object, under any carrier of JSON."""
    how = rng.choice(("json", "json", "json", "form", "query"))
    return rest(f"POST /{rng.choice(VERBS)}", rng.choice(BODIES), how)


def carrier(rng: Random) -> Request:
    """A proper body under a wrong content type, or none at all."""
    how = rng.choice(("type:text/plain", "type:text/json", "type:application/octet-stream", "none"))
    return rest(f"POST /{rng.choice(VERBS)}", {"strData": "a"}, how)


def lost(rng: Random) -> Request:
    """A path or a method that does not exist."""
    call = rng.choice(LOST)
    return rest(call, {"strData": "a"}, "none" if call.startswith("GET") else "json")


def feedback(rng: Random) -> Request:
    """A feedback that is none."""
    return rest("POST /send-feedback", compact(rng.choice(FEEDBACKS)))


def aggregate(rng: Random) -> Request:
    """A list of messages that is none."""
    return rest("POST /aggregate", compact(rng.choice(AGGREGATES)))


def rpc(rng: Random) -> Request:
    """A message without a payload, or with one that contradicts itself."""
    return Request("Picker", GRPC, rng.choice(RPCS), compact(rng.choice(GRPC_MESSAGES)), form=MALFORMED)


def rpc_list(rng: Random) -> Request:
    """A list of messages of which one is malformed, or an empty one."""
    made = [] if rng.random() < 0.3 else [{"strData": "a"}, rng.choice(GRPC_MESSAGES)]
    return Request("Picker", GRPC, "Combiner/Aggregate", compact({"seldonMessages": made}), form=MALFORMED)


def depth(rng: Random) -> Request:
    """JSON nested deeper than anybody needs."""
    levels = rng.choice((600, 700, 1200, 20000))
    opening, closing = "[" * levels, "]" * levels
    kind = rng.choice(
        ('{"jsonData":%s1%s}', '{"data":{"ndarray":%s1%s}}', '{"strData":"a","meta":{"tags":{"a":%s1%s}}}')
    )
    return rest(f"POST /{rng.choice(VERBS)}", kind % (opening, closing))
