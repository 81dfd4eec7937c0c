"""`clew demo`: the main job from end to end on a small shop, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from clew.cli.screen import BAD, OK, printable
from clew.demo import backend, environments, places, promises, story
from clew.errors import ClewError

if TYPE_CHECKING:
    from types import FrameType

    from clew.demo.story import Shop

PORT = 5000


@click.command(short_help="Run a small shop through Airflow and dbt and show its lineage.")
@click.option("--check", is_flag=True, help="Do not serve: verify what the demo promises, and end with status 1 when something is missing.")
@click.option("--port", type=int, help=f"Port of the backend. Default: {PORT}, or any that is free.")
@click.option(
    "--environments",
    "folder",
    type=click.Path(path_type=Path),
    help="Where the environments with Airflow and dbt are kept. Default: the platform's cache.",
)
def command(*, check: bool, port: int | None, folder: Path | None) -> None:
    """Run a small shop through Airflow and dbt and show its lineage.

    Starts the embedded backend, runs three DAGs for two days in a real Airflow 3 and a dbt project on DuckDB, in a folder that is thrown
    away afterwards, and ends with the address of the graph that joins them. On the second day a column has gone away, and a report fails.

    The first time it sets up two environments, one with Airflow and one with dbt (0.7 GB, a few minutes).
    """
    folder = (folder or Path(platformdirs.user_cache_dir("clew")) / "environments").absolute()
    airflow = environments.ensure(environments.AIRFLOW, folder, _announce)
    dbt = environments.ensure(environments.DBT, folder, _announce)
    home = Path(tempfile.mkdtemp(prefix="clew-demo-"))
    signal.signal(signal.SIGTERM, _end)
    try:
        with backend.backend(home / "store.db", port=_port(port), environ=_environ(home), log=home / "backend.log") as url:
            shop = story.Shop(home=home, project=places.project(), dags=places.dags(), airflow=airflow, dbt=dbt, url=url)
            _tell(shop)
            kept = _verify(shop)
            if not check:
                _serve(shop)
    except ClewError:
        click.echo(f"Everything of this demo is kept in {home}.", err=True)
        raise
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    shutil.rmtree(home, ignore_errors=True)
    if check and not kept:
        raise click.exceptions.Exit(1)


def _end(number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C: with everything stopped and removed."""
    raise SystemExit(128 + number)


def _port(asked: int | None) -> int:
    if asked is not None:
        return asked
    return PORT if backend.is_free(PORT) else 0


def _environ(home: Path) -> dict[str, str]:
    """Keep the backend away from an outbox that its user may have."""
    return {**os.environ, "CLEW_HOME": str(home / "clew")}


def _announce(text: str) -> None:
    click.secho(text, bold=True)


def _tell(shop: Shop) -> None:
    _announce(f"Backend: {shop.url}")
    _announce("Two days of the shop, in Airflow and dbt")
    story.tell(shop, _told)


def _told(what: str, how: str) -> None:
    click.echo(f"  {what:<28} {printable(how)}")


def _verify(shop: Shop) -> bool:
    _announce("What is in the backend now")
    found = promises.check(shop)
    for promise in found:
        click.echo(f"  {OK if promise.kept else BAD} {promise.text}")
        if not promise.kept:
            click.echo(f"      found: {printable(promise.found)}")
    return all(p.kept for p in found)


def _serve(shop: Shop) -> None:
    click.echo()
    click.secho("Look: ", bold=True, nl=False)
    click.echo(shop.url + promises.graph(shop))
    click.echo("Ctrl-C stops the backend and removes everything.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo()
