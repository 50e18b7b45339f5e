"""A message as the parts of a form: text and files, what is taken as it is and what is read as JSON."""

import json
from collections.abc import Iterator
from typing import Any

import flask
import numpy as np
import pytest
from components import Everything
from requests import Response

from .serving import Served, serving, status_of

Part = tuple[str, str | bytes] | tuple[str, str | bytes, str]
"""Name and content, and for a file its name."""


class Looking(Everything):
    """Answers with what else the component finds in the form."""

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        if isinstance(X, str) and X == "look":
            files = {name: file.read().decode() for name, file in flask.request.files.items()}
            return {"fields": sorted(flask.request.form), "files": files}
        return X


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Looking) as running:
        yield running


def body_of(*parts: Part) -> bytes:
    """The body of a form, by hand: a client would not send what is wrong."""
    lines: list[bytes] = []
    for name, content, *file in parts:
        disposition = f'Content-Disposition: form-data; name="{name}"'
        disposition += f'; filename="{file[0]}"' if file else ""
        lines += [
            b"--edge",
            disposition.encode(),
            b"",
            content if isinstance(content, bytes) else content.encode(),
        ]
    return b"\r\n".join([*lines, b"--edge--", b""])


def post(
    served: Served,
    *parts: Part,
    path: str = "/predict",
    content_type: str = "multipart/form-data; boundary=edge",
    **options: Any,
) -> Response:
    headers = {"Content-Type": content_type, **options.pop("headers", {})}
    return served.ask("POST", path, data=body_of(*parts), headers=headers, **options)


DATA = '{"names":["a","b"],"ndarray":[[1,2]]}'
ANSWER = {"data": {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]}, "meta": {}}


def said(text: str) -> dict[str, Any]:
    return {"meta": {}, "strData": text}


ANSWERED: list[tuple[tuple[Part, ...], Any]] = [
    ((("strData", "hello form"),), said("hello form")),
    ((("strData", "häß \ufffd"),), said("häß \ufffd")),
    ((("strData", ""),), said("")),
    ((("strData", '{"a":1}'),), said('{"a":1}')),
    ((("strData", "file text\n", "f.txt"),), said("file text\n")),
    ((("strData", "häß", "f.txt"),), said("häß")),
    ((("binData", b"\x00\x01\xff", "f.bin"),), {"binData": "AAH/", "meta": {}}),
    ((("binData", b"", "f.bin"),), {"binData": "", "meta": {}}),
    ((("binData", '"AAH/"'),), {"binData": "AAH/", "meta": {}}),
    ((("binData", "AAH/"),), {"binData": "AAH/", "meta": {}}),
    ((("binData", "AAH_\r\n"),), {"binData": "AAH/", "meta": {}}),
    ((("data", DATA),), ANSWER),
    (
        (("data", DATA), ("meta", '{"puid":"123","tags":{"x":1}}')),
        ANSWER | {"meta": {"puid": "123", "tags": {"x": 1}}},
    ),
    ((("data", DATA, "f.json"),), ANSWER),
    ((("data", "\ufeff" + DATA, "f.json"),), ANSWER),
    ((("strData", "a"), ("meta", '{"puid":"1"}', "f.json")), said("a") | {"meta": {"puid": "1"}}),
    ((("jsonData", '{"a":1}'),), {"jsonData": {"a": 1}, "meta": {}}),
    ((("jsonData", '{"a":1}\n', "f.json"),), {"jsonData": {"a": 1}, "meta": {}}),
    ((("jsonData", '{"a":NaN}'),), {"jsonData": {"a": "NaN"}, "meta": {}}),
    (
        (("customData", '{"@type":"type.googleapis.com/seldon.protos.Tensor","shape":[1]}'),),
        {"customData": {"@type": "type.googleapis.com/seldon.protos.Tensor", "shape": [1]}, "meta": {}},
    ),
    # Of parts with one name a file counts first, then the first; of several payloads Seldon's first.
    ((("strData", "1"), ("strData", "2")), said("1")),
    ((("strData", "1", "f"), ("strData", "2", "g")), said("1")),
    ((("strData", "text"), ("strData", "file", "f")), said("file")),
    ((("binData", b"x", "f"), ("strData", "a")), said("a")),
    ((("strData", "a"), ("data", DATA)), ANSWER),
    # Whatever else is there is passed over.
    ((("strData", "a"), ("foo", "5")), said("a")),
    ((("strData", "a"), ("notes", "no JSON", "f.txt")), said("a")),
    ((("strData", "a"), ("json", '{"strData":"x"}')), said("a")),
    ((("strData", "a"), ("status", '{"code":5}')), said("a")),
]


@pytest.mark.parametrize(("parts", "answer"), ANSWERED, ids=[f"{parts}"[:60] for parts, _ in ANSWERED])
def test_the_parts_of_a_form_are_the_members_of_a_message(served: Served, parts: Any, answer: Any) -> None:
    response = post(served, *parts)
    assert (response.status_code, response.json()) == (200, answer)


REFUSED: list[tuple[tuple[Part, ...], str]] = [
    ((), "Invalid request data type: {}"),
    ((("meta", "{}"),), "Invalid request data type: {'meta': {}}"),
    ((("json", '{"strData":"x"}'),), "Invalid request data type: {'json': {'strData': 'x'}}"),
    ((("data", "{bad"),), "part data of the form: Can't find JSON in data"),
    ((("data", "{bad", "f.json"),), "part data of the form: Can't find JSON in data"),
    ((("jsonData", "hello", "f.json"),), "part jsonData of the form: Can't find JSON in data"),
    ((("data", ""),), "part data of the form"),
    ((("data", '{"foo":1}', "f.json"),), "data has no payload but ['foo']"),
    ((("strData", "a"), ("foo", "bar")), "part foo of the form"),
    ((("jsonData", "[" * 600 + "]" * 600),), "nested deeper than 512"),
    ((("binData", "!!!"),), "binData is not base64"),
    ((("binData", '"MTI"'),), "binData is not base64"),
    ((("binData", '"MTI'),), "part binData of the form"),
    ((("strData", b"a\xff"),), "part strData of the form is not UTF-8"),
    ((("strData", b"a\xff", "f.txt"),), "part strData of the form is not UTF-8"),
    ((("data", b'{"ndarray":["\xff"]}'),), "part data of the form is not UTF-8"),
    ((("data", b'{"ndarray":["\xff"]}', "f.json"),), "part data of the form"),
    ((("strData", "a"), ("image", b"\xff", "f.png")), "part image of the form is not UTF-8"),
    ((("customData", '{"@type":"x"}'),), "customData"),
]


@pytest.mark.parametrize(("parts", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_a_form_that_is_no_message_is_refused(served: Served, parts: Any, why: str) -> None:
    response = post(served, *parts)
    assert response.status_code == 400
    status = status_of(response)
    assert why in status["info"]
    assert status["reason"] == "MICROSERVICE_BAD_DATA"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b'--edge\r\nContent-Disposition: form-data; name="strData"\r\n\r\ncut off',
        b"--edge--\r\n",
    ],
)
@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=edge", "multipart/form-data"])
def test_a_body_that_is_no_form_is_an_empty_one(served: Served, body: bytes, content_type: str) -> None:
    response = served.ask("POST", "/predict", data=body, headers={"Content-Type": content_type})
    assert response.status_code == 400
    assert status_of(response)["info"] == "Invalid request data type: {}"


@pytest.mark.parametrize(
    "content_type", ["Multipart/Form-Data; boundary=edge", "MULTIPART/FORM-DATA;boundary=edge"]
)
def test_the_content_type_is_read_in_any_case(served: Served, content_type: str) -> None:
    assert post(served, ("strData", "a"), content_type=content_type).json() == said("a")


def test_the_query_is_not_asked(served: Served) -> None:
    assert post(served, ("strData", "a"), path='/predict?json={"strData":"query"}').json() == said("a")


@pytest.mark.parametrize("path", ["/transform-input", "/api/v1.0/predictions", "/api/v0.1/predictions"])
def test_every_path_reads_forms(served: Served, path: str) -> None:
    response = post(served, ("data", '{"tensor":{"shape":[1],"values":[1]}}'), path=path)
    assert response.json()["data"]["tensor"]["shape"] == [1]


def test_get_may_carry_a_form(served: Served) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    assert served.ask("GET", "/predict", data=body_of(("strData", "a")), headers=headers).json() == said("a")


@pytest.mark.parametrize("file", [(), ("f.json",)])
def test_a_list_of_messages_may_be_a_part(served: Served, file: Any) -> None:
    part = ("seldonMessages", json.dumps([{"strData": "q"}, {"strData": "r"}]), *file)
    assert post(served, part, path="/aggregate").json() == said("q")


def test_a_form_without_a_list_is_nothing_to_aggregate(served: Served) -> None:
    assert "Invalid request data type" in status_of(post(served, ("foo", "1"), path="/aggregate"))["info"]


@pytest.mark.parametrize("file", [(), ("f.json",)])
def test_feedback_may_be_a_form(served: Served, file: Any) -> None:
    parts = (("reward", "0.5", *file), ("request", '{"data":{"ndarray":[[NaN]]}}', *file))
    response = post(served, *parts, path="/send-feedback")
    assert (response.status_code, response.json()) == (200, {"data": {"ndarray": []}, "meta": {}})
    assert post(served, path="/api/v1.0/feedback").status_code == 200


def test_feedback_of_unknown_parts_is_refused(served: Served) -> None:
    response = post(served, ("foo", "1"), path="/send-feedback")
    assert (response.status_code, "foo" in status_of(response)["info"]) == (400, True)


def test_large_parts_are_read_whole(served: Served) -> None:
    text, rows = "a" * 3_000_000, np.arange(100_000.0).tolist()
    assert post(served, ("strData", text)).json()["strData"] == text
    assert len(post(served, ("binData", text, "f")).json()["binData"]) == 4_000_000
    assert post(served, ("data", json.dumps({"ndarray": rows}))).json()["data"]["ndarray"] == rows


def test_more_parts_than_a_form_has_are_refused(served: Served) -> None:
    response = post(served, *((f"part{place}", "1") for place in range(1500)))
    assert response.status_code == 413
    assert status_of(response)["reason"] == "MICROSERVICE_BAD_DATA"


def test_the_component_finds_the_form_where_flask_has_it(served: Served) -> None:
    response = post(served, ("strData", "look"), ("extra", "x", "f.txt"))
    assert response.json()["jsonData"] == {"fields": ["strData"], "files": {"extra": "x"}}


def test_a_raw_hook_is_given_what_a_json_body_would_be() -> None:
    class Raw:
        def predict_raw(self, message: Any) -> Any:
            return {"jsonData": message}

    parts = (("binData", b"\x00", "f"), ("meta", '{"puid":"p"}'), ("foo", "x", "f"))
    with serving(Raw) as served:
        assert post(served, *parts).json() == {
            "jsonData": {"binData": "AA==", "meta": {"puid": "p"}, "foo": "x"}
        }
