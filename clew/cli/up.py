"""`clew up`: the embedded backend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clew import outbox, settings
from clew.cli.importing import bring_in
from clew.errors import ClewError
from clew.guard import guard

if TYPE_CHECKING:
    from clew.server.access import Access
    from clew.settings import Settings

FORMATS = ("text", "json")


@click.command(short_help="Start the embedded Marquez-compatible backend and its pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on; 0 picks a free one.")
@click.option("--store", "file", type=click.Path(path_type=Path), help="File that holds everything. Default: store.db in Clew's home.")
@click.option("--import", "imported", metavar="FILE", help="Take in a file of `clew export` first; - is standard input.")
@click.option("--token-file", type=click.Path(path_type=Path), help="Ask for a token; this file has the accepted ones, one a line.")
@click.option("--token-for", type=click.Choice(["all", "write", "read"]), default="all", show_default=True, help="What asks for a token.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Serve https with this certificate (PEM, with its chain).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its private key. Default: in the certificate's file.")
@click.option("--allow-host", "allowed", multiple=True, metavar="NAME", help="A name that a gateway before 127.0.0.1 passes on.")
@click.option("--insecure", is_flag=True, help="Allow an address that others can reach, without any authentication.")
@click.option("--log-requests", is_flag=True, help="Log each request to stderr, too.")
@click.option("--log-format", type=click.Choice(FORMATS), default="text", show_default=True, help="How lines of the log look.")
def command(
    host: str,
    port: int,
    file: Path | None,
    imported: str | None,
    *,
    token_file: Path | None,
    token_for: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    allowed: tuple[str, ...],
    log_format: str,
    insecure: bool,
    log_requests: bool,
) -> None:
    """Start a backend with Marquez' API and a web UI, on one SQLite file.

    \b
    clew up                                  on http://127.0.0.1:5000, everything kept in Clew's home
    export CLEW_URL=http://127.0.0.1:5000    then tells Airflow and dbt where it is

    \b
    clew up --host 0.0.0.0 --token-file tokens --tls-cert cert.pem --tls-key key.pem
    export CLEW_API_KEY=…                    is the token that they then send

    \b
    clew up --import events.ndjson           what `clew export` wrote; what is there already is left out

    What waits in this machine's outbox is delivered as soon as it listens. Ctrl-C or SIGTERM stops it; nothing that was acknowledged is lost.
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    try:
        from clew.server import logs
        from clew.server.access import Access, guarded, tokens
        from clew.server.app import app
        from clew.server.hosts import is_loopback
        from clew.server.serve import Tls, listen, serve
        from clew.server.store import Store
    except ImportError as error:
        raise ClewError(
            f'The backend needs packages that are not there ({error.name}). Install them: pip install "clew[server]"'
        ) from error
    if tls_key and not tls_cert:
        raise click.UsageError("--tls-key is the key of a certificate: add --tls-cert.")
    if not insecure and token_file is None and not is_loopback(host):
        raise ClewError(
            f"{host} can be reached from other machines, and whoever reaches it could read and write everything. "
            "Ask for a token with --token-file, or say --insecure if the network is yours alone."
        )
    logs.configure(log_format, requests=log_requests)
    found = settings.load()
    access = Access(tokens=tokens(token_file), guarded=guarded(token_for)) if token_file else None
    tls = Tls(certificate=tls_cert, key=tls_key) if tls_cert else None
    bound = listen(host, port)
    store = Store((file or settings.home(found) / "store.db").absolute())
    url = f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"
    try:
        if imported:
            bring_in(store, imported)
        serve(app(store, access, allowed if is_loopback(host) else None), bound, lambda: _announce(url, store.path, found, access), tls)
    finally:
        store.close()
        bound.close()


def _announce(url: str, store: Path, found: Settings, access: Access | None) -> None:
    click.echo(f"Clew is up at {url}\nStore: {store}\nCtrl-C stops it.")
    if access and not found.api_key and found.url in {None, url}:  # our token is for nobody else
        found = replace(found, api_key=access.tokens[0].decode())
    with guard("start the delivery of what waits in the outbox"):
        outbox.start_relay(replace(found, url=found.url or url))
