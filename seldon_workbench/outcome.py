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
    return Outcome(text, _pre(text), text if data is None else data, exit_code)


def served(snapshot: "Snapshot") -> Outcome:
    """A component that is served now."""
    addresses = _required(snapshot.addresses)
    what = "" if snapshot.target == snapshot.name else f"{snapshot.target}: "
    says = f"({what}{', '.join(snapshot.hooks) or 'no methods'})"
    title = f"<b>{_escaped(snapshot.name)}</b> is served {_muted(_escaped(says))}"
    return Outcome(
        text=f"{snapshot.name} is served {says}\n\n{addresses}",
        html=f"<div>{title}</div>{_addresses_html(addresses)}",
        data=_snapshot_data(snapshot),
    )


def status_of(snapshots: Sequence["Snapshot"], now: float | None = None) -> Outcome:
    """Every server of this process."""
    if not snapshots:
        return words("nothing is served; try: %seldon serve MyModel", [])
    now = time.time() if now is None else now
    head = ("name", "target", "REST", "gRPC", "metrics", "up for", "requests", "errors", "doing now")
    rows = [_status_row(snapshot, now) for snapshot in snapshots]
    links = [each.addresses.links if each.addresses else {} for each in snapshots]
    return Outcome(
        text=_table(head, [_shortened(row) for row in rows]),
        html=_table_html(
            _without_target(head), [_status_html(*row) for row in zip(rows, links, strict=True)]
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
        html=f"{_pre(body)}{_muted(came) if reply.is_ok else _bold(came)}",
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
    table_html = _table_html(head, [[_escaped(cell) for cell in row] for row in rows])
    return Outcome(f"{url}\n\n{_table(head, rows)}", table_html, data, 0 if is_well else 1)


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


_WIDEST_TARGET = 32


def _shortened(row: Sequence[str]) -> tuple[str, ...]:
    """A row whose target is short enough for a line; its end says more than its beginning."""
    name, target, *others = row
    short = target if len(target) <= _WIDEST_TARGET else f"...{target[3 - _WIDEST_TARGET :]}"
    return name, short, *others


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


# ---- HTML ----------------------------------------------------------------------------------------

# Colours are the page's own, or grey that is seen through: both themes of every front end are served.
_GREY = "rgba(128,128,128,.16)"
_LINE = "rgba(128,128,128,.4)"

_TABLE = "margin:4px 0 0;border-collapse:collapse;border:0;table-layout:auto;width:auto"
_ROW = "background:none"  # JupyterLab would stripe it
_CELL = "text-align:left;vertical-align:baseline;padding:2px 16px 2px 0;border:0"
_TEXT = "margin:0;padding:0;white-space:pre-wrap;overflow-wrap:anywhere;max-height:40em;overflow-y:auto"
_COMMAND = (
    f"display:block;padding:4px 8px;border-radius:3px;background:{_GREY};"
    # One click selects it all; it breaks where a space is, and elsewhere only if it must.
    "white-space:pre-wrap;overflow-wrap:anywhere;user-select:all;-webkit-user-select:all"
)
_ELLIPSIZED = "display:inline-block;max-width:24ch;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"

_escaped = html.escape


def _muted(inner: str) -> str:
    return f'<span style="opacity:.7">{inner}</span>'


def _bold(text: str) -> str:
    return f"<b>{_escaped(text)}</b>"


def _code(text: str) -> str:
    return f'<code style="white-space:nowrap">{_escaped(text)}</code>'


def _pre(text: str) -> str:
    return f'<pre style="{_TEXT}">{_escaped(text)}</pre>'


def _long(text: str) -> str:
    return (
        f'<span style="{_ELLIPSIZED};vertical-align:bottom" title="{_escaped(text)}">{_escaped(text)}</span>'
    )


def _links(pages: Mapping[str, str]) -> str:
    return " &middot; ".join(
        f'<a href="{_escaped(url)}" target="_blank" rel="noopener noreferrer"'
        f' style="text-decoration:underline;white-space:nowrap">{_escaped(name)}</a>'
        for name, url in pages.items()
    )


def _addresses_html(addresses: Addresses) -> str:
    rest, grpc, metrics = addresses.to_dict().values()
    rows: Mapping[str, str] = {
        "REST": f"{_code(rest)} &nbsp;{_links(addresses.links)}",
        "gRPC": _code(grpc) if grpc else "off",
        "metrics": _code(metrics),
        "try": f'<code style="{_COMMAND}">{_escaped(addresses.curl)}</code>',
    }
    body = "".join(
        f'<tr style="{_ROW}"><th style="{_CELL}">{name}</th><td style="{_CELL}">{value}</td></tr>'
        for name, value in rows.items()
    )
    return f'<table style="{_TABLE}">{body}</table>'


def _status_html(row: Sequence[str], pages: Mapping[str, str]) -> list[str]:
    """The cells of a server: what it serves stands below its name, its pages below its address."""
    name, target, rest, *others, requests, errors, doing = row
    grpc, metrics, up = others
    return [
        _bold(name) + (f"<br>{_muted(_long(target))}" if target != name else ""),
        f"{_code(rest)}<br>{_links(pages)}" if rest else "",
        *(_code(address.removeprefix("http://")) if address else "" for address in (grpc, metrics)),
        *(_escaped(up), requests, errors if errors == "0" else _bold(errors), _escaped(doing)),
    ]


def _without_target(head: Sequence[str]) -> list[str]:
    return [title for title in head if title != "target"]


def _table_html(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells in HTML; too wide a one can be scrolled."""

    def row_html(tag: str, cells: Iterable[str], style: str = "") -> str:
        inner = "".join(f'<{tag} style="{_CELL};white-space:nowrap{style}">{cell}</{tag}>' for cell in cells)
        return f'<tr style="{_ROW}">{inner}</tr>'

    first = row_html("th", map(_escaped, head), f";border-bottom:1px solid {_LINE}")
    others = "".join(row_html("td", row) for row in rows)
    return f'<div style="overflow-x:auto"><table style="{_TABLE}">{first}{others}</table></div>'
