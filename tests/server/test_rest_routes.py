"""Every path of Seldon's route table, with every verb."""

from collections.abc import Iterator

import pytest
from components import Everything

from .serving import ANSWER, NDARRAY, Served, Serving, serving, status_of

ANY = ("GET", "HEAD", "POST")
POST = ("POST",)
READ = ("GET", "HEAD")

SHIFTED_UP = {"data": {"names": ["t:0", "t:1"], "ndarray": [[2, 3]]}, "meta": {}}
SHIFTED_DOWN = {"data": {"names": ["t:0", "t:1"], "ndarray": [[0, 1]]}, "meta": {}}
BRANCH = {"data": {"names": ["t:0"], "ndarray": [[1]]}, "meta": {}}
NO_DATA = {"data": {"ndarray": []}, "meta": {}}
WELL = {"meta": {}, "strData": "all is well"}
NO_METADATA = {"custom": {}, "inputs": [], "name": "", "outputs": [], "platform": "", "versions": [""]}

LIST = [NDARRAY, NDARRAY]
FEEDBACK = {"request": NDARRAY, "reward": 1}

ROUTES = {
    "/predict": (ANY, NDARRAY, ANSWER),
    "/api/v1.0/predictions": (POST, NDARRAY, ANSWER),
    "/api/v0.1/predictions": (POST, NDARRAY, ANSWER),
    "/send-feedback": (ANY, FEEDBACK, NO_DATA),
    "/api/v1.0/feedback": (POST, FEEDBACK, NO_DATA),
    "/api/v0.1/feedback": (POST, FEEDBACK, NO_DATA),
    "/transform-input": (ANY, NDARRAY, SHIFTED_UP),
    "/transform-output": (ANY, NDARRAY, SHIFTED_DOWN),
    "/route": (ANY, NDARRAY, BRANCH),
    "/aggregate": (ANY, LIST, ANSWER),
    "/health/status": (READ, None, WELL),
    "/api/v1.0/health/status": (READ, None, WELL),
    "/metadata": (READ, None, NO_METADATA),
    "/api/v1.0/metadata": (READ, None, NO_METADATA),
}
"""Path -> its verbs, a payload, and what is answered to it."""

ALLOWED = [(verb, path) for path, (verbs, _, _) in ROUTES.items() for verb in verbs]
FORBIDDEN = [
    (verb, path)
    for path, (verbs, _, _) in ROUTES.items()
    for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    if verb not in verbs
]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Everything, guarded=False) as running:
        yield running


@pytest.mark.parametrize(("verb", "path"), [case for case in ALLOWED if case[0] != "HEAD"])
def test_a_route_answers_with_json(served: Served, verb: str, path: str) -> None:
    _, payload, expected = ROUTES[path]
    response = served.ask(verb, path, json=payload)
    assert (response.status_code, response.json()) == (200, expected)
    assert response.headers["Content-Type"] == "application/json"
    assert response.text.endswith("}\n")


@pytest.mark.parametrize("path", [path for verb, path in ALLOWED if verb == "HEAD"])
def test_head_is_answered_with_the_headers_of_get(served: Served, path: str) -> None:
    payload = ROUTES[path][1]
    get, head = (served.ask(verb, path, json=payload) for verb in READ)
    assert head.content == b""
    assert (head.status_code, head.headers["Content-Type"]) == (200, get.headers["Content-Type"])
    assert head.headers["Content-Length"] == str(len(get.content))


@pytest.mark.parametrize(("verb", "path"), FORBIDDEN)
def test_a_wrong_verb_is_405_and_names_the_right_ones(served: Served, verb: str, path: str) -> None:
    response = served.ask(verb, path, json=NDARRAY)
    assert response.status_code == 405
    assert sorted(response.headers["Allow"].split(", ")) == sorted({*ROUTES[path][0], "OPTIONS"})
    if verb != "HEAD":
        assert path in status_of(response)["info"]


@pytest.mark.parametrize("path", ROUTES)
def test_options_tells_the_verbs_and_nothing_else(served: Served, path: str) -> None:
    response = served.ask("OPTIONS", path)
    assert (response.status_code, response.content) == (200, b"")
    assert sorted(response.headers["Allow"].split(", ")) == sorted({*ROUTES[path][0], "OPTIONS"})


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "path",
    ["/", "/nope", "/predict/", "/Predict", "/api/v1.0/metadata/foo", "/combine", "/api/v2.0/predictions"],
)
def test_an_unknown_path_is_404_and_named(served: Served, verb: str, path: str) -> None:
    response = served.ask(verb, path, json=NDARRAY)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"
    assert path in status_of(response)["info"]


def test_ping_is_answered_with_pong(served: Served) -> None:
    response = served.ask("GET", "/health/ping")
    assert (response.status_code, response.text) == (200, "pong")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert served.ask("HEAD", "/health/ping").content == b""
    assert served.ask("POST", "/health/ping").status_code == 405


def test_a_leading_double_slash_is_one(served: Served) -> None:
    assert served.ask("POST", "//predict", json=NDARRAY).json() == ANSWER


def test_a_double_slash_within_a_path_is_redirected(served: Served) -> None:
    response = served.ask("POST", "/api//v1.0/predictions", json=NDARRAY, allow_redirects=False)
    assert response.status_code == 308
    assert response.headers["Location"].endswith("/api/v1.0/predictions")


def test_health_and_metadata_look_at_neither_query_nor_body(served: Served) -> None:
    for path, expected in (("/health/status", WELL), ("/metadata", NO_METADATA)):
        assert served.ask("GET", f"{path}?json=%7Bbad", data=b"{bad").json() == expected


def test_head_runs_the_component(serve_here: Serving) -> None:
    class Counting:
        runs = 0

        def predict(self, X: object) -> object:
            Counting.runs += 1
            return X

    serve_here(Counting).ask("HEAD", "/predict", json=NDARRAY)
    assert Counting.runs == 1
