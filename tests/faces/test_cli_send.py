"""``status`` and ``send`` against a server that runs."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from components import Everything, Identity, Raising

from seldon_workbench import Session, cli

NDARRAY = {"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}
TEXT = json.dumps(NDARRAY)
ANSWER = {"data": {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]}, "meta": {}}

Run = Callable[..., tuple[int, str]]


class Unwell(Identity):
    def health_status(self) -> bool:
        return False


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    yield from serving(Everything())


def serving(component: object) -> Iterator[Session]:
    session = Session(env={}, http_port=0, grpc_port=0, metrics_port=0)
    session.load(component)
    session.start()
    yield session
    session.stop()


@pytest.fixture
def broken() -> Iterator[Session]:
    yield from serving(Raising(ValueError("bad val")))


@pytest.fixture
def unwell() -> Iterator[Session]:
    yield from serving(Unwell())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line; its exit code and what it printed."""
    monkeypatch.setattr(cli, "log_to_terminal", lambda settings: None)

    def run_one(*words: str) -> tuple[int, str]:
        code = cli.main(list(words))
        said = capsys.readouterr()
        assert said.err == ""
        return code, said.out

    return run_one


def at(session: Session) -> list[str]:
    addresses = session.snapshot().addresses
    assert addresses is not None
    assert addresses.grpc is not None
    return ["--url", addresses.rest.url, "--grpc", addresses.grpc.target]


def url(session: Session) -> list[str]:
    return at(session)[:2]


# ---- status --------------------------------------------------------------------------------------


def test_status_shows_life_health_and_metadata(run: Run, session: Session) -> None:
    code, out = run("status", *url(session))
    assert code == 0
    head, live, healthy, metadata = [line for line in out.splitlines()[1:] if line]
    assert head.split() == ["probe", "verdict", "milliseconds", "answer"]
    assert (live.split()[:2], "pong" in live) == (["live", "ok"], True)
    assert (healthy.split()[:2], "all is well" in healthy) == (["healthy", "ok"], True)
    assert metadata.split()[:2] == ["metadata", "ok"]


def test_status_in_json_has_the_bodies(run: Run, session: Session) -> None:
    code, out = run("status", *url(session), "--json")
    told = json.loads(out)
    assert (code, told["url"]) == (0, url(session)[1])
    assert told["probes"]["live"] == {"code": "200", "body": "pong"}
    assert told["probes"]["healthy"]["body"] == {"meta": {}, "strData": "all is well"}
    assert told["probes"]["metadata"]["body"]["versions"] == [""]


def test_an_unhealthy_component_is_exit_code_1(run: Run, unwell: Session) -> None:
    code, out = run("status", *url(unwell))
    assert code == 1
    (healthy,) = [line for line in out.splitlines() if line.startswith("healthy")]
    assert healthy.split()[1] == "503"


# ---- send ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("via", ["rest", "grpc"])
def test_send_shows_the_reply_its_code_and_its_time(run: Run, session: Session, via: str) -> None:
    code, out = run("send", "predict", "--via", via, *at(session), "-d", TEXT)
    body, _, verdict = out.rpartition("\n\n")
    assert (code, json.loads(body)) == (0, ANSWER)
    assert verdict.split()[0] == ("OK" if via == "grpc" else "200")
    assert verdict.endswith(" ms\n")


@pytest.mark.parametrize("via", ["rest", "grpc"])
@pytest.mark.parametrize(
    ("verb", "payload"),
    [
        *((verb, NDARRAY) for verb in ("predict", "transform-input", "transform-output", "route")),
        ("aggregate", [NDARRAY, NDARRAY]),
        ("aggregate", {"seldonMessages": [NDARRAY]}),
        ("send-feedback", {"request": NDARRAY, "reward": 1}),
    ],
)
def test_every_verb_can_be_sent(run: Run, session: Session, via: str, verb: str, payload: Any) -> None:
    code, out = run("send", verb, "--via", via, *at(session), "--data", json.dumps(payload), "--json")
    assert (code, "status" in json.loads(out)) == (0, False)


@pytest.mark.parametrize(
    ("verb", "via"), [("health-status", "rest"), ("metadata", "rest"), ("metadata", "grpc")]
)
def test_a_verb_without_payload_needs_none(run: Run, session: Session, verb: str, via: str) -> None:
    assert run("send", verb, "--via", via, *at(session))[0] == 0


def test_predict_over_rest_is_what_is_meant(run: Run, session: Session) -> None:
    assert json.loads(run("send", *url(session), "-d", TEXT, "--json")[1]) == ANSWER


def test_the_payload_may_stand_in_a_file(run: Run, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(TEXT, encoding="utf-8")
    assert json.loads(run("send", *url(session), "-d", f"@{file}", "--json")[1]) == ANSWER


def test_the_payload_may_come_from_standard_input(
    run: Run, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(TEXT))
    assert json.loads(run("send", *url(session), "-d", "-", "--json")[1]) == ANSWER


@pytest.mark.parametrize("via", ["rest", "grpc"])
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_refusal_is_shown_and_is_exit_code_1(
    run: Run, broken: Session, via: str, flags: tuple[str, ...]
) -> None:
    code, out = run("send", "--via", via, *at(broken), "-d", TEXT, *flags)
    assert code == 1
    assert "bad val" in out
    if flags:
        assert json.loads(out)["status"]["info"] == "bad val"


def test_text_beyond_ascii_is_shown_as_it_is(run: Run, session: Session) -> None:
    code, out = run("send", *url(session), "-d", '{"strData":"häß"}')
    assert (code, "häß" in out) == (0, True)


@pytest.mark.usefixtures("run")
def test_a_file_that_is_no_text_is_refused(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"\x80\x81")
    assert cli.main(["send", *url(session), "-d", f"@{file}"]) == 1
    assert "it is no UTF-8 text" in capsys.readouterr().err
