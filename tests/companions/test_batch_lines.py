"""How lines become requests, and replies lines: one for one, whatever they hold."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seldon_workbench.companions.batch_lines import Job, Line, answers, failures, requests_of
from seldon_workbench.companions.client_values import SeldonClientPrediction


class Sent:
    """Stands where the client stands: keeps what it is asked to send."""

    def __init__(self) -> None:
        self.arguments: dict[str, Any] = {}

    def predict(self, **arguments: Any) -> SeldonClientPrediction:
        """Keep it."""
        self.arguments = arguments
        return SeldonClientPrediction(None, {})


def job(data_type: str = "data", method: str = "predict") -> Job:
    return Job(method=method, data_type=data_type, payload_type="ndarray", batch_id="B")


def lines(*values: Any) -> list[Line]:
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return [Line(index, text, len(text) + 1) for index, text in enumerate(texts)]


def sizes(*values: Any, data_type: str = "data", method: str = "predict") -> list[int]:
    """How many lines each request takes."""
    made = requests_of(lines(*values), job(data_type, method))
    return [len((each[0] if isinstance(each, tuple) else each).lines) for each in made]


def sent(*values: Any, data_type: str = "data") -> dict[str, Any]:
    """What the only request of these lines sends."""
    (request,) = requests_of(lines(*values), job(data_type))
    assert not isinstance(request, tuple)
    client = Sent()
    request.send(client)  # type: ignore[arg-type]
    assert client.arguments.pop("headers") == {"seldon-puid": request.id}
    return client.arguments


def raw(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"data": {"names": ["a"], "ndarray": list(rows)}} | more


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[[1, 2]], [[3, 4]], [[5, 6]]], [3]),
        ([[[1, 2]], [[3, 4, 5]], [[6, 7, 8]]], [1, 2]),
        ([[[1]], [1], [[2]], [[3]]], [1, 1, 2]),
        ([[[1], [2]], [[3]]], [1, 1]),
        ([[[1]], "no JSON", [[2]]], [1, 1, 1]),
        ([[["a"]], [["b"]], [[1]]], [2, 1]),
        ([[[[1, 2]]], [[[3, 4]]]], [2]),
        ([5, {"a": 1}, None], [1, 1, 1]),
    ],
)
def test_neighbours_that_hold_a_row_each_go_together(values: list[Any], expected: list[int]) -> None:
    assert sizes(*values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([raw([1]), raw([2])], [2]),
        ([raw([1]), raw([2], meta={"puid": "p"})], [1, 1]),
        ([raw([1]), {"data": {"ndarray": [[2]]}}], [1, 1]),
        ([raw([1], [2]), raw([3])], [1, 1]),
        ([{"data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}}] * 2, [2]),
        ([{"data": {"tensor": {"shape": [1, 2], "values": [1]}}}] * 2, [1, 1]),
        ([{"data": {"tensor": {}}}, {"data": 3}, {"strData": "x"}, [1]], [1, 1, 1, 1]),
    ],
)
def test_raw_requests_that_differ_in_their_numbers_alone_go_together(
    values: list[Any], expected: list[int]
) -> None:
    assert sizes(*values, data_type="raw") == expected
    assert sizes(*values, data_type="raw", method="feedback") == [1] * len(values)


def test_a_line_alone_carries_its_own_tags() -> None:
    (request,) = requests_of(lines([[1, 2]]), job())
    assert not isinstance(request, tuple)
    arguments = sent([[1, 2]])
    assert np.array_equal(arguments["data"], [[1, 2]])
    meta = arguments["meta"]
    assert (meta["batch_id"], meta["batch_index"]) == ("B", 0)
    assert len(meta["batch_instance_id"]) == len(request.id)


def test_lines_together_carry_the_tag_of_the_batch() -> None:
    arguments = sent([[1, 2]], [[3, 4]])
    assert np.array_equal(arguments["data"], [[1, 2], [3, 4]])
    assert arguments["meta"] == {"batch_id": "B"}


def test_text_and_json_are_sent_as_they_are() -> None:
    assert sent('"hey"', data_type="str")["str_data"] == "hey"
    assert sent({"a": [1]}, data_type="json")["json_data"] == {"a": [1]}
    assert sent([["a", 1.5, None]])["data"].tolist() == [["a", 1.5, None]]


def test_raw_requests_keep_what_they_say() -> None:
    alone = sent(raw([1], meta={"puid": "p", "tags": {"t": 1}}), data_type="raw")["raw_data"]
    assert alone["data"] == {"names": ["a"], "ndarray": [[1]]}
    assert alone["meta"]["puid"] == "p"
    assert alone["meta"]["tags"].items() >= {"t": 1, "batch_id": "B", "batch_index": 0}.items()
    together = sent(raw([1]), raw([2]), data_type="raw")["raw_data"]
    assert together == raw([1], [2], meta={"tags": {"batch_id": "B"}})
    tensor = {"data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}}
    merged = sent(tensor, tensor, data_type="raw")["raw_data"]["data"]
    assert merged == {"tensor": {"shape": [2, 2], "values": [1, 2, 1, 2]}}


@pytest.mark.parametrize(
    ("value", "data_type", "words"),
    [
        ("{", "data", "no JSON"),
        ([[1], [1, 2]], "data", "no array"),
        ("5", "str", "not a string"),
        ([1], "raw", "not a request"),
        ("[" * 100_000, "json", "no JSON"),
    ],
)
def test_a_line_that_cannot_be_sent_says_why(value: Any, data_type: str, words: str) -> None:
    (made,) = requests_of(lines(value), job(data_type))
    assert isinstance(made, tuple)
    request, reason = made
    assert words in reason
    (text,) = failures(request, reason, job(data_type))
    failed = json.loads(text)
    assert failed["status"] == {"info": "FAILURE", "reason": reason, "status": 1}
    tags = failed["meta"].pop("tags")
    assert tags == failed["meta"] == {"batch_id": "B", "batch_instance_id": request.id, "batch_index": 0}


# ---- replies -------------------------------------------------------------------------------------

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2)


@given(st.lists(NUMBERS, min_size=2, max_size=6), st.booleans())
def test_a_reply_of_many_rows_is_a_line_per_row(rows: list[list[float]], is_tensor: bool) -> None:
    (request,) = requests_of(lines(*([row] for row in rows)), job())
    assert not isinstance(request, tuple)
    data: dict[str, Any] = {"names": ["a", "b"]}
    if is_tensor:
        data["tensor"] = {"shape": [len(rows), 2], "values": [number for row in rows for number in row]}
    else:
        data["ndarray"] = rows
    reply = {"data": data, "meta": {"tags": {"own": 1}, "puid": "p"}}
    for place, text in enumerate(answers(request, reply, job())):
        line = json.loads(text)
        assert line["data"]["names"] == ["a", "b"]
        part = line["data"]["tensor"] if is_tensor else line["data"]["ndarray"]
        assert part == ({"shape": [1, 2], "values": rows[place]} if is_tensor else [rows[place]])
        own = {"batch_id": "B", "batch_index": place, "batch_instance_id": f"{request.id}-item-{place}"}
        assert line["meta"] == {"puid": "p", "tags": {"own": 1} | own}


@pytest.mark.parametrize(
    "reply",
    [
        {"data": {"ndarray": [[1]]}},
        {"data": {"tensor": {"shape": [1, 1], "values": [1]}}},
        {"data": {"tensor": {"shape": [2, 1], "values": [1]}}},
        {"strData": "x"},
        {"data": {}},
        [1],
        None,
    ],
)
def test_a_reply_that_has_not_a_row_per_line_is_said_so(reply: Any) -> None:
    (request,) = requests_of(lines([[1]], [[2]]), job())
    assert not isinstance(request, tuple)
    with pytest.raises(Exception, match="use batch size 1"):
        answers(request, reply, job())


def test_the_reply_to_feedback_is_tagged_here() -> None:
    feedback = job("raw", "feedback")
    (request,) = requests_of(lines({"reward": 1}), feedback)
    assert not isinstance(request, tuple)
    (text,) = answers(request, {"meta": {}}, feedback)
    tags = {"batch_id": "B", "batch_instance_id": request.id, "batch_index": 0}
    assert json.loads(text) == {"meta": {"tags": tags}}
    assert answers(request, [1], feedback) == ["[1]"]
