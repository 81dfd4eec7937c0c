"""Which events of a DAG run the backend has not got."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from clew.code import locate
from clew.shaping import reading
from clew.sql.parsers import has_parser
from clew_airflow.control import Choice
from clew_airflow.history import compare, datasets, events, states
from clew_airflow.history.events import Lineage, Past, States

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from clew.code import Code
    from clew.events import Json
    from clew_airflow.history.compare import Row
    from clew_airflow.history.events import Place
    from clew_airflow.history.read import Assets, Reader
    from clew_airflow.history.shapes import AssetEvent, DagRun, TaskTry
    from clew_airflow.history.there import Backend, Nothing, There

CLEARED_AT_MOST = 20
"""Clear numbers that are tried to find a cleared DAG run in the backend."""
CLEARED_UNSEEN = "cleared DAG runs: how often they were cleared Airflow does not tell, each is sent as one run"
CLEARED_SINCE = "DAG runs cleared after the backend last saw them: how often is not told, each counts as cleared once more"
_SAME = timedelta(seconds=1)


@dataclass(kw_only=True)
class Counts:
    """What a sync found and did.

    Attributes:
        dag_runs: DAG runs by Airflow's state.
        tries: task tries by Airflow's state.
        sent: events.
        new: runs, of DAGs and of task tries, of which the backend had nothing.
        closed: runs of which the backend had no end.
        corrected: runs that ended otherwise in Airflow than in the backend.
        there: runs that the backend had to their end.
        unknown: what could not be known, by a sentence for people.
    """

    dag_runs: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    new: int = 0
    closed: int = 0
    corrected: int = 0
    there: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


class Missing:
    """Compares an Airflow's past with what a backend has."""

    def __init__(self, reader: Reader, backend: Backend | Nothing, place: Place, assets: Assets) -> None:
        self._reader, self._backend, self._place, self._assets = reader, backend, place, assets
        self._code = lru_cache(256)(self._code_of)
        self._source_run = lru_cache(256)(reader.run)
        self._written = lru_cache(16)(self._written_by)
        self.counts = Counts()

    def of_run(self, run: DagRun, tries: Iterable[TaskTry]) -> Iterator[Json]:
        """Give the events of a DAG run that the backend has not got: its START, its tasks' tries, its end."""
        if not self._is_chosen(run):
            return
        self.counts.dag_runs[run.state or "none"] += 1
        number = self._clear_number(run)
        there = self._backend.run(run.dag_id, events.dag_run_id(self._place, run, number))
        past = self._past(run, number, begins=there is None)
        if there is None:
            yield from self._counted(events.of_dag_run(past, self._place, None))
        ended, was_cleared = States(), run.was_cleared_while_it_ran
        for last in tries:
            ended.add(last)
            for one in self._all_tries(last, run):
                was_cleared = was_cleared or _is_from_before(one, run)
                yield from self._of_try(one, past)
        if was_cleared and past.clear_number == 0 and there is None:
            self.counts.unknown[CLEARED_UNSEEN] += 1
        if run.is_over:
            yield from self._end_of_run(past, ended, there)
            if was_cleared:
                yield from self._ends_of_earlier_lives(past, ended)

    def rows(self, run: DagRun, tries: Iterable[TaskTry]) -> Iterator[Row]:
        """Give a DAG run and its task tries beside what the backend has of them."""
        if not self._is_chosen(run):
            return
        number, was_cleared = self._clear_number(run), run.was_cleared_while_it_ran
        yield compare.of_dag_run(run, self._backend.run(run.dag_id, events.dag_run_id(self._place, run, number)))
        for last in tries:
            for one in self._all_tries(last, run):
                was_cleared = was_cleared or _is_from_before(one, run)
                found = self._backend.run(events.job_of(one), events.try_run_id(self._place, run, one))
                row = compare.of_try(one, run, found)
                if row is not None:
                    yield row
        if was_cleared and run.is_over:
            for life, there in self._open_lives(run, number):
                yield compare.of_earlier_life(run, life, there)

    def _is_chosen(self, run: DagRun) -> bool:
        choice = self._place.choice
        return choice == Choice() or choice.has(run.dag_id, [tag.name for tag in self._reader.dag(run.dag_id).dag.tags or ()])

    # --- Task tries ---------------------------------------------------------------------------------------------------------

    def _all_tries(self, last: TaskTry, run: DagRun) -> Iterator[TaskTry]:
        """Give the tries of a task instance; more than the last is asked for only where there may be more."""
        if last.try_number <= 1 and not states.may_be_of_an_earlier_life(last, run):
            yield last
            return
        earlier = self._reader.earlier(last)
        if earlier is None:
            self.counts.unknown["tasks whose earlier tries this Airflow does not tell (before 2.10)"] += 1
        for one in sorted(earlier or (), key=lambda one: one.try_number):
            yield replace(one, rendered_fields=last.rendered_fields)  # Airflow keeps those of the last try alone
        if not any(one.try_number == last.try_number for one in earlier or ()):
            yield last

    def _of_try(self, one: TaskTry, past: Past) -> list[Json]:
        self.counts.tries[one.state or "none"] += 1
        end = states.end_of(one, past.run)
        if end is None:
            return []
        there = self._backend.run(events.job_of(one), events.try_run_id(self._place, past.run, one))
        if there is not None and there.is_over:
            if there.state == states.SHOWN[end] or one.state == "removed" or self._reader.has_changed(one):
                self.counts.there += 1
                return []
            self.counts.corrected += 1
        else:
            self._count_new(there is None)
        lineage = self._lineage(one, end)
        if one.rendered_fields and not self._reader.masks_what_it_rendered:
            self.counts.unknown[
                "tries whose rendered SQL, commands and arguments are not sent: Airflow 3.0 has secrets in them in clear"
            ] += 1
            one = replace(one, rendered_fields=None)
        told = events.of_try(one, past, self._place, lineage)
        return self._counted(told if there is None else [_not_before(there, event) for event in told[1:]])

    def _lineage(self, one: TaskTry, end: str) -> Lineage:
        if end == "ABORT":
            return Lineage()  # it never ran, or not to its end
        key = one.dag_id, one.task_id
        more = self._written(one.dag_id, one.dag_run_id).get((one.task_id, one.map_index), ())
        rendered = one.rendered_fields or {}
        sql, connection = datasets.sql_of(rendered), datasets.connection_of(rendered)
        read, wrote = self._tables(sql, connection, rendered.get("database")) if sql else ([], [])
        return Lineage(
            read=self._assets.read.get(key, ()),
            written=list(dict.fromkeys([*self._assets.written.get(key, ()), *more])),
            inputs=read,
            outputs=wrote,
            sql=sql if self._reader.masks_what_it_rendered else None,
        )

    def _tables(self, sql: str, connection_id: str | None, database: str | None) -> tuple[list[Json], list[Json]]:
        connection = self._reader.connection(connection_id) if connection_id else None
        if connection is None:
            self.counts.unknown["tries with SQL whose connection Airflow does not tell, so its tables are not named"] += 1
            return [], []
        if not has_parser():
            self.counts.unknown["tries with SQL that no parser here can read (pip install sqlglot)"] += 1
        return datasets.of_sql(sql, connection, database)

    def _written_by(self, dag_id: str, dag_run_id: str) -> dict[tuple[str, int], list[str]]:
        """Return what a DAG run wrote beyond what its tasks declare; asked for only where there are asset aliases."""
        if not self._assets.has_aliases:
            return {}
        found: dict[tuple[str, int], list[str]] = {}
        for event in self._reader.asset_events(dag_id, dag_run_id):
            if event.source_task_id and event.uri:
                index = -1 if event.source_map_index is None else event.source_map_index
                found.setdefault((event.source_task_id, index), []).append(event.uri)
        return found

    # --- DAG runs -----------------------------------------------------------------------------------------------------------

    def _end_of_run(self, past: Past, ended: States, there: There | None) -> list[Json]:
        """Return the end of a DAG run that is over, unless the backend has it."""
        run = past.run
        if there is not None and there.is_over:
            if there.state == states.SHOWN[states.ENDS[run.state or ""]] or self._run_has_changed(run):
                self.counts.there += 1
                return []
            self.counts.corrected += 1
        else:
            self._count_new(there is None)
        return self._counted([_not_before(there, event) for event in events.of_dag_run(past, self._place, ended)[1:]])

    def _run_has_changed(self, run: DagRun) -> bool:
        now = self._reader.run(run.dag_id, run.dag_run_id)
        return now is None or (now.state, now.start_date) != (run.state, run.start_date)

    def _ends_of_earlier_lives(self, past: Past, ended: States) -> Iterator[Json]:
        """Give ends of what the backend has of a DAG run under the numbers of other times that it was cleared, and never saw end."""
        for number, there in self._open_lives(past.run, past.clear_number):
            life = dataclasses.replace(past, clear_number=number)
            self.counts.closed += 1
            if _began_before(there.started_at, past.run.start_date):
                yield from self._counted([events.of_cleared_dag_run(life, self._place)])
            else:
                yield from self._counted(events.of_dag_run(life, self._place, ended)[1:])

    def _open_lives(self, run: DagRun, number: int) -> list[tuple[int, There]]:
        ids = [events.dag_run_id(self._place, run, one) for one in range(CLEARED_AT_MOST)]
        found = enumerate(self._backend.some(run.dag_id, ids))
        return [(one, there) for one, there in found if one != number and there is not None and not there.is_over]

    def _past(self, run: DagRun, number: int, *, begins: bool) -> Past:
        """Return what is known of a DAG run; what it came from is told with its START alone."""
        known = self._reader.dag(run.dag_id)
        if known.is_gone:
            self.counts.unknown["DAG runs whose DAG has gone: sent without owners, tags, params and operators"] += 1
        return Past(
            run=run,
            known=known,
            clear_number=number,
            source=self._code(run.dag_id, run.version.version_number, run.version.bundle_version),
            upstream=self._upstream(run) if begins and run.run_type == "asset_triggered" else (),
        )

    def _clear_number(self, run: DagRun) -> int:
        """Return how often a DAG run was cleared, which Airflow does not tell, as the backend has it.

        A DAG run has a new id each time it is cleared. The backend may have some of them; if it has none that began when the run
        did, the run was cleared after the last that it has.
        """
        first = self._backend.run(run.dag_id, events.dag_run_id(self._place, run, 0))
        if first is not None and not _began_before(first.started_at, run.start_date):
            return 0
        ids = [events.dag_run_id(self._place, run, number) for number in range(CLEARED_AT_MOST)]
        known = [(number, there) for number, there in enumerate(self._backend.some(run.dag_id, ids)) if there is not None]
        if not known:
            return 0
        number, found = known[-1]
        if not _began_before(found.started_at, run.start_date):
            return number
        self.counts.unknown[CLEARED_SINCE] += 1
        return number + 1

    def _code_of(self, dag_id: str, version: int | None, commit: str | None) -> Code | None:
        if version is None:
            return None  # Airflow 2, which keeps no code of the past
        fileloc = self._reader.dag(dag_id).dag.fileloc
        here = locate(Path(fileloc)) if fileloc else None
        return events.of_version(here, fileloc, self._reader.source(dag_id, version), commit)

    def _upstream(self, run: DagRun) -> list[Json]:
        """Return the tasks whose changes of assets a DAG run came from."""
        found: dict[tuple[str, str | None], tuple[Json, list[Json]]] = {}
        for event in self._reader.upstream_events(run):
            if not (event.source_dag_id and event.source_task_id):
                continue
            job, run_id = f"{event.source_dag_id}.{event.source_task_id}", self._source_of(event)
            of_source: list[Json] = []
            told = events.upstream(self._place.namespace, job, run_id, {"asset_events": of_source})
            found.setdefault((job, run_id), (told, of_source))[1].append(_told(event))
        return [told for told, _ in found.values()]

    def _source_of(self, event: AssetEvent) -> str | None:
        """Return the run id of the try that changed an asset: the last one that had begun then."""
        source, last = self._source_run(event.source_dag_id or "", event.source_run_id or ""), self._reader.last_try(event)
        if source is None or last is None:
            return None
        tries = [last] if _had_begun(last, event) else [*(self._reader.earlier(last) or ()), last]
        begun = [one for one in tries if _had_begun(one, event)]
        return events.try_run_id(self._place, source, max(begun, key=lambda one: one.try_number)) if begun else None

    def _counted(self, told: Sequence[Json]) -> list[Json]:
        self.counts.sent += len(told)
        return list(told)

    def _count_new(self, new: bool) -> None:  # noqa: FBT001
        if new:
            self.counts.new += 1
        else:
            self.counts.closed += 1


def _is_from_before(one: TaskTry, run: DagRun) -> bool:
    """Tell whether a try began before its DAG run, which begins anew each time it is cleared."""
    return one.try_number > 0 and one.start_date is not None and run.start_date is not None and one.start_date < run.start_date - _SAME


def _not_before(there: There | None, end: Json) -> Json:
    """Return an end that is no earlier than the one that the backend has, which would win otherwise."""
    known, at = reading.instant(there.ended_at if there else None), reading.instant(end["eventTime"])
    return {**end, "eventTime": reading.written(known)} if known and at and at < known else end


def _had_begun(one: TaskTry, event: AssetEvent) -> bool:
    return one.start_date is not None and one.start_date <= event.timestamp


def _told(event: AssetEvent) -> Json:
    told: Json = {"dag_run_id": event.source_run_id, "asset_event_id": event.id, "asset_uri": event.uri}
    return {**told, "asset_event_extra": event.extra} if event.extra else told


def _began_before(there: str | None, here: datetime | None) -> bool:
    """Tell whether the backend's run began before Airflow's, so that it is one from before it was cleared."""
    if there is None or here is None:
        return False
    began = reading.instant(there)
    return began is not None and began < here - _SAME
