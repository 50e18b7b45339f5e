"""Pieces of HTML, and tables of text, in which outcomes are told.

Rule: no colour but the page's own, or one that is seen through: both themes of every front end are served.
"""

import html
import re
from collections.abc import Iterable, Sequence

__all__ = [
    "GREY",
    "LINE",
    "TABLE",
    "bold",
    "cell",
    "code",
    "command",
    "escaped",
    "muted",
    "pre",
    "row",
    "table",
    "table_html",
]

GREY = "rgba(128,128,128,.16)"
LINE = "rgba(128,128,128,.4)"

_WRAP = "white-space:pre-wrap;overflow-wrap:anywhere;word-break:normal"
TABLE = "margin:4px 0 0;border-collapse:collapse;border:0;table-layout:auto;width:auto"
_ROW = "background:none"  # JupyterLab would stripe it
_CELL = "text-align:left;vertical-align:baseline;padding:2px 16px 2px 0;border:0"
_TEXT = f"margin:0;padding:0;{_WRAP};max-height:40em;overflow-y:auto"
_COMMAND = (
    f"display:block;padding:4px 8px;border-radius:3px;background:{GREY};"
    f"{_WRAP};user-select:all;-webkit-user-select:all"
)
_PIECE = "display:inline-block;max-width:100%;vertical-align:top"

escaped = html.escape


def muted(inner: str) -> str:
    """Less important."""
    return f'<span style="opacity:.7">{inner}</span>'


def bold(text: str) -> str:
    """A text, in bold."""
    return f"<b>{escaped(text)}</b>"


def code(text: str) -> str:
    """A name, an address: in the font of code."""
    return f'<code style="white-space:inherit;overflow-wrap:anywhere">{escaped(text)}</code>'


def command(text: str) -> str:
    """A command that one click selects whole; it breaks before a flag, and elsewhere only if it must."""
    pieces = re.split(r" (?=-[A-Z] |-d )", text)
    inner = " ".join(f'<span style="{_PIECE}">{escaped(piece)}</span>' for piece in pieces)
    return f'<code style="{_COMMAND}">{inner}</code>'


def pre(text: str) -> str:
    """A text as it stands; a long one is scrolled."""
    return f'<pre style="{_TEXT}">{escaped(text)}</pre>'


def table_html(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells in HTML; too wide a one can be scrolled."""
    line = f";white-space:nowrap;border-bottom:1px solid {LINE}"
    first = row(*(cell("th", escaped(title), line) for title in head))
    others = "".join(row(*(cell("td", each, ";white-space:nowrap") for each in cells)) for cells in rows)
    return f'<div style="overflow-x:auto"><table style="{TABLE}">{first}{others}</table></div>'


def row(*cells: str) -> str:
    """A row of cells."""
    return f'<tr style="{_ROW}">{"".join(cells)}</tr>'


def cell(tag: str, inner: str, style: str = "") -> str:
    """A cell; ``tag`` is th or td."""
    return f'<{tag} style="{_CELL}{style}">{inner}</{tag}>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, aligned, under their heads."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = (
        "  ".join(each.ljust(width) for each, width in zip(cells, widths, strict=True)).rstrip()
        for cells in (head, *rows)
    )
    return "\n".join(lines)
