"""`clew export`: the events of a backend as lines of a file."""

from __future__ import annotations

import gzip
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click

from clew import settings
from clew.cli.progress import Progress
from clew.errors import BadSetting, ClewError
from clew.marquez import HttpSeam, Marquez

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.moving.items import Item
    from clew.settings import Settings


@click.command(short_help="Write the events of a backend to a file.")
@click.option("--store", "file", type=click.Path(path_type=Path), help="File of an embedded backend. Default: store.db in Clew's home.")
@click.option("--url", help="A Marquez, or another Clew, to read from instead.")
@click.option("--changes", is_flag=True, help="Write changes made through the API (tags, deletions …), too. Of a store only.")
@click.option("--since", help="Leave out events before this time, such as 2026-03-01 or 2026-03-01T06:00:00Z.")
@click.option("--output", default="-", show_default=True, help="File to write; one that ends in .gz is packed.")
def command(file: Path | None, url: str | None, since: str | None, output: str, *, changes: bool) -> None:
    """Write the events of a backend, one line of JSON each, as they came.

    From a store: all events in the order of their arrival; its server may run meanwhile. From a URL: what Marquez gives out, events
    of runs in the order of their time.

    \b
    clew export > events.ndjson                           this machine's store
    clew export --changes --output backup.ndjson.gz       with tags, descriptions and deletions: a whole copy
    clew export --url http://marquez:5000 > events.ndjson
    clew up --import events.ndjson                        the way back

    CLEW_API_KEY goes to --url where CLEW_URL is the same, or is not set.
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    if url and (file or changes):
        raise click.UsageError("--url gives out events alone: leave out --store and --changes.")
    items, total = _source(file, url, since, changes=changes)
    from clew.moving.items import line

    count = 0
    try:
        with _written(output) as target, Progress() as progress:
            for count, item in enumerate(items, 1):
                target.write(line(item) + b"\n")
                progress.tell("exporting", count, total)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever read has seen enough; Python would complain once more as it ends
        sys.exit(1)
    click.echo(f"{count:,} lines → {'standard output' if output == '-' else output}", err=True)


def _source(file: Path | None, url: str | None, since: str | None, *, changes: bool) -> tuple[Iterator[Item], int]:
    from clew.moving import sources

    in_force, after = settings.load(), since_when(since)
    if url:
        return iter(sources.of_backend(backend(url, in_force), since=after)), 0
    path = (file or settings.home(in_force) / "store.db").resolve()
    return sources.of_store(path, since=after, changes=changes), sources.count(path)


def backend(url: str, in_force: Settings) -> Marquez:
    """Return the client of a backend; the key in force goes to the URL in force alone, or to this one where none is in force."""
    try:
        checked = settings.url(url)
    except ValueError as error:
        raise BadSetting(f"{url!r}: {error}") from None
    return Marquez(HttpSeam(checked, api_key=in_force.api_key if in_force.url in {None, checked} else None, timeout=in_force.timeout))


def since_when(text: str | None) -> int | None:
    """Read a day or a time as microseconds since 1970."""
    from clew.server.times import instant

    if text is None:
        return None
    try:
        return instant(text if ":" in text else f"{text}T00:00:00Z")
    except (ValueError, OverflowError) as error:
        raise click.UsageError(f"--since: {error}") from None


@contextmanager
def _written(output: str) -> Iterator[IO[bytes]]:
    """Give a file to write; it has its name only once it is whole."""
    if output == "-":
        with click.open_file("-", "wb") as target:
            yield target
        return
    path = Path(output)
    aside = path.parent / f".{path.name}.part"
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            if path.suffix == ".gz":
                with gzip.open(raw, "wb", compresslevel=6) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield raw
        aside.replace(path)
    except OSError as error:
        raise ClewError(f"{path} cannot be written: {error.strerror or error}. Choose another with --output.") from error
    finally:
        aside.unlink(missing_ok=True)
