"""How far a long command is, on stderr: one line that changes on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time

import click

BETWEEN_LINES = 10.0
"""Seconds between two lines where nobody watches."""
BETWEEN_CHANGES = 0.1
"""Seconds between two changes of the line on a terminal."""


class Progress:
    """Tells how far something is; in a `with`, so that its line is gone in the end."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._told_at = time.monotonic() - (BETWEEN_LINES if self._live else 0)
        self._began_at, self._what = time.monotonic(), ""

    def __enter__(self) -> Progress:  # noqa: PYI034  Python 3.10 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)

    def tell(self, what: str, done: int, total: int) -> None:
        """Tell what is done of what; a total of 0 is one that nobody knows."""
        now = time.monotonic()
        if what != self._what:
            self._began_at, self._what = now, what
        if now - self._told_at < (BETWEEN_CHANGES if self._live else BETWEEN_LINES):
            return
        self._told_at = now
        text = f"{what}{_share(done, total, now - self._began_at)} …"
        click.echo(f"\r\x1b[K{text}" if self._live else text, nl=not self._live, err=True)


def _share(done: int, total: int, seconds: float) -> str:
    if not done:
        return ""
    pace = f", {done / seconds:,.0f} per second" if seconds else ""
    return f": {done:,} of {total:,} ({100 * done // total} %{pace})" if total else f": {done:,}"
