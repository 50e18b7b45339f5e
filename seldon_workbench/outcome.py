"""What a command came to, as words, as HTML and as data.

Rule: every result has all three forms; they say the same.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seldon_workbench.addresses import Addresses
from seldon_workbench.markup import (
    TABLE,
    bold,
    cell,
    code,
    command,
    escaped,
    muted,
    pre,
    row,
    table,
    table_html,
)
from seldon_workbench.remote import Probe, Reply
from seldon_workbench.threads import Busy

if TYPE_CHECKING:
    from seldon_workbench.session import Session, Snapshot

__all__ = ["Outcome", "pretty", "probed", "replied", "served", "status_of", "stopped", "words"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to."""

    text: str
    html: str
    data: Any
    """The same in JSON types."""
    exit_code: int = 0
    coloured: str = ""
    """The text with a terminal's colours; empty where it has none."""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def words(text: str, data: Any = None, exit_code: int = 0) -> Outcome:
    """An outcome that is text and nothing more."""
    return Outcome(text, pre(text), text if data is None else data, exit_code)


def served(snapshot: "Snapshot", without_effect: Sequence[str] = ()) -> Outcome:
    """A component that is served now, and the flags that could have no effect on that."""
    addresses = _required(snapshot.addresses)
    what = "" if snapshot.target == snapshot.name else f"{snapshot.target}: "
    says = f"({what}{', '.join(snapshot.hooks) or 'no methods'})"
    note = f"a kernel serves in one process, without {', '.join(without_effect)}" if without_effect else ""
    title = f"<b>{escaped(snapshot.name)}</b> is served {muted(escaped(says))}"
    return Outcome(
        text="\n\n".join(filter(None, (f"{snapshot.name} is served {says}", str(addresses), note))),
        html=f"<div>{title}</div>{_addresses_html(addresses)}{muted(escaped(note))}",
        data=_snapshot_data(snapshot),
    )


def status_of(snapshots: Sequence["Snapshot"], now: float | None = None) -> Outcome:
    """Every server of this process."""
    if not snapshots:
        return words("nothing is served; try: %seldon serve MyModel", [])
    now = time.time() if now is None else now
    head = ("name", "target", "REST", "gRPC", "requests", "errors", "up for", "doing now", "metrics")
    rows = [_status_row(snapshot, now) for snapshot in snapshots]
    links = [each.addresses.links if each.addresses else {} for each in snapshots]
    return Outcome(
        text=table(head, [(row[0], _short_target(row[1]), *row[2:]) for row in rows]),
        html=table_html(
            (title for title in head if title != "target"),
            (_status_html(*row) for row in zip(rows, links, strict=True)),
        ),
        data=[_snapshot_data(each) for each in snapshots],
    )


def stopped(ended: Iterable[tuple["Session", Sequence[Busy]]]) -> Outcome:
    """Servers that were stopped, and the calls of theirs that hang."""
    lines, data = [], []
    for session, hung in ended:
        lines.append(f"{session.name} is stopped; its ports are free")
        lines += [_hung(busy) for busy in hung]
        data.append({"name": session.name, "hung": [busy.what for busy in hung]})
    return words("\n".join(lines) or "nothing was served", data)


def replied(reply: Reply) -> Outcome:
    """The reply to one request."""
    body = reply.body if isinstance(reply.body, str) else pretty(reply.body)
    came = f"{reply.code} in {reply.seconds * 1000:.1f} ms"
    return Outcome(
        text=f"{body}\n\n{came}",
        html=f"{pre(body)}{muted(came) if reply.is_ok else bold(came)}",
        data=reply.body,
        exit_code=0 if reply.is_ok else 1,
    )


def pretty(value: Any, indent: int = 0) -> str:
    """JSON for people: what fits into a line stands in one."""
    line = json.dumps(value, ensure_ascii=False)
    if indent + len(line) <= _WIDTH or not value or not isinstance(value, dict | list):
        return line
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {pretty(entry, indent + 2)}"
            for key, entry in value.items()
        ]
    else:
        parts = [pretty(entry, indent + 2) for entry in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{pad}" + f",\n{pad}".join(parts) + f"\n{' ' * indent}{closing}"


_WIDTH = 100


def probed(url: str, probes: Sequence[Probe]) -> Outcome:
    """What a server at a URL says of itself."""
    head = ("probe", "verdict", "milliseconds", "answer")
    rows = [
        (
            each.name,
            "ok" if each.reply.is_ok else each.reply.code,
            f"{each.reply.seconds * 1000:.1f}",
            _short(each.reply),
        )
        for each in probes
    ]
    data = {
        "url": url,
        "probes": {each.name: {"code": each.reply.code, "body": each.reply.body} for each in probes},
    }
    is_well = all(each.reply.is_ok for each in probes)
    shown = table_html(head, [[escaped(each) for each in cells] for cells in rows])
    return Outcome(f"{url}\n\n{table(head, rows)}", shown, data, 0 if is_well else 1)


def _short(reply: Reply) -> str:
    text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _hung(busy: Busy) -> str:
    return (
        f"  {busy.what} has been running for {busy.seconds:.1f} s and does not end: "
        f"its thread {busy.thread} cannot be stopped and ends with the kernel"
    )


def _required(addresses: Addresses | None) -> Addresses:
    assert addresses is not None, "only a session that serves is shown as served"
    return addresses


def _status_row(snapshot: "Snapshot", now: float) -> tuple[str, ...]:
    addresses = snapshot.addresses
    where = addresses.to_dict() if addresses else {"rest": "", "grpc": "", "metrics": ""}
    doing = ", ".join(f"{busy.what} for {busy.seconds:.1f} s" for busy in snapshot.busy)
    return (
        *(snapshot.name, snapshot.target, where["rest"], where["grpc"]),
        *(str(snapshot.answered), str(snapshot.failed)),
        "" if snapshot.since is None else _ago(now - snapshot.since),
        doing or ("idle" if addresses else snapshot.state.value),
        where["metrics"],
    )


def _short_target(text: str) -> str:
    """A target that fits into a table; its end says more than its beginning."""
    return text if len(text) <= _WIDEST_TARGET else f"...{text[3 - _WIDEST_TARGET :]}"


_WIDEST_TARGET = 32


def _ago(seconds: float) -> str:
    minutes, hours = int(seconds) // 60, int(seconds) // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {int(seconds) % 60} s" if minutes else f"{int(seconds)} s"


def _snapshot_data(snapshot: "Snapshot") -> dict[str, Any]:
    addresses = snapshot.addresses
    return {
        "name": snapshot.name,
        "target": snapshot.target,
        "state": snapshot.state.value,
        "addresses": addresses and addresses.to_dict(),
        "since": snapshot.since,
        "requests": snapshot.answered,
        "errors": snapshot.failed,
        "methods": list(snapshot.hooks),
    }


# ---- HTML ----------------------------------------------------------------------------------------


def _long(text: str) -> str:
    """A text that is shown short, and whole where the mouse rests on it."""
    return f'<span title="{escaped(text)}">{escaped(_short_target(text))}</span>'


def _links(pages: Mapping[str, str]) -> str:
    return " &middot; ".join(
        f'<a href="{escaped(url)}" target="_blank" rel="noopener noreferrer"'
        f' style="text-decoration:underline;white-space:nowrap">{escaped(name)}</a>'
        for name, url in pages.items()
    )


def _addresses_html(addresses: Addresses) -> str:
    rest, grpc, metrics = addresses.to_dict().values()
    rows: Mapping[str, str] = {
        "REST": f"{code(rest)} &nbsp;{_links(addresses.links)}",
        "gRPC": code(grpc) if grpc else "off",
        "metrics": code(metrics),
        "try": command(addresses.curl),
    }
    body = "".join(
        row(cell("th", name), cell("td", value, ";padding-right:0")) for name, value in rows.items()
    )
    return f'<table style="{TABLE}">{body}</table>'


def _status_html(row: Sequence[str], pages: Mapping[str, str]) -> list[str]:
    """The cells of a server: what it serves stands below its name, its pages below its address."""
    name, target, rest, grpc, requests, errors, up, doing, metrics = row
    return [
        bold(name) + (f"<br>{muted(_long(target))}" if target != name else ""),
        f"{code(rest)}<br>{_links(pages)}" if rest else "",
        code(grpc) if grpc else "",
        requests,
        errors if errors == "0" else bold(errors),
        *(escaped(up), escaped(doing)),
        code(metrics.removeprefix("http://")) if metrics else "",
    ]
