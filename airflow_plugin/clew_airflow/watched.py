"""What a task's own code reads and writes: watched from right before it starts, told with the END of its try."""

from __future__ import annotations

import logging
import os
import sys
from functools import cache, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clew import python_start, settings, watching
from clew.guard import guard
from clew.naming import from_uri
from clew.settings import Settings
from clew.watching import handover, inherited, libraries
from clew.watching.calls import after
from clew.watching.imports import when_imported
from clew.watching.recorder import Recorder
from clew.watching.seen import Statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from clew.events import Json
    from clew.watching.seen import Database, Thing

log = logging.getLogger("clew")

_READERS = {"airflow.sdk.execution_time.task_runner": "parse", "airflow.cli.commands.task_command": "get_dag"}
"""Modules of Airflow 3 and of Airflow 2, and what of them reads the DAG's file for a task; other processes import them and do not call it."""
_EXCEPTIONS = ("airflow.sdk.exceptions", "airflow.exceptions")
"""Modules that may have the exception `TaskDeferred`: Airflow 3's, and Airflow 2's."""
_ENDS = frozenset({"COMPLETE", "FAIL", "ABORT"})
_schemas: dict[tuple[str | None, int | None, str | None], str] = {}


def watch_what_dags_import() -> None:
    """Have libraries watched before a task's process reads its DAG's file: `from pandas import read_csv` takes what is there then."""
    for module, reader in _READERS.items():
        when_imported(module, partial(_watch_before, reader))


def keep_what_was_seen_before_a_deferral() -> None:
    """Have a task that defers leave what it saw to the process in which it goes on: it ends without an event."""
    for module in _EXCEPTIONS:
        when_imported(module, _watch_deferral)


def _watch_deferral(exceptions: Any) -> None:
    if "TaskDeferred" in vars(exceptions):
        with guard("see that a task defers"):
            after(exceptions, "TaskDeferred.__init__", _leave)


def _leave(*_: Any, **__: Any) -> None:
    run_id = watching.watched()
    if run_id is not None and (things := [*watching.end(), *_of_what_it_started()]):
        handover.leave(handover.first_half(_home(os.environ), run_id), things)


def _watch_before(reader: str, module: Any) -> None:
    read = getattr(module, reader, None)
    if read is None:
        return

    @wraps(read)
    def watched_read(*args: Any, **kwargs: Any) -> Any:
        with guard("watch libraries before the DAG's file is read"):
            libraries.watch(chosen(os.environ))
        return read(*args, **kwargs)

    setattr(module, reader, watched_read)


def chosen(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the libraries that are to be watched; None: all that are known."""
    text = environ.get("CLEW_WATCH")
    return settings.libraries(text) if text else None


def begin(run: str | None, environ: Mapping[str, str]) -> None:
    """Begin to watch a try; Airflow may say more than once that it is about to start.

    Args:
        run: as `CLEW_PARENT` names it; None: nothing of it is collected.
        environ: where the setting `watch` is.
    """
    names = chosen(environ)
    if not run or names == () or watching.watched() == (run_id := run.rpartition("/")[2]):
        return
    recorder = Recorder()
    with guard("have the Pythons watched that the task starts"):
        folder = handover.make(_home(environ))
        os.environ.update(handover.variables(folder, names))
        recorder = Recorder(tell_in_child=inherited.told_into(folder).tell)
    _schemas.clear()
    watching.begin(names, recorder, of=run_id)


def with_seen(event: Json) -> Json:
    """Return the event that ends the try with what was read and written in it; any other as it is."""
    if event.get("eventType") not in _ENDS:
        return event
    run_id = event["run"]["runId"]
    is_watched, first_half = run_id == watching.watched(), handover.first_half(_home(os.environ), run_id)
    if not is_watched and not first_half.is_dir():
        return event
    from clew.watching.datasets import inputs_and_outputs, merged

    told_read, told_written = event.get("inputs") or [], event.get("outputs") or []
    second_half = [*watching.end(), *_of_what_it_started()] if is_watched else []
    things = [*handover.take(first_half).things, *second_half]
    known = [(d["namespace"], d["name"]) for d in (*told_read, *told_written)]
    read, written = inputs_and_outputs(things, known=known, schemas=_schemas)
    return {
        **event,
        "run": _without_what_we_could_read(event["run"], things),
        "inputs": merged(told_read, _of_others(read)),
        "outputs": merged(told_written, _of_others(written)),
    }


def _home(environ: Mapping[str, str]) -> Path:
    chosen = environ.get("CLEW_HOME")
    return settings.home(Settings(home=Path(chosen) if chosen else None))


def note_schema(database: Database, schema: str) -> None:
    """Take note of where names without a schema are looked for, when somebody has asked a database that this try uses."""
    _schemas[database.host, database.port, database.name] = schema


def _without_what_we_could_read(run: Json, things: Iterable[Thing]) -> Json:
    """Take out that the provider could not read SQL, such as `%s`, where the statements were seen that the driver ran."""
    if "extractionError" not in (run.get("facets") or {}) or not any(isinstance(thing, Statement) for thing in things):
        return run
    return {**run, "facets": {name: facet for name, facet in run["facets"].items() if name != "extractionError"}}


def _of_what_it_started() -> Sequence[Thing]:
    """Return what the Pythons saw that the task started, in Bash, in virtual environments, in notebooks."""
    folder = os.environ.pop(python_start.FOLDER, None)
    if folder is None:
        return ()
    left = handover.take(Path(folder))
    for problem in left.problems:
        log.warning("clew could not watch a Python that the task started: %s", problem)
    return left.things


def _of_others(datasets: Sequence[Json]) -> list[Json]:
    """Leave out what is Airflow's or Clew's own: logs, XComs, the metadata database, the outbox."""
    if not datasets:
        return []
    from clew.watching.datasets import is_below

    places, database = find_airflows_own()
    tables = _airflows_tables()
    return [dataset for dataset in datasets if not is_below(dataset, places) and not is_table_of(dataset, database, tables)]


@cache
def find_airflows_own() -> tuple[Sequence[str], str]:
    """Return where Airflow and Clew keep what is their own, and the URL of the metadata database; read before tasks are forked."""
    from airflow.configuration import conf

    from clew.watching.folders import place

    database = conf.get("database", "sql_alchemy_conn", fallback="")
    logs = conf.get("logging", "base_log_folder", fallback="")
    xcoms = conf.get("common.io", "xcom_objectstorage_path", fallback="")
    files = (os.environ.get("CLEW_HOME"), logs, database.partition("sqlite:///")[2].partition("?")[0])
    places = [*(str(Path(file).absolute()) for file in files if file), *([place(*from_uri(xcoms))] if xcoms else [])]
    return places, database


def is_table_of(dataset: Json, url: str, tables: Collection[str]) -> bool:
    """Tell whether a dataset is one of the tables, in the database of a server that a URL leads to."""
    parts = urlsplit(url)
    at_home = bool(parts.hostname) and urlsplit(dataset["namespace"]).hostname == parts.hostname
    database, _, table = dataset["name"].rpartition(".")
    return at_home and database.partition(".")[0] == parts.path.strip("/") and table in tables


def _airflows_tables() -> Collection[str]:
    """Return the tables of Airflow's metadata database where a task may use it itself: before Airflow 3."""
    models = sys.modules.get("airflow.models.base")
    return {name.rpartition(".")[2] for name in models.Base.metadata.tables} if models is not None else ()
