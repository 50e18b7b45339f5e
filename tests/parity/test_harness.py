"""The check itself: comparison, message conversion, generator, corpus and list of deviations."""

import json
import math
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from seldon_workbench.server import wire

from . import corpus, deviations
from .compare import same, same_json
from .deviations import RULES, Deviation, explained_by
from .exchange import (
    GRPC,
    MALFORMED,
    ODD,
    REST,
    WELL,
    Answer,
    Pair,
    Request,
    compact,
    packed_answer,
    packed_request,
    unpacked_answer,
    unpacked_request,
)
from .generate import requests
from .proto_json import message_from, plain
from .wellformed import faults

DEVIATIONS = deviations.load()
NAN = float("nan")


def failure(status: int, reason: str, info: str) -> Answer:
    """A Status body as both servers send it."""
    return Answer(status, {"status": {"code": -1, "info": info, "reason": reason, "status": 1}})


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1.0, True),
        (NAN, NAN, True),
        (NAN, "NaN", False),
        (-0.0, 0.0, False),
        (-0.0, 0, True),
        (True, 1, False),
        (2**53 + 1, float(2**53), False),
        ({"a": 1, "b": [None]}, {"b": [None], "a": 1.0}, True),
        ([1, 2], [1, 2, 3], False),
        ("1", 1, False),
        (None, {}, False),
    ],
)
def test_numbers_are_compared_as_numbers_and_nothing_else_is_converted(
    a: object, b: object, equal: bool
) -> None:
    assert same_json(a, b) is equal
    assert same_json([{"k": a}], [{"k": b}]) is equal


def test_failures_are_equal_by_status_and_reason() -> None:
    theirs = failure(400, "MICROSERVICE_BAD_DATA", "these words")
    assert same(theirs, failure(400, "MICROSERVICE_BAD_DATA", "other words"))
    assert not same(theirs, failure(400, "OTHER", "these words"))
    assert not same(theirs, failure(500, "MICROSERVICE_BAD_DATA", "these words"))
    assert not same(theirs, Answer(400, {"message": "these words"}))


def test_a_failure_is_never_equal_to_a_success() -> None:
    assert not same(Answer("UNKNOWN"), Answer("OK", {}))
    assert not same(Answer("OK", {}), Answer("INTERNAL"))
    assert not same(Answer(200, {}), failure(200, "R", ""))


def test_unknown_is_equal_to_every_code_that_tells_more() -> None:
    assert same(Answer("UNKNOWN"), Answer("INVALID_ARGUMENT"))
    assert not same(Answer("UNKNOWN"), Answer("DEADLINE_EXCEEDED"))
    assert not same(Answer("UNIMPLEMENTED"), Answer("INTERNAL"))


def test_a_broken_answer_is_equal_to_nothing() -> None:
    assert not same(Answer("BROKEN"), Answer("BROKEN"))


def test_a_message_survives_the_way_through_its_json_form() -> None:
    form = {
        "meta": {
            "tags": {"n": None, "d": {"a": [1.5, NAN]}},
            "metrics": [{"key": "k", "type": "GAUGE", "value": NAN}],
        },
        "data": {"names": ["a"], "ndarray": [[math.inf, "NaN"], {}, []]},
    }
    message = message_from(form, wire.SeldonMessage())
    assert same_json(plain(message), form)
    assert math.isinf(message.data.ndarray.values[0].list_value.values[0].number_value)


def test_bytes_and_defaults_are_rendered_as_proto_json_does() -> None:
    message = message_from({"binData": "AAE=", "status": {"status": "FAILURE"}}, wire.SeldonMessage())
    assert plain(message) == {"status": {"status": "FAILURE"}, "binData": "AAE="}
    assert plain(wire.SeldonMessage(strData="")) == {"strData": ""}


def test_one_seed_makes_one_list_of_requests() -> None:
    assert requests(7, 300, malformed=0.3) == requests(7, 300, malformed=0.3)
    assert requests(7, 300) != requests(8, 300)


def test_requests_come_in_the_forms_asked_for() -> None:
    forms = Counter(each.form for each in requests(3, 2000, malformed=0.5, odd=0.5))
    assert all(forms[form] > 300 for form in (WELL, ODD, MALFORMED))
    assert {each.form for each in requests(3, 300, odd=0)} == {WELL}


def test_well_formed_requests_have_no_fault_and_cover_both_wires_and_every_verb() -> None:
    made = requests(11, 3000, odd=0)
    assert [each for each in made if faults(each)] == []
    assert {each.wire for each in made} == {REST, GRPC}
    assert len({each.call for each in made}) > 30


def test_requests_and_answers_survive_the_corpus() -> None:
    for request in requests(5, 500, malformed=0.4, odd=0.3):
        assert unpacked_request(json.loads(compact(packed_request(request)))) == request
    for answer in (
        Answer(200, {"v": [1.5, None]}),
        Answer("OK", []),
        Answer("BROKEN", text="x"),
        Answer(200, text="pong"),
    ):
        assert unpacked_answer(packed_answer(answer)) == answer
    assert same_json(unpacked_answer(packed_answer(Answer(200, [NAN]))).body, [NAN])


def test_the_corpus_is_small_and_of_every_form() -> None:
    exchanges = corpus.read(corpus.FILE.read_text(encoding="utf-8"))
    assert corpus.FILE.stat().st_size < 600_000
    assert {request.form for request, _ in exchanges} == {WELL, ODD, MALFORMED}


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda each: each.id)
def test_an_example_shows_a_difference_that_its_own_deviation_explains(deviation: Deviation) -> None:
    example = deviation.example
    assert not same(example.theirs, example.ours) or example.theirs.status == "UNKNOWN"
    assert explained_by(example, DEVIATIONS) is deviation


def test_every_rule_is_used_once_and_every_deviation_has_one() -> None:
    assert Counter(each.rule for each in DEVIATIONS) == Counter(RULES.keys())
    assert len({each.id for each in DEVIATIONS}) == len(DEVIATIONS)


def test_no_rule_covers_an_answer_turned_into_an_unknown_failure() -> None:
    request = Request("Picker", REST, "POST /predict", '{"data":{"ndarray":[[1,2]]}}')
    pair = Pair(request, Answer(200, {"strData": "x"}), failure(500, "MICROSERVICE_INTERNAL_ERROR", "?"))
    assert explained_by(pair, DEVIATIONS) is None


ELSEWHERE = tomllib.loads(deviations.FILE.read_text(encoding="utf-8"))["elsewhere"]


@pytest.mark.parametrize("entry", ELSEWHERE, ids=[entry["id"] for entry in ELSEWHERE])
def test_a_difference_that_no_request_shows_has_a_test(entry: dict[str, str]) -> None:
    file, _, name = entry["test"].partition("::")
    text = (Path(__file__).resolve().parents[2] / file).read_text(encoding="utf-8")
    assert f"def {name or 'test_'}" in text
    assert entry["title"]
    assert entry["reason"]
    assert entry["stands"]


def test_no_difference_is_listed_twice() -> None:
    ids = [each.id for each in deviations.load()] + [entry["id"] for entry in ELSEWHERE]
    assert len(ids) == len(set(ids))
