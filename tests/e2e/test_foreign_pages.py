"""A page of another origin cannot use a server in a kernel, whatever a browser lets it try."""

import json
import re
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from .lab import Notebook

PAYLOAD = '{"data": {"ndarray": [[1, 1, 1, 1]]}}'

ATTACKS = {
    "JSON": "fetch(url, {method: 'POST', body, headers: {'Content-Type': 'application/json'}})",
    "plain text": "fetch(url, {method: 'POST', body, mode: 'no-cors'})",
    "the fields of a form": "fetch(url, {method: 'POST', body: form, mode: 'no-cors'})",
    "a beacon": "navigator.sendBeacon(url, form)",
    "a query": "fetch(`${url}?${form}`, {mode: 'no-cors'})",
    "a picture": "new Image().src = `${url}?${form}`",
    "a frame": "document.body.innerHTML = `<iframe src='${url}?${form}'>`",
}
"""Ways to send a payload from a page, as JavaScript."""

TRY = """([url, body]) => {
    const form = new URLSearchParams({json: body});
    try { %s } catch {}
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a site that is not ours: a name the browser alone resolves, to this machine."""
    folder: Path = tmp_path_factory.mktemp("foreign")
    (folder / "index.html").write_text("<!doctype html><title>foreign</title>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://evil.test:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(notebook: Notebook, foreign: str) -> Iterator[Page]:
    opened = notebook.page.context.new_page()
    opened.goto(f"{foreign}/index.html")
    yield opened
    opened.close()


@pytest.fixture
def rest(notebook: Notebook) -> str:
    return re.findall(
        r"http://127\.0\.0\.1:\d+", notebook.output("%seldon serve IrisClassifier").inner_text()
    )[0]


@pytest.fixture
def _unused(rest: str) -> Iterator[None]:
    """The component is not called while the test runs."""
    before = predictions(rest)
    yield
    assert predictions(rest) == before


def predictions(rest: str) -> list[str]:
    """What the component has counted: every call."""
    with urllib.request.urlopen(f"{rest}/metrics", timeout=10) as reply:
        lines = reply.read().decode().splitlines()
    return [line for line in lines if line.startswith("iris_predictions_total{")]


@pytest.mark.usefixtures("_unused")
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_foreign_page_cannot_predict_with(page: Page, rest: str, attack: str) -> None:
    assert status_of(page, attack, rest) in (403, None)


@pytest.mark.parametrize("attack", ["JSON", "a query"])
def test_a_page_of_this_machine_can_predict_with(page: Page, rest: str, attack: str) -> None:
    """So it is not the browser that refuses the others."""
    before = predictions(rest)
    page.goto(page.url.replace("evil.test", "127.0.0.1"))
    assert status_of(page, ATTACKS[attack], rest) == 200
    assert predictions(rest) != before


def status_of(page: Page, attack: str, rest: str) -> int | None:
    """The status a request came to; None if the browser gave it up, as it does after a refused preflight."""
    statuses: list[int | None] = []
    page.on("response", lambda reply: statuses.append(reply.status))
    page.on("requestfailed", lambda request: statuses.append(None))
    page.evaluate(TRY % attack, [f"{rest}/predict", PAYLOAD])
    for _ in range(100):
        if statuses:
            break
        page.wait_for_timeout(50)
    return statuses[0]


@pytest.mark.usefixtures("_unused")
def test_a_foreign_page_cannot_predict_with_a_form_that_is_sent(page: Page, rest: str) -> None:
    field = f"<input name=json value='{PAYLOAD}'><button>go</button>"
    page.set_content(f"<form method=post action={rest}/predict>{field}</form>")
    with page.expect_navigation() as sent:
        page.get_by_role("button").click()
    assert sent.value is not None
    assert sent.value.status == 403
    refusal = json.loads(page.inner_text("body"))
    assert "may not talk to this server" in refusal["status"]["info"]


@pytest.mark.usefixtures("_unused")
def test_a_foreign_name_for_this_machine_is_refused(page: Page, rest: str) -> None:
    """What a page could do whose name is bound to this machine after it was loaded."""
    rebound = rest.replace("127.0.0.1", "evil.test")
    query = urllib.parse.urlencode({"json": PAYLOAD})
    for path in (f"/predict?{query}", "/metadata", "/metrics", "/health/status"):
        reply = page.goto(rebound + path)
        assert reply is not None
        assert reply.status == 403, path
