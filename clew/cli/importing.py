"""What `clew up --import FILE` does before it listens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clew.cli.progress import Progress
from clew.cli.screen import printable

if TYPE_CHECKING:
    from clew.server.store import Store

_SHOWN = 20
"""Refused lines that are shown."""


def bring_in(store: Store, file: str) -> None:
    """Import a file, or standard input (`-`), and say on stderr what became of it."""
    from clew.moving.importing import bring_in as import_lines
    from clew.moving.importing import lines

    with lines(None if file == "-" else Path(file)) as found, Progress() as progress:
        imported = import_lines(store, found, progress.tell)
    known = f", {imported.known:,} were there already" if imported.known else ""
    click.echo(f"{imported.taken:,} events and changes imported{known}, {len(imported.refused):,} refused", err=True)
    for refused in imported.refused[:_SHOWN]:
        click.echo(f"  line {refused.line}: {printable(refused.reason)}", err=True)
    if len(imported.refused) > _SHOWN:
        click.echo(f"  … and {len(imported.refused) - _SHOWN:,} more", err=True)
