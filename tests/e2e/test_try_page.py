"""The page at /docs in a real browser: it sends, shows, explains, and fits."""

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from seldon_workbench import Session

EVIL = "<img src=x onerror=alert(1)>"

TAKES = {"names": ["sepal length", "sepal width", "petal length", "petal width"], "shape": [-1, 4]}
GIVES = {"names": ["setosa", "other"], "shape": [-1, 2]}


class Iris:
    """Doubles its first two columns; says of itself what it takes, and something evil."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.rewards: list[float] = []

    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        self.asked.append(X)
        if isinstance(X, bytes | str | dict):
            return X
        if X.shape[1] != 4:
            raise ValueError(f"X has {X.shape[1]} features, not 4")
        return X[:, :2] * 2.0

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any, routing: Any = None) -> None:
        self.rewards.append(reward)

    def class_names(self) -> list[str]:
        return ["setosa", EVIL]

    def tags(self) -> dict[str, Any]:
        return {"evil": EVIL}

    def metrics(self) -> list[dict[str, Any]]:
        return [{"type": "COUNTER", "key": "seen_total", "value": 1, "tags": {"kind": "leaf"}}]

    def init_metadata(self) -> dict[str, Any]:
        return {
            "name": f"iris {EVIL}",
            "versions": ["1.2"],
            "inputs": [{"messagetype": "ndarray", "schema": TAKES}],
            "outputs": [{"messagetype": "ndarray", "schema": GIVES}],
            "custom": {"evil": EVIL},
        }


class Server:
    """The component of these tests, and where it is served."""

    def __init__(self) -> None:
        self.component = Iris()
        env = {"PREDICTIVE_UNIT_ID": "clf", "PREDICTIVE_UNIT_IMAGE": "org/iris:1.2"}
        self.session = Session(env=env, http_port=0, grpc_port=0, metrics_port=0)
        self.session.load(self.component)
        addresses = self.session.start()
        self.url = addresses.rest.url
        self.page = addresses.links["try it"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    serving = Server()
    yield serving
    serving.session.stop(0.2)


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The page, opened; it has to get along without a complaint of the browser's."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.goto(server.page)
    expect(opened.get_by_role("heading", name="Predict")).to_be_visible()
    yield opened
    context.close()
    # A reply that is an error is one the browser tells too.
    assert [each for each in complaints if "the server responded with a status of" not in each] == []


def editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Payload")


def reply(page: Page) -> Locator:
    return page.get_by_label("Reply", exact=True)


def send(page: Page) -> Locator:
    page.get_by_role("button", name="Send", exact=True).click()
    expect(reply(page).locator(".headline")).to_be_visible()
    return reply(page)


# ---- what is sent and shown ----------------------------------------------------------------------


def test_it_opens_with_an_example_made_from_the_metadata(page: Page) -> None:
    assert json.loads(editor(page).input_value()) == {
        "data": {"names": TAKES["names"], "ndarray": [[1.0, 1.0, 1.0, 1.0]]}
    }
    expect(page.locator("#problem")).to_have_text("Valid, as far as the document says.")
    expect(page.locator("#title")).to_contain_text("1.2")


def test_an_edited_payload_is_sent_and_its_reply_is_a_table(page: Page, server: Server) -> None:
    editor(page).fill('{"data": {"ndarray": [[5.1, 3.5, 1.4, 0.2], [1, 2, 3, 4]]}}')
    shown = send(page)
    expect(shown.locator(".headline")).to_contain_text("200 OK")
    assert shown.locator("table").first.locator("tbody tr").all_inner_texts() == [
        "0\t10.2\t7.0",
        "1\t2.0\t4.0",
    ]
    assert shown.locator("table").first.locator("th").all_inner_texts() == ["", "setosa", EVIL]
    assert server.component.asked[-1].tolist() == [[5.1, 3.5, 1.4, 0.2], [1, 2, 3, 4]]


def test_tags_metrics_and_the_request_path_are_shown(page: Page) -> None:
    shown = send(page)
    for said in (EVIL, "seen_total", "kind=leaf", "org/iris:1.2"):
        expect(shown).to_contain_text(said)


def test_what_a_server_says_is_text_and_never_html(page: Page) -> None:
    send(page)
    assert page.locator("img").count() == 0
    page.goto(f"{page.url.partition('#')[0]}#metadata")
    expect(page.get_by_role("heading", name="Inputs")).to_be_visible()
    assert page.locator("img").count() == 0
    expect(page.locator("dd", has_text=EVIL).first).to_be_visible()


def test_an_error_is_told_in_its_own_words(page: Page) -> None:
    editor(page).fill('{"data": {"ndarray": [[1, 2]]}}')
    expect(page.locator("#problem")).to_have_text("data.ndarray[0] has 2 entries, not 4.")
    shown = send(page)
    expect(shown.locator(".headline")).to_contain_text("500")
    alert = shown.get_by_role("alert")
    expect(alert).to_contain_text("MICROSERVICE_INTERNAL_ERROR")
    expect(alert).to_contain_text("X has 2 features, not 4")


def test_what_is_no_json_is_told_with_its_place_and_can_be_sent_all_the_same(page: Page) -> None:
    editor(page).fill('{"data":\n  {"ndarray": [1 2]}}')
    expect(page.locator("#problem")).to_have_text("No JSON. Line 2, column 18: a comma or ] is missing here.")
    expect(send(page).get_by_role("alert")).to_contain_text("MICROSERVICE_BAD_DATA")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "No JSON. Line 1, column 1: the text ends too early."),
        ('{"a": 1,}', "No JSON. Line 1, column 9: } may not follow a comma."),
        ("[1] 2", "No JSON. Line 1, column 5: nothing may follow here."),
        ("{}", "The payload has no payload: data, jsonData, strData or binData."),
        ('{"data": {"ndarray": [[1,2,3,4],[1]]}}', "data.ndarray[1] has 1 entry, the first has 4."),
        (
            '{"data": {"tensor": {"shape": [1,4], "values": [1]}}}',
            "data.tensor has 1 value for a shape of 4.",
        ),
        ('{"data": []}', "data is [], not an object."),
        ('{"strData": 5}', "strData is 5, not a text."),
        ('{"binData": "?"}', "binData is not base64."),
    ],
)
def test_problems_are_told_while_one_types(page: Page, text: str, problem: str) -> None:
    editor(page).fill(text)
    expect(page.locator("#problem")).to_have_text(problem)


def test_a_payload_changes_its_encoding_and_keeps_its_values(page: Page, server: Server) -> None:
    editor(page).fill('{"data": {"ndarray": [[1.0, 2, 3, 4], [5, 6, 7, 8]]}, "meta": {"puid": "p"}}')
    page.get_by_role("button", name="tensor").click()
    assert editor(page).input_value().count("1.0") == 1, "a number stays as it was written"
    changed = json.loads(editor(page).input_value())
    assert changed == {
        "data": {"tensor": {"shape": [2, 4], "values": [1.0, 2, 3, 4, 5, 6, 7, 8]}},
        "meta": {"puid": "p"},
    }
    expect(send(page)).to_contain_text("2 \u00d7 2 array")
    page.get_by_role("button", name="ndarray").click()
    assert json.loads(editor(page).input_value())["data"] == {"ndarray": [[1.0, 2, 3, 4], [5, 6, 7, 8]]}


@pytest.mark.parametrize(
    ("kind", "asked", "shown"),
    [("strData", "some text", "some text"), ("binData", b"\0\1\2", "3 bytes00 01 02")],
)
def test_texts_and_bytes_are_sent_too(page: Page, server: Server, kind: str, asked: Any, shown: str) -> None:
    page.get_by_role("button", name=kind).click()
    expect(page.get_by_role("button", name=kind)).to_have_attribute("aria-pressed", "true")
    expect(send(page).locator(".stack").first).to_have_text(shown)
    assert server.component.asked[-1] == asked


def test_a_file_is_sent_as_bytes(page: Page, server: Server) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="File…").click()
    chooser.value.set_files({"name": "leaf", "mimeType": "image/png", "buffer": bytes(range(256))})
    expect(page.get_by_role("button", name="binData")).to_have_attribute("aria-pressed", "true")
    send(page)
    assert server.component.asked[-1] == bytes(range(256))


def test_large_integers_are_shown_exactly(page: Page) -> None:
    editor(page).fill('{"jsonData": {"id": 12345678901234567890, "half": 1.0}}')
    page.get_by_role("button", name="Format").click()
    assert '12345678901234567890, "half": 1.0' in editor(page).input_value()
    expect(send(page)).to_contain_text("12345678901234567890")


# ---- the other tabs ------------------------------------------------------------------------------


def test_feedback_is_given_on_the_last_prediction(page: Page, server: Server) -> None:
    send(page)
    page.get_by_role("link", name="Send feedback").click()
    expect(page.get_by_role("heading", name="Send feedback")).to_be_visible()
    given = json.loads(editor(page).input_value())
    assert given["request"] == {"data": {"names": TAKES["names"], "ndarray": [[1, 1, 1, 1]]}}
    assert given["response"]["data"]["ndarray"] == [[2, 2]]
    editor(page).fill(json.dumps(given | {"reward": 0.5}))
    expect(send(page).locator(".headline")).to_contain_text("200 OK")
    assert server.component.rewards[-1] == 0.5


def test_what_is_not_implemented_is_marked_and_says_what_happens(page: Page) -> None:
    page.get_by_role("link", name="Transform input").click()
    note = page.locator(".note")
    expect(note).to_have_text("Iris has no transform_input: the input is the output.")
    expect(page.get_by_role("link", name="Route not implemented")).to_be_visible()


def test_health_and_metrics_are_asked_again_each_time(page: Page) -> None:
    page.get_by_role("link", name="Health").click()
    expect(page.get_by_text("pong")).to_be_visible()
    row = page.locator("tr", has_text="seen_total").filter(has_text='method="health"')
    page.get_by_role("button", name="Ask again").click()
    expect(row).to_be_visible()
    assert "NOT_IMPLEMENTED" not in row.inner_text()


def test_metadata_are_shown_as_tables(page: Page) -> None:
    page.get_by_role("link", name="Metadata").click()
    for name in ("Model", "Inputs", "Outputs", "As JSON"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.locator("table").first).to_contain_text("sepal length")


# ---- the same elsewhere --------------------------------------------------------------------------


def test_the_command_and_the_program_send_what_is_in_the_editor(page: Page, server: Server) -> None:
    editor(page).fill("""{"strData": "it's", "meta": {"tags": {"a": true, "b": null}}}""")
    snippet = page.locator(".card", has=page.get_by_text("The same elsewhere")).locator("pre")
    expect(snippet).to_contain_text(
        """-d '{"strData": "it'\\''s", "meta": {"tags": {"a": true, "b": null}}}'"""
    )
    expect(snippet).to_contain_text(f"curl -s '{server.url}/api/v1.0/predictions'")
    page.get_by_role("button", name="Python").click()
    expect(snippet).to_contain_text("import requests")
    printed: list[Any] = []
    exec(snippet.inner_text(), {"print": lambda *said: printed.append(said)})
    ((code, body),) = printed
    assert (code, body["strData"], body["meta"]["tags"]["a"]) == (200, "it's", True)


def test_a_command_is_copied(page: Page, server: Server) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -s 'http://")


# ---- hands, eyes, screens ------------------------------------------------------------------------


def test_the_keyboard_is_enough(page: Page, server: Server) -> None:
    before = len(server.component.asked)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the payload")).to_be_focused()
    page.keyboard.press("Enter")
    while page.evaluate("document.activeElement.tagName") != "TEXTAREA":
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    expect(reply(page).locator(".headline")).to_contain_text("200 OK")
    assert len(server.component.asked) == before + 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(browser: Browser, server: Server, theme: Any) -> None:
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    page.goto(server.page)
    send(page)
    poor = page.evaluate(CONTRASTS)
    is_dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 30)"
    context.close()
    assert poor == []
    assert is_dark is (theme == "dark")


CONTRASTS = """() => {
    const channels = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((value) => value / 255)
        .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const found = channels(getComputedStyle(each).backgroundColor);
            if (found[3] !== 0) return found;
        }
        return [255, 255, 255];
    };
    const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const poor = [];
    for (const element of document.querySelectorAll("body *")) {
        const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!hasText || !element.checkVisibility()) continue;
        const found = ratio(light(channels(getComputedStyle(element).color)), light(behind(element)));
        if (found < 4.5) poor.push(`${element.className || element.tagName}: ${found.toFixed(2)}`);
    }
    return poor;
}"""
"""Texts that stand out too little from what is behind them, by the measure of WCAG's level AA."""


@pytest.mark.parametrize("width", [400, 800, 1280])
def test_nothing_sticks_out_of_a_screen(browser: Browser, server: Server, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for tab in ("predict", "send_feedback", "health", "metadata"):
        page.goto(f"{server.page}#{tab}")
        if tab == "predict":
            editor(page).fill(json.dumps({"jsonData": {"long": "word" * 200}}))
            send(page)
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") == width, tab
    context.close()


# ---- where it is found ---------------------------------------------------------------------------


class _Proxy(BaseHTTPRequestHandler):
    """Hands everything below a path on, as jupyter-server-proxy does."""

    target = ""
    prefix = "/user/ann/proxy/9000"

    def _hand_on(self) -> None:
        if not self.path.startswith(self.prefix):
            self.send_error(404)
            return
        connection = http.client.HTTPConnection(self.target)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        connection.request(self.command, self.path.removeprefix(self.prefix), body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_POST = _hand_on

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def proxied(server: Server) -> Iterator[str]:
    handler = type("Handler", (_Proxy,), {"target": urlsplit(server.url).netloc})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{proxy.server_port}{_Proxy.prefix}"
        proxy.shutdown()
        thread.join()


def test_it_works_below_the_path_of_a_proxy(browser: Browser, server: Server, proxied: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{proxied}/")
    assert page.url == f"{proxied}/docs"
    expect(send(page).locator(".headline")).to_contain_text("200 OK")
    assert f"curl -s '{proxied}/api/v1.0/predictions'" in page.content().replace("&#39;", "'")
    context.close()


def test_it_asks_nobody_but_its_own_server(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.page)
    send(page)
    page.goto(f"{server.page}#health")
    expect(page.get_by_text("pong")).to_be_visible()
    context.close()
    assert {url.partition(":")[0] for url in asked} <= {"http", "data"}
    assert all(url.startswith((f"{server.url}/", "data:,")) for url in asked)


def test_a_server_that_is_gone_is_told(browser: Browser) -> None:
    gone = Server()
    context = browser.new_context()
    page = context.new_page()
    page.goto(gone.page)
    expect(page.get_by_role("heading", name="Predict")).to_be_visible()
    gone.session.stop(0.2)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(reply(page).get_by_role("alert")).to_contain_text("Does the server still run?")
    context.close()


def test_an_answer_that_takes_long_can_be_given_up(browser: Browser) -> None:
    released = threading.Event()

    class Slow:
        def predict(self, X: Any, names: Any = None) -> Any:
            released.wait(20)
            return X

    session = Session(env={}, http_port=0, grpc_port=0, metrics_port=0)
    session.load(Slow)
    context = browser.new_context()
    page = context.new_page()
    try:
        page.goto(session.start().links["try it"])
        page.get_by_role("button", name="Send", exact=True).click()
        expect(reply(page)).to_contain_text("No answer yet, after")
        page.get_by_role("button", name="Cancel").click()
        expect(reply(page).get_by_role("alert")).to_contain_text("Cancelled")
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    finally:
        context.close()
        released.set()
        session.stop(1.0)
