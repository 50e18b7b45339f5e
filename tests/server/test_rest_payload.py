"""Where the JSON of a request is found: form, query, body, in this order."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from components import Identity

from .serving import ANSWER, NDARRAY, Served, serving, status_of

TEXT = json.dumps(NDARRAY)
FORM = "application/x-www-form-urlencoded"


def said(text: str) -> str:
    """A request that carries a word."""
    return json.dumps({"strData": text})


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Identity) as running:
        yield running


def body(
    served: Served, data: Any, content_type: str | None = "application/json", path: str = "/predict"
) -> Any:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return served.ask("POST", path, data=data, headers=headers)


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json", "Application/JSON", "application/json; charset=utf-8"),
        *("application/json;charset=latin-1", "application/vnd.seldon+json", "application/ld+json; v=1"),
    ],
)
def test_every_json_content_type_is_read(served: Served, content_type: str) -> None:
    response = body(served, TEXT, content_type)
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "text/json", "image/x+json", "application/xml"]
)
def test_any_other_content_type_is_refused(served: Served, content_type: str | None) -> None:
    response = body(served, TEXT, content_type)
    assert response.status_code == 400
    assert status_of(response)["info"] == "Can't find JSON in data"
    assert status_of(response)["reason"] == "MICROSERVICE_BAD_DATA"


@pytest.mark.parametrize("path", ["/predict", "/api/v1.0/predictions", "/api/v0.1/predictions"])
def test_a_form_may_carry_the_json(served: Served, path: str) -> None:
    assert body(served, urlencode({"json": TEXT}), FORM, path).json() == ANSWER


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_the_query_may_carry_the_json(served: Served, verb: str) -> None:
    assert served.ask(verb, f"/predict?json={quote(TEXT)}").json() == ANSWER


def test_get_may_carry_a_body(served: Served) -> None:
    assert served.ask("GET", "/predict", json=NDARRAY).json() == ANSWER


def test_the_form_wins_over_the_query(served: Served) -> None:
    response = body(served, urlencode({"json": said("form")}), FORM, f"/predict?json={quote(said('query'))}")
    assert response.json() == {"meta": {}, "strData": "form"}


def test_the_query_wins_over_the_body(served: Served) -> None:
    response = body(served, said("body"), path=f"/predict?json={quote(said('query'))}")
    assert response.json() == {"meta": {}, "strData": "query"}


@pytest.mark.parametrize("data", ["json=", "other=1", ""])
def test_an_empty_form_is_refused(served: Served, data: str) -> None:
    assert status_of(body(served, data, FORM))["info"] == "Can't find JSON in data"


def test_an_empty_query_leaves_the_body(served: Served) -> None:
    assert body(served, TEXT, path="/predict?json=&other=1").json() == ANSWER


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_the_encoding_of_a_body_is_found_out(served: Served, encoding: str) -> None:
    response = body(served, said("häß").encode(encoding))
    assert response.json() == {"meta": {}, "strData": "häß"}


def test_a_long_form_is_no_different(served: Served) -> None:
    text = "a" * 3_000_000
    assert body(served, urlencode({"json": said(text)}), FORM).json()["strData"] == text


def test_a_chunked_body_is_read(served: Served) -> None:
    pieces = (TEXT[place : place + 7].encode() for place in range(0, len(TEXT), 7))
    assert body(served, pieces).json() == ANSWER


def test_head_runs_the_method_and_drops_the_body(served: Served) -> None:
    response = served.ask("HEAD", f"/predict?json={quote(TEXT)}")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["Content-Length"]) == len(served.post(NDARRAY).content)
    assert served.ask("HEAD", "/predict?json={").status_code == 400


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "nonsense"])
def test_a_charset_is_passed_over(served: Served, charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    assert body(served, said("é").encode(), content_type).json() == {"meta": {}, "strData": "é"}
    assert body(served, b'{"strData":"\xe9"}', content_type).status_code == 400


def test_of_a_key_that_comes_twice_the_last_counts(served: Served) -> None:
    assert body(served, '{"strData":"a","strData":"b"}').json() == {"meta": {}, "strData": "b"}


def test_null_is_refused_wherever_it_stands(served: Served) -> None:
    for response in (
        body(served, "null"),
        body(served, urlencode({"json": "null"}), FORM),
        served.ask("GET", "/predict?json=null"),
    ):
        assert (response.status_code, status_of(response)["reason"]) == (400, "MICROSERVICE_BAD_DATA")


@pytest.mark.parametrize("text", ["{bad", "[", "nul", '{"strData":"a"} x'])
def test_broken_json_is_bad_data_wherever_it_stands(served: Served, text: str) -> None:
    for response in (
        body(served, text),
        body(served, urlencode({"json": text}), FORM),
        served.ask("GET", f"/predict?json={quote(text)}"),
    ):
        assert (response.status_code, status_of(response)["reason"]) == (400, "MICROSERVICE_BAD_DATA")


def test_the_reply_is_compact_sorted_ascii(served: Served) -> None:
    payload = {"jsonData": {"b": "é", "a": [1, 2.5, None]}, "meta": {"puid": "p"}}
    assert served.post(payload).text == '{"jsonData":{"a":[1,2.5,null],"b":"\\u00e9"},"meta":{"puid":"p"}}\n'
