"""The document at /seldon.json says what this server really does."""

import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from components import (
    BareComponent,
    Blocking,
    Everything,
    Identity,
    ModelWithHealth,
    ModelWithMetadata,
    Nothing,
)
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seldon_workbench.methods import METHODS, REST_PATHS

from .serving import NDARRAY, Served, Serving, serving, status_of

FORM = "application/x-www-form-urlencoded"


class Iris(Identity):
    """Says what it takes: rows of four numbers with names; it gives three back."""

    def predict(self, X: Any, names: Any = None) -> Any:
        return [[0.5, 0.25, 0.25]] * len(X)

    def init_metadata(self) -> dict[str, Any]:
        schema = {"names": ["sl", "sw", "pl", "pw"], "shape": [-1, 4]}
        return {
            "name": "iris",
            "versions": ["1.2", "1.3"],
            "platform": "sklearn",
            "inputs": [{"messagetype": "ndarray", "schema": schema}],
            "outputs": [{"name": "probabilities", "datatype": "FP64", "shape": [-1, 3]}],
            "custom": {"author": "ann"},
        }


class Typed(Identity):
    """One column of each type."""

    def init_metadata(self) -> dict[str, Any]:
        kinds = ("INT64", "FP32", "BOOL", "BYTES")
        return {"inputs": [{"name": kind.lower(), "datatype": kind, "shape": [-1]} for kind in kinds]}


class Invalid(Identity):
    """Metadata that are none."""

    def init_metadata(self) -> dict[str, Any]:
        return {"name": 5}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Everything) as running:
        yield running


@pytest.fixture(scope="module")
def document(served: Served) -> dict[str, Any]:
    return document_of(served)


def document_of(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = served.ask("GET", "/seldon.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            yield verb.upper(), path, operation


def why_not(document: dict[str, Any], schema: dict[str, Any], instance: Any) -> list[str]:
    """What a schema of the document has against an instance."""
    validator = Draft202012Validator(schema | {"components": document["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


def as_documented(document: dict[str, Any], operation: dict[str, Any], response: Any) -> None:
    """The reply is one of those the document lists."""
    answers = operation["responses"]
    answer = answers.get(str(response.status_code)) or answers["default"]
    ((content_type, content),) = answer["content"].items()
    assert response.headers["Content-Type"].partition(";")[0] == content_type
    if content_type == "application/json":
        assert why_not(document, content["schema"], response.json()) == []


def request_of(operation: dict[str, Any]) -> dict[str, Any]:
    """Schema and example of the JSON an operation takes."""
    if "requestBody" in operation:
        return dict(operation["requestBody"]["content"]["application/json"])
    (parameter,) = operation["parameters"]
    return dict(parameter["content"]["application/json"])


def parts_of(operation: dict[str, Any], payload: dict[str, Any]) -> dict[str, tuple[None, str]]:
    """A payload as the parts of a form, each of them documented."""
    known = operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert payload.keys() <= known.keys()
    return {name: (None, json.dumps(value)) for name, value in payload.items()}


# ---- what is listed ------------------------------------------------------------------------------


def test_every_route_and_verb_of_the_table_is_listed_and_no_other(document: dict[str, Any]) -> None:
    listed = {(verb, path) for verb, path, _ in operations(document)}
    table = {(verb, path.path) for method in METHODS for path in method.paths for verb in path.verbs}
    beside = {("GET", "/health/ping"), ("GET", "/metrics")}
    assert listed == {(verb, path) for verb, path in table if verb != "HEAD"} | beside


def test_names_of_operations_are_told_apart(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert {method.name for method in METHODS} < set(names)
    assert all(name.isidentifier() for name in names)


def test_metrics_are_listed_where_they_are_served(serve_here: Serving) -> None:
    served = serve_here(Identity, metrics_path="/prometheus")
    paths = document_of(served)["paths"]
    for path in ("/prometheus", "/metrics"):
        assert path in paths
        assert served.ask("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("component", "implemented"),
    [
        (Everything, set(REST_PATHS)),
        (Identity, {"/predict", "/api/v1.0/predictions", "/api/v0.1/predictions"}),
        (Nothing, set()),
        (BareComponent, set()),
    ],
)
def test_what_the_component_does_not_implement_is_marked(
    serve_here: Serving, component: type, implemented: set[str]
) -> None:
    for _, path, operation in operations(document_of(serve_here(component))):
        if path in ("/health/ping", "/metrics"):
            continue
        wanted = path in implemented or path.endswith("/metadata")
        assert operation["x-seldon-implemented"] is wanted, path
        assert ("has no " in operation["description"]) is not wanted


def test_limits_are_listed_where_they_are_set(serve_here: Serving) -> None:
    open_to_all = document_of(serve_here(Identity, guarded=False))["paths"]["/predict"]["post"]["responses"]
    limited = document_of(serve_here(Identity, max_body=99))["paths"]["/predict"]["post"]["responses"]
    assert not {"403", "413"} & set(open_to_all)
    assert {"403", "413"} <= set(limited)


# ---- what the metadata add -----------------------------------------------------------------------


def test_the_title_and_the_examples_come_from_the_metadata(serve_here: Serving) -> None:
    document = document_of(serve_here(Iris))
    info = document["info"]
    assert (info["title"], info["version"]) == ("iris", "1.2, 1.3")
    assert "Platform: sklearn" in info["description"]
    assert "author: ann" in info["description"]
    example = request_of(document["paths"]["/predict"]["post"])["example"]
    assert example == {"data": {"names": ["sl", "sw", "pl", "pw"], "ndarray": [[1.0, 1.0, 1.0, 1.0]]}}
    assert document["x-seldon-metadata"]["platform"] == "sklearn"


def test_without_metadata_the_component_has_the_title(document: dict[str, Any]) -> None:
    assert (document["info"]["title"], document["info"]["version"]) == ("Everything", "unversioned")


def test_invalid_metadata_are_told_and_the_rest_is_there(serve_here: Serving) -> None:
    document = document_of(serve_here(Invalid))
    assert "metadata are invalid" in document["info"]["description"]
    assert document["info"]["title"] == "Invalid"
    assert "x-seldon-metadata" not in document
    assert request_of(document["paths"]["/predict"]["post"])["example"]


@pytest.mark.parametrize(
    ("payload", "is_welcome"),
    [
        ({"data": {"ndarray": [[1, 2, 3, 4]]}}, True),
        ({"data": {"ndarray": [[1, 2, 3, 4]] * 3}}, True),
        ({"data": {"tensor": {"shape": [1, 4], "values": [1, 2, 3, 4]}}}, True),
        ({"data": {"ndarray": [[1, 2, 3]]}}, False),
        ({"data": {"ndarray": [1, 2, 3, 4]}}, False),
        ({"data": {"tensor": {"shape": [4], "values": [1, 2, 3, 4]}}}, False),
        ({"data": []}, False),
    ],
)
def test_a_shape_of_the_metadata_is_asked_of_requests(
    serve_here: Serving, payload: Any, is_welcome: bool
) -> None:
    document = document_of(serve_here(Iris))
    schema = request_of(document["paths"]["/predict"]["post"])["schema"]
    assert (why_not(document, schema, payload) == []) is is_welcome


@pytest.mark.parametrize(
    ("row", "is_welcome"),
    [
        ([1, 0.5, True, "a"], True),
        ([1, "NaN", True, "a"], True),
        ([1, 0.5, True], False),
        ([None, 0.5, True, "a"], False),
    ],
)
def test_datatypes_of_the_metadata_are_asked_of_requests(
    serve_here: Serving, row: list[Any], is_welcome: bool
) -> None:
    document = document_of(serve_here(Typed))
    found = request_of(document["paths"]["/predict"]["post"])
    names = ["int64", "fp32", "bool", "bytes"]
    assert found["example"] == {"data": {"names": names, "ndarray": [[1, 1.0, True, "a"]]}}
    assert (why_not(document, found["schema"], {"data": {"ndarray": [row]}}) == []) is is_welcome


def test_replies_are_held_to_the_outputs_of_the_metadata(serve_here: Serving) -> None:
    served = serve_here(Iris)
    document = document_of(served)
    operation = document["paths"]["/predict"]["post"]
    as_documented(document, operation, served.post(request_of(operation)["example"]))
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert why_not(document, schema, {"data": {"ndarray": [[1, 2]]}})


# ---- what is true --------------------------------------------------------------------------------


@pytest.mark.parametrize("component", [Everything, Iris, Typed, ModelWithMetadata, ModelWithHealth])
def test_examples_are_accepted_and_replies_are_as_documented(serve_here: Serving, component: type) -> None:
    served = serve_here(component)
    document = document_of(served)
    for verb, path, operation in operations(document):
        if verb == "GET" and "parameters" not in operation:
            as_documented(document, operation, served.ask(verb, path))
            continue
        found = request_of(operation)
        assert why_not(document, found["schema"], found["example"]) == []
        text = json.dumps(found["example"])
        if verb == "GET":
            responses = [served.ask(verb, path, params={"json": text})]
        else:
            responses = [
                served.ask(verb, path, json=found["example"]),
                served.ask(verb, path, data={"json": text}),
                served.ask(verb, path, files=parts_of(operation, found["example"])),
            ]
        for response in responses:
            as_documented(document, operation, response)
            missing = path in ("/route", "/aggregate") and not operation["x-seldon-implemented"]
            assert response.status_code == (400 if missing else 200), (path, response.text)


numbers = st.one_of(st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False))
rows = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=4)
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
metas = st.fixed_dictionaries(
    {},
    optional={
        "puid": st.text(max_size=8),
        "tags": st.dictionaries(st.text(max_size=5), json_values, max_size=3),
        "requestPath": st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    },
)
payloads = st.one_of(
    rows.map(lambda array: {"data": {"ndarray": array}}),
    rows.map(
        lambda array: {
            "data": {"tensor": {"shape": [len(array), len(array[0])], "values": [*itertools.chain(*array)]}}
        }
    ),
    st.text(max_size=8).map(lambda text: {"strData": text}),
    st.dictionaries(st.text(max_size=5), json_values, max_size=3).map(lambda value: {"jsonData": value}),
)
messages = st.builds(lambda payload, meta: payload | {"meta": meta}, payloads, metas)


@given(message=messages)
def test_what_the_document_admits_is_answered_as_documented(
    served: Served, document: dict[str, Any], message: Any
) -> None:
    operation = document["paths"]["/predict"]["post"]
    assert why_not(document, request_of(operation)["schema"], message) == []
    response = served.post(message)
    assert response.status_code == 200
    as_documented(document, operation, response)


@given(payload=json_values, path=st.sampled_from(["/predict", "/aggregate", "/send-feedback", "/route"]))
def test_any_json_is_answered_as_documented(
    served: Served, document: dict[str, Any], payload: Any, path: str
) -> None:
    as_documented(document, document["paths"][path]["post"], served.post(payload, path))


# ---- how it is sent ------------------------------------------------------------------------------


def test_it_is_sent_with_the_headers_of_the_original(served: Served) -> None:
    response = served.ask("GET", "/seldon.json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Content-Disposition"] == "inline; filename=seldon.json"
    assert response.headers["Cache-Control"] == "no-cache"
    assert served.ask("POST", "/seldon.json").status_code == 405
    head = served.ask("HEAD", "/seldon.json")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(response.content))


@pytest.mark.parametrize(
    ("asked", "told"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_it_is_sent_again_only_if_it_changed(served: Served, asked: str, told: str) -> None:
    known = served.ask("GET", "/seldon.json").headers[told]
    again = served.ask("GET", "/seldon.json", headers={asked: known})
    assert (again.status_code, again.content) == (304, b"")
    other = served.ask("GET", "/seldon.json", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_the_server_is_where_the_document_is(document: dict[str, Any]) -> None:
    (server,) = document["servers"]
    behind = urljoin("http://host/user/ann/proxy/9000/seldon.json", server["url"])
    assert behind == "http://host/user/ann/proxy/9000/"


def test_a_blueprint_may_serve_its_own(serve_here: Serving) -> None:
    import flask

    class Own(Identity):
        model_error_handler = flask.Blueprint("own", __name__)

    Own.model_error_handler.add_url_rule("/seldon.json", view_func=lambda: {"mine": True})
    assert serve_here(Own).ask("GET", "/seldon.json").json() == {"mine": True}


# ---- the page ------------------------------------------------------------------------------------

FILES = {
    "/docs": "text/html",
    "/docs/try.css": "text/css",
    "/docs/main.js": "text/javascript",
    "/docs/operation.js": "text/javascript",
}


@pytest.mark.parametrize("path", FILES)
def test_the_page_and_its_files_are_its_own_and_nobody_elses(served: Served, path: str) -> None:
    response = served.ask("GET", path)
    assert response.status_code == 200
    assert response.headers["Content-Type"].partition(";")[0] == FILES[path]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert "http://" not in policy
    assert "://" not in response.text, "nothing is fetched from anywhere else"


def test_there_is_nothing_else_below_the_page(served: Served) -> None:
    for path in ("/docs/", "/docs/try.html", "/docs/../rest.py", "/docs/nope.js", "/docs/%2e%2e/rest.py"):
        assert served.ask("GET", path).status_code == 404, path


def test_a_browser_that_looks_for_a_page_is_sent_to_it(served: Served) -> None:
    response = served.ask("GET", "/", headers={"Accept": "text/html,*/*;q=0.8"}, allow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (302, "docs")
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_whoever_is_no_browser_finds_nothing_there(served: Served, verb: str) -> None:
    accept = {} if verb == "GET" else {"Accept": "text/html"}
    response = served.ask(verb, "/", headers=accept, json=NDARRAY, allow_redirects=False)
    assert response.status_code == 404
    assert status_of(response)["info"].startswith("nothing is served at /;")


def test_the_page_is_answered_while_the_component_is_busy(serve_here: Serving) -> None:
    component = Blocking()
    served = serve_here(component)
    caller = threading.Thread(target=lambda: served.post(NDARRAY))
    caller.start()
    assert component.entered.wait(10)
    try:
        for path in ("/docs", "/seldon.json"):
            assert served.ask("GET", path, timeout=5).status_code == 200
    finally:
        component.released.set()
        caller.join()


def test_in_a_kernel_a_foreign_host_is_refused_the_page_too(served: Served) -> None:
    for path in ("/docs", "/seldon.json", "/docs/main.js"):
        assert served.ask("GET", path, headers={"Host": "evil.test"}).status_code == 403


def test_in_a_kernel_the_page_may_post_to_its_own_server(served: Served) -> None:
    headers = {"Origin": served.url, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    assert served.post(NDARRAY, headers=headers).status_code == 200
