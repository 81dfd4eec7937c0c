"""How things look on a terminal: tables, marks, ages. Colour is click's, which leaves it out where nobody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OK, WARN, BAD, NOTE = (
    click.style("✓", fg="green"),
    click.style("!", fg="yellow", bold=True),
    click.style("✗", fg="red", bold=True),
    click.style("·", dim=True),
)


def printable(text: object) -> str:
    """Return the text without characters that could steer the terminal; names come from outside."""
    return "".join(c if c.isprintable() else "�" for c in str(text))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out rows in columns, the last as wide as it needs."""
    cells = [[printable(c) for c in row] for row in rows]
    widths = [max(len(row[n]) for row in [list(head), *cells]) for n in range(len(head))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in [list(head), *cells]]
    return "\n".join([click.style(lines[0], bold=True), *lines[1:]])


def age(seconds: float) -> str:
    """Say a time span in one unit: `42 s`, `3 min`, `5 h`, `2 d`."""
    for unit, length, limit in (("s", 1, 120), ("min", 60, 120), ("h", 3600, 48)):
        if seconds < length * limit:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def size(count: float) -> str:
    """Say a number of bytes: `0 B`, `12 KB`, `1.5 GB`."""
    for unit in ("B", "KB", "MB"):
        if count < 1024:  # noqa: PLR2004
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GB"
