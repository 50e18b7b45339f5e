"""What a command came to, as words, as HTML and as data.

Rule: every result has all three forms; they say the same.
"""

import html
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seldon_workbench.addresses import Addresses
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

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def words(text: str, data: Any = None, exit_code: int = 0) -> Outcome:
    """An outcome that is text and nothing more."""
    return Outcome(text, f"<pre>{html.escape(text)}</pre>", text if data is None else data, exit_code)


def served(snapshot: "Snapshot") -> Outcome:
    """A component that is served now."""
    addresses = _required(snapshot.addresses)
    title = f"{snapshot.name} is served ({_hooks(snapshot)})"
    return Outcome(
        text=f"{title}\n\n{addresses}",
        html=f"<b>{html.escape(title)}</b>{_addresses_html(addresses)}",
        data=_snapshot_data(snapshot),
    )


def status_of(snapshots: Sequence["Snapshot"], now: float | None = None) -> Outcome:
    """Every server of this process."""
    if not snapshots:
        return words("nothing is served; try: %seldon serve MyModel", [])
    now = time.time() if now is None else now
    head = ("name", "target", "REST", "gRPC", "metrics", "since", "requests", "errors", "doing now")
    rows = [_status_row(snapshot, now) for snapshot in snapshots]
    return Outcome(_table(head, rows), _table_html(head, rows), [_snapshot_data(each) for each in snapshots])


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
    text = f"{body}\n\n{reply.code} in {reply.seconds * 1000:.1f} ms"
    return words(text, reply.body, exit_code=0 if reply.is_ok else 1)


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
    return Outcome(f"{url}\n\n{_table(head, rows)}", _table_html(head, rows), data, 0 if is_well else 1)


def _short(reply: Reply) -> str:
    text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _hung(busy: Busy) -> str:
    return (
        f"  {busy.what} has been running for {busy.seconds:.1f} s and does not end: "
        f"its thread {busy.thread} cannot be stopped and ends with the kernel"
    )


def _hooks(snapshot: "Snapshot") -> str:
    return ", ".join(snapshot.hooks) or "no methods"


def _required(addresses: Addresses | None) -> Addresses:
    assert addresses is not None, "only a session that serves is shown as served"
    return addresses


def _status_row(snapshot: "Snapshot", now: float) -> tuple[str, ...]:
    addresses = snapshot.addresses
    shown = (
        ("", "", "")
        if addresses is None
        else (
            addresses.rest.url,
            addresses.to_dict()["grpc"],
            f"{addresses.metrics.url}{addresses.metrics_path}",
        )
    )
    doing = ", ".join(f"{busy.what} for {busy.seconds:.1f} s" for busy in snapshot.busy)
    since = "" if snapshot.since is None else _ago(now - snapshot.since)
    state = doing or ("idle" if addresses else snapshot.state.value)
    return (
        snapshot.name,
        snapshot.target,
        *shown,
        since,
        str(snapshot.answered),
        str(snapshot.failed),
        state,
    )


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


# ---- tables --------------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )
    return "\n".join(lines)


_CELL = 'style="text-align:left;padding:2px 12px 2px 0"'


def _table_html(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row_html(tag: str, cells: Sequence[str]) -> str:
        return f"<tr>{''.join(f'<{tag} {_CELL}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"

    body = "".join(row_html("td", row) for row in rows)
    return f"<table>{row_html('th', head)}{body}</table>"


def _link(url: str, text: str = "") -> str:
    escaped = html.escape(url)
    return f'<a href="{escaped}" target="_blank">{html.escape(text) or escaped}</a>'


def _addresses_html(addresses: Addresses) -> str:
    pages = " &middot; ".join(_link(url, name) for name, url in addresses.links.items())
    rows: Mapping[str, str] = {
        "REST": f"<code>{html.escape(addresses.rest.url)}</code> &nbsp; {pages}",
        "gRPC": f"<code>{html.escape(addresses.to_dict()['grpc'])}</code>",
        "metrics": f"<code>{html.escape(addresses.metrics.url + addresses.metrics_path)}</code>",
        "try": f"<code>{html.escape(addresses.curl)}</code>",
    }
    cells = "".join(
        f"<tr><th {_CELL}>{name}</th><td {_CELL}>{value}</td></tr>" for name, value in rows.items()
    )
    return f"<table>{cells}</table>"
