"""`clew up`: the embedded backend."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clew import outbox, settings
from clew.errors import ClewError
from clew.guard import guard

if TYPE_CHECKING:
    from clew.settings import Settings


@click.command(short_help="Start the embedded Marquez-compatible backend and its pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on; 0 picks a free one.")
@click.option("--store", "file", type=click.Path(path_type=Path), help="File that holds everything. Default: store.db in Clew's home.")
@click.option("--insecure", is_flag=True, help="Allow an address that others can reach, without any authentication.")
def command(host: str, port: int, file: Path | None, *, insecure: bool) -> None:
    """Start a backend with Marquez' API and a web UI, on one SQLite file.

    \b
    clew up                                  on http://127.0.0.1:5000, everything kept in Clew's home
    export CLEW_URL=http://127.0.0.1:5000    then tells Airflow and dbt where it is

    What waits in this machine's outbox is delivered as soon as it listens. Ctrl-C or SIGTERM stops it; nothing that was acknowledged is lost.
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    if not insecure and not _is_loopback(host):
        raise ClewError(
            f"{host} can be reached from other machines, and there is no authentication: whoever reaches it reads and writes everything. "
            "Put a gateway in front of 127.0.0.1, or say --insecure if the network is yours alone."
        )
    try:
        from clew.server.app import app
        from clew.server.serve import listen, serve
        from clew.server.store import Store
    except ImportError as error:
        raise ClewError(
            f'The backend needs packages that are not there ({error.name}). Install them: pip install "clew[server]"'
        ) from error
    found = settings.load()
    bound = listen(host, port)
    store = Store((file or settings.home(found) / "store.db").absolute())
    url = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"
    try:
        serve(app(store), bound, lambda: _announce(url, store.path, found))
    finally:
        store.close()
        bound.close()


def _announce(url: str, store: Path, found: Settings) -> None:
    click.echo(f"Clew is up at {url}\nStore: {store}\nCtrl-C stops it.")
    with guard("start the delivery of what waits in the outbox"):
        outbox.start_relay(replace(found, url=found.url or url))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
