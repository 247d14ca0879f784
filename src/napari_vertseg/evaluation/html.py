"""Pieces of a page that needs nothing beside it: no script, no file, no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;max-width:66rem;margin:1.5rem auto;padding:0 1rem;
color:#1c1c1c;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #ddd}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem;margin:.6rem 0}
th,td{padding:.18rem .7rem;text-align:right;border-bottom:1px solid #e6e6e6;white-space:nowrap}
th:first-child,td:first-child{text-align:left}
tr.quiet td{color:#777}
.wide{overflow-x:auto}
.notice{color:#555;border-left:4px solid #d55e00;padding-left:.7rem}
.alarm{background:#fff3e0;border-left:4px solid #d55e00;padding:.4rem .8rem;margin:.8rem 0}
figure{margin:1rem 0}figure img{max-width:100%}figcaption{font-size:.88rem;color:#333}
.close figure{margin:1.1rem 0}
"""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def heading(text: str) -> str:
    """Of a section."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str, kind: str = "") -> str:
    """Plain text; ``notice`` and ``alarm`` stand out."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], quiet: Iterable[Sequence[object]] = ()
) -> str:
    """Rows under a head; quiet ones are there to be compared with."""
    lines = [_row("th", head)]
    lines += [_row("td", row) for row in rows]
    lines += [_row("td", row, "quiet") for row in quiet]
    return '<div class="wide"><table>' + "\n".join(lines) + "</table></div>"


def picture(png: bytes, caption: str, text: str = "") -> str:
    """An embedded PNG; ``text`` says what is seen for those who cannot see it."""
    data = b64encode(png).decode("ascii")
    return (
        f'<figure><img alt="{escape(text or caption)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def listing(items: Iterable[str]) -> str:
    """One line each."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _row(cell: str, values: Sequence[object], kind: str = "") -> str:
    cells = "".join(f"<{cell}>{escape(str(v))}</{cell}>" for v in values)
    return f'<tr class="{kind}">{cells}</tr>' if kind else f"<tr>{cells}</tr>"
