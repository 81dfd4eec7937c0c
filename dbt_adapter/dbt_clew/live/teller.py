"""The teller: a process beside dbt that reads what our plugin tells it and appends the events to the outbox while dbt works.

It outlives dbt: when the pipe ends without a word, dbt was killed, and what was open is told as ABORT.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from clew import settings
from clew.errors import BadArtifact, ClewError
from clew.guard import guard
from clew.priority import give_way
from dbt_clew import events, surroundings, telling
from dbt_clew.artifacts import batches
from dbt_clew.artifacts import read as artifacts
from dbt_clew.context import Ending
from dbt_clew.live import facts, records
from dbt_clew.narration import invocation
from dbt_clew.narration.invocation import Invocation
from dbt_clew.narration.narrator import Narrator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from clew.events import Facets, Json
    from clew.settings import Settings
    from dbt_clew.artifacts.shapes import Manifest, Node, Result
    from dbt_clew.context import ColumnsOf
    from dbt_clew.narration.datasets import Datasets

log = logging.getLogger("clew")

LOG = "dbt.log"
LOG_BYTES = 1024**2
GATHER = 0.2
"""Seconds for which records are gathered: what a transaction costs is half of all that telling costs where each record has its own."""
AT_ONCE = 50
"""Records that are told with one append, at most."""

COLUMNS_FOR = 2.0
"""Seconds after dbt's end for which column lineage is still read. dbt waits for little longer, and a container ends with it: that a node
has ended is worth more then than where its columns come from."""

_OfNode = records.NodeBegun | records.NodeCompiled | records.NodeEnded

_KILLED = "dbt ended without a word: it was killed, or it crashed"


class Teller:
    """Makes events of the records of one invocation."""

    def __init__(self, in_force: Settings, environ: Mapping[str, str], is_late: Callable[[], bool] = lambda: False) -> None:
        """Make it.

        Args:
            in_force: the settings.
            environ: dbt's environment.
            is_late: tells whether somebody waits for the end, so that column lineage has to be left out.
        """
        self._settings = in_force
        self._environ = environ
        self._is_late = is_late
        self._without_columns: set[str] = set()
        self._begun: records.Begun | None = None
        self._narrate: Callable[[Manifest], Narrator]
        self._narrator: Narrator | None = None
        self._manifest: records.Parsed | None = None
        self._project: Manifest | None = None
        self._held: list[_OfNode] = []
        self._begun_at: dict[str, datetime] = {}
        self._tentative: dict[str, Result] = {}
        self.is_over = False

    @property
    def facts(self) -> facts.Facts | None:
        """What is known of the invocation, None before it has begun."""
        begun = self._begun
        return msgspec.convert(begun, facts.Facts, from_attributes=True) if begun else None

    def hear(self, record: records.AnyRecord) -> list[Json]:
        """Return the events that follow from a record."""
        match record:
            case records.Begun():
                return self._begin(record)
            case records.Parsed():
                self._manifest = record
                self._read_manifest()
                return []
            case records.Ended():
                return self._end(record.at, Ending(exit_code=record.exit_code, signal=record.signal, message=record.message))
        if not self._runs_nodes:
            return []
        if self._project is None:
            self._held.append(record)
            return []
        return self._node(record)

    def killed(self, at: datetime) -> list[Json]:
        """Return the events of an invocation that never told its end."""
        return [] if self.is_over else self._end(at, Ending(message=_KILLED))

    @property
    def _runs_nodes(self) -> bool:
        return self._begun is not None and self._begun.command in events.RUNNING_COMMANDS

    def _begin(self, begun: records.Begun) -> list[Json]:
        self._begun = begun
        args = begun.args
        asked = surroundings.Asked(profiles_dir=args.get("profiles_dir"), profile=args.get("profile"), target=args.get("target"))
        context, warnings = surroundings.context(asked, self._settings, self._environ, facts=self.facts)
        for warning in warnings:
            log.warning("%s", warning)
        catalog = artifacts.read_catalog(Path(begun.target_path) / "catalog.json")[0]
        known = Invocation(
            invocation_id=begun.invocation_id,
            started_at=invocation.aware(begun.started_at),
            dbt_version=begun.dbt_version,
            args={"which": begun.command} | args,
        )
        if context.columns_of is not None:
            context = replace(context, columns_of=self._in_time(context.columns_of))
        self._narrate = lambda manifest: Narrator(manifest, catalog, context, known)
        self._narrator = self._narrate(events.NO_PROJECT)
        return self._narrator.invocation_started()

    def _in_time(self, columns_of: ColumnsOf) -> ColumnsOf:
        """Return what tells of columns as long as nobody waits for the end."""

        def told(node: Node, code: str | None, datasets: Datasets) -> Facets:
            if not self._is_late():
                return columns_of(node, code, datasets)
            self._without_columns.add(node.unique_id)
            return {}

        return told

    def _read_manifest(self) -> None:
        """Read the manifest unless another invocation has just replaced it; dbt writes it again at its end."""
        if self._manifest is None or self._begun is None or self._project is not None:
            return
        file = Path(self._manifest.manifest)
        try:
            manifest, warnings = artifacts.read_manifest(file)
        except BadArtifact as error:
            log.info("%s", error)
            return
        finally:
            if self._manifest.ours:
                file.unlink(missing_ok=True)
        if self._manifest.ours or manifest.metadata.invocation_id == self._begun.invocation_id:
            for warning in warnings:
                log.warning("%s", warning)
            self._project = artifacts.with_state(manifest, self._begun.args, Path(self._begun.target_path))
            self._narrator = self._narrate(self._project)

    def _node(self, record: _OfNode) -> list[Json]:
        """Return the events of a record about a node: its START is told when its code is known, so that it says the same as its end."""
        assert self._narrator is not None  # noqa: S101  there is a manifest, so there is a narrator
        match record:
            case records.NodeBegun():
                self._begun_at.setdefault(record.unique_id, record.at)
                return []
            case records.NodeCompiled():
                return self._start(record.unique_id, record.code)
        started = self._start(record.result.unique_id, record.result.compiled_code)
        if record.tentative or record.result.unique_id.startswith("source."):
            self._tentative[record.result.unique_id] = record.result
            return started
        return [*started, *self._narrator.node_ended(record.result)]

    def _start(self, unique_id: str, code: str | None = None) -> list[Json]:
        assert self._narrator is not None  # noqa: S101  as above
        at = self._begun_at.pop(unique_id, None)
        return self._narrator.node_started(unique_id, at, code) if at else []

    def _end(self, at: datetime, ending: Ending) -> list[Json]:
        self.is_over = True
        self._read_manifest()
        if self._narrator is None:
            return []
        held = [event for record in self._held for event in self._node(record)] if self._project is not None else []
        held += [event for unique_id in list(self._begun_at) for event in self._start(unique_id)]
        rest = [event for result in self._results() for event in self._narrator.node_ended(result)]
        if self._without_columns:
            log.warning(
                "dbt had ended before the columns of %d tables were read: they are told without column lineage, which `clew send %s` adds",
                len(self._without_columns), self._begun.target_path if self._begun else "",
            )  # fmt: skip
        return [*held, *rest, *self._narrator.invocation_ended(at, ending)]

    def _results(self) -> Iterator[Result]:
        """Give what artifacts tell and dbt's events do not: batches, how fresh sources are, and nodes that fail-fast left out."""
        assert self._begun is not None  # noqa: S101  there is a narrator
        asked, target = self._begun.invocation_id, Path(self._begun.target_path)
        try:
            left = artifacts.read_results(target, lambda m: m.invocation_id == asked) if self._runs_nodes else None
        except BadArtifact as error:
            log.warning("%s", error)
        else:
            yield from batches.with_code(left.results, self._project or events.NO_PROJECT, target) if left else ()
        yield from self._tentative.values()


def main() -> int:
    """Tell what comes through standard input; end with 0 when all of it is in the outbox."""
    give_way()
    where, *descriptor = sys.argv[1:]
    os.chdir(where)  # relative settings mean what they mean to dbt
    told = False
    with guard("tell what dbt does"):
        in_force = settings.load()
        _log_to(settings.home(in_force))
        lines = Lines(sys.stdin.buffer)
        told = _tell(Teller(in_force, os.environ, lines.are_late), lines, in_force, int(descriptor[0]) if descriptor else None)
    return 0 if told else 1


class Lines:
    """The lines of the pipe, taken out as they come, so that dbt never finds it full; an empty one at its end."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._ended_at = float("inf")
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def waiting(self) -> Iterator[bytes]:
        """Wait for a line, and give it with those that come soon; when dbt has ended, and waits for us, with those that are there."""
        yield self._lines.get()
        if self._lines.qsize() < AT_ONCE:
            self._ended.wait(GATHER)
        for _ in range(min(AT_ONCE, self._lines.qsize())):
            yield self._lines.get()

    def are_late(self) -> bool:
        """Tell whether the pipe, and so dbt, ended a while ago."""
        return time.monotonic() > self._ended_at + COLUMNS_FOR

    def _read(self, pipe: BinaryIO) -> None:
        for line in pipe:
            self._lines.put(line)
        self._ended_at = time.monotonic()
        self._lines.put(b"")
        self._ended.set()


def _tell(teller: Teller, lines: Lines, in_force: Settings, descriptor: int | None) -> bool:
    """Tell all, and return whether all of it is in the outbox."""
    complete = True
    is_known = False
    while not teller.is_over:
        told: list[Json] = []
        for line in lines.waiting():
            told += _hear(teller, line) if line else teller.killed(datetime.now(timezone.utc))
        complete = _send(told, in_force) and complete
        if descriptor is not None and not is_known and teller.facts is not None:
            facts.write(descriptor, teller.facts)
            is_known = True
    if descriptor is not None and teller.facts is not None:
        facts.write(descriptor, msgspec.structs.replace(teller.facts, told=complete))
    return complete


def _hear(teller: Teller, line: bytes) -> list[Json]:
    try:
        return teller.hear(records.decode(line))
    except msgspec.MsgspecError as error:
        log.error("clew's plugin in dbt is of another version, a record is lost (%s)", error)  # noqa: TRY400  a line for a person
        return []


def _send(told: list[Json], in_force: Settings) -> bool:
    try:
        telling.send(told, in_force)
    except ClewError as error:
        log.error("clew could not send what dbt did: %s", error)  # noqa: TRY400  a line for a person
        return False
    return True


def _log_to(home: Path) -> None:
    """Write what goes wrong into a log of bounded size in the home; nothing is written where nothing goes wrong."""
    os.umask(0o077)
    with suppress(OSError):  # whoever appends to the outbox says so
        home.mkdir(parents=True, exist_ok=True)
    log.addHandler(handler := RotatingFileHandler(home / LOG, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True))
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))


if __name__ == "__main__":
    os._exit(main())  # dbt waits for our end: to take the interpreter apart takes ten times as long as to tell it
