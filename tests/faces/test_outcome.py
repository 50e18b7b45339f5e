"""Outcomes: one thing said as words, as HTML and as data."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from seldon_workbench.addresses import Addresses
from seldon_workbench.outcome import (
    Outcome,
    pretty,
    probed,
    replied,
    served,
    status_of,
    stopped,
    words,
)
from seldon_workbench.remote import Probe, Reply
from seldon_workbench.session import Session, Snapshot, State
from seldon_workbench.threads import Busy

PORTS = {"rest": 9000, "grpc": 5000, "metrics": 6000}
ADDRESSES = Addresses.of("127.0.0.1", PORTS, "/metrics")
EVIL = '<script>alert("x")</script>'


def snapshot(**changes: Any) -> Snapshot:
    values: dict[str, Any] = {
        "name": "Iris",
        "target": "Iris",
        "state": State.SERVING,
        "addresses": ADDRESSES,
        "since": 100.0,
        "answered": 7,
        "failed": 2,
        "threads": 1,
        "hooks": ("predict",),
        "busy": (),
    }
    return Snapshot(**(values | changes))


def reply(body: Any = None, code: str = "200") -> Reply:
    return Reply({"strData": "yes"} if body is None else body, code, 0.0125)


class Visible(HTMLParser):
    """The text of a fragment, and whether its tags are closed in order."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.text = ""
        self.links: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(fragment)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self._open.append(tag)
        if tag == "a":
            href = dict(attrs)["href"]
            assert href is not None
            self.links[href] = ""

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open[-1:] == ["a"]:
            self.links[list(self.links)[-1]] = data


def outcomes() -> list[Outcome]:
    busy = Busy("seldon-worker-0", "Iris.predict", 3.25)
    session = Session(env={}, name=EVIL)
    return [
        words(EVIL),
        served(snapshot(name=EVIL, target=EVIL)),
        served(snapshot(addresses=Addresses.of("127.0.0.1", {"rest": 1, "metrics": 2}, "/metrics"))),
        status_of([]),
        status_of([snapshot(name=EVIL, target=EVIL * 9), snapshot(busy=(busy,))], now=200.0),
        stopped([(session, [busy])]),
        stopped([]),
        replied(reply({"data": {"names": [EVIL]}})),
        replied(reply(EVIL, "500")),
        probed(f"http://{EVIL}", [Probe("ready", reply(EVIL * 99, "503"))]),
    ]


@pytest.mark.parametrize("outcome", outcomes(), ids=lambda outcome: outcome.text[:20])
def test_every_outcome_has_three_forms(outcome: Outcome) -> None:
    bundle = outcome._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == str(outcome) == repr(outcome) == outcome.text
    assert Visible(bundle["text/html"]).text
    json.dumps(outcome.data)


@pytest.mark.parametrize("outcome", outcomes(), ids=lambda outcome: outcome.text[:20])
def test_no_name_or_reply_can_smuggle_in_html(outcome: Outcome) -> None:
    assert "<script" not in outcome.html


@pytest.mark.parametrize("outcome", outcomes(), ids=lambda outcome: outcome.text[:20])
def test_no_colour_breaks_a_theme(outcome: Outcome) -> None:
    styles = " ".join(re.findall(r'style="([^"]*)"', outcome.html))
    assert not re.search(r"(?<!-)color:|#[0-9a-f]{3}|: ?(black|white)", styles)
    assert all(colour.startswith("(128,128,128,.") for colour in re.findall(r"rgba?(\([^)]*\))", styles))


def test_what_is_served_is_told_with_links_that_open() -> None:
    outcome = served(snapshot())
    seen = Visible(outcome.html)
    assert seen.links == {
        "http://127.0.0.1:9000/docs": "try it",
        "http://127.0.0.1:9000/health/status": "health",
        "http://127.0.0.1:9000/metadata": "metadata",
        "http://127.0.0.1:9000/metrics": "metrics",
    }
    assert "Iris is served (predict)" in seen.text
    for said in ("http://127.0.0.1:9000", "127.0.0.1:5000", "http://127.0.0.1:6000/metrics", ADDRESSES.curl):
        assert said in seen.text
        assert said in outcome.text
    assert outcome.data["addresses"] == ADDRESSES.to_dict()


def test_no_link_leads_to_a_port_that_browsers_refuse() -> None:
    for outcome in (served(snapshot()), status_of([snapshot()])):
        assert not any(":6000" in link for link in Visible(outcome.html).links)


def test_a_link_gives_the_notebooks_address_to_nobody() -> None:
    links = re.findall(r"<a [^>]*>", served(snapshot()).html)
    assert links
    assert all('target="_blank"' in link and 'rel="noopener noreferrer"' in link for link in links)


def test_the_curl_line_is_selected_by_one_click_and_wraps() -> None:
    (style,) = re.findall(r'<code style="([^"]*)"><span style="[^"]*">curl', served(snapshot()).html)
    assert "user-select:all" in style
    assert "white-space:pre-wrap" in style


def test_a_name_of_her_own_is_told_with_what_it_stands_for() -> None:
    outcome = served(snapshot(name="mine", target="iris.py:Iris"))
    assert outcome.text.startswith("mine is served (iris.py:Iris: predict)")


def test_a_component_without_methods_is_told_as_such() -> None:
    assert served(snapshot(hooks=())).text.startswith("Iris is served (no methods)")


def test_status_counts_and_tells_the_time() -> None:
    busy = Busy("seldon-worker-0", "Iris.predict", 3.25)
    outcome = status_of([snapshot(busy=(busy,))], now=100.0 + 3600 + 61)
    head, row = outcome.text.splitlines()
    assert re.split(r"\s{2,}", head)[:2] == ["name", "target"]
    assert re.split(r"\s{2,}", row)[4:8] == ["7", "2", "1 h 1 min", "Iris.predict for 3.2 s"]
    (told,) = outcome.data
    assert (told["requests"], told["errors"]) == (7, 2)
    assert "<b>2</b>" in outcome.html


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (7200, "2 h 0 min")]
)
def test_time_is_told_as_people_do(seconds: float, said: str) -> None:
    assert f"  {said}  " in status_of([snapshot()], now=100.0 + seconds).text


def test_a_long_target_is_shortened_for_the_eye_and_whole_in_the_data() -> None:
    target = "/home/somebody/with/a/deep/folder/of/models/iris.py:IrisClassifier"
    outcome = status_of([snapshot(target=target)], now=100.0)
    assert target not in outcome.text
    assert "models/iris.py:IrisClassifier" in outcome.text
    assert f'title="{target}"' in outcome.html
    assert target not in Visible(outcome.html).text
    assert "models/iris.py:IrisClassifier" in Visible(outcome.html).text
    assert outcome.data[0]["target"] == target


def test_a_session_that_is_loaded_only_has_no_addresses() -> None:
    outcome = status_of([snapshot(state=State.LOADED, addresses=None, since=None)], now=100.0)
    assert outcome.text.splitlines()[1].split() == ["Iris", "Iris", "7", "2", "loaded"]
    assert outcome.data[0]["addresses"] is None


def test_what_hangs_is_named_when_its_server_stops() -> None:
    session = Session(env={}, name="Iris")
    outcome = stopped([(session, [Busy("seldon-worker-0", "Iris.predict", 3.25)])])
    assert "Iris is stopped; its ports are free" in outcome.text
    assert "Iris.predict has been running for 3.2 s and does not end" in outcome.text
    assert outcome.data == [{"name": "Iris", "hung": ["Iris.predict"]}]


def test_a_reply_tells_its_status_and_how_long_it_took() -> None:
    outcome = replied(reply())
    assert outcome.text == '{"strData": "yes"}\n\n200 in 12.5 ms'
    assert outcome.data == {"strData": "yes"}
    assert outcome.exit_code == 0


def test_a_refusal_is_an_outcome_too_and_stands_out() -> None:
    outcome = replied(reply({"status": {"info": "no"}}, "400"))
    assert outcome.exit_code == 1
    assert "<b>400 in 12.5 ms</b>" in outcome.html


def test_a_probe_that_fails_decides_the_exit_code() -> None:
    fine, broken = Probe("ready", reply("pong")), Probe("health", reply("down", "503"))
    assert probed("http://h", [fine]).exit_code == 0
    outcome = probed("http://h", [fine, broken])
    assert outcome.exit_code == 1
    assert re.search(r"health +503 +12.5 +down", outcome.text)


def test_json_for_people_breaks_only_what_is_too_long() -> None:
    short = {"data": {"names": ["a"], "ndarray": [[1, 2]]}}
    assert pretty(short) == json.dumps(short)
    long = {"data": {"names": ["a" * 60, "b" * 60], "ndarray": [[1, 2], [3, 4]]}, "empty": {}}
    lines = pretty(long).splitlines()
    assert '    "ndarray": [[1, 2], [3, 4]]' in lines
    assert json.loads(pretty(long)) == long
    assert pretty("ä" * 200) == f'"{"ä" * 200}"'
