"""Jobs: the list of them with their last runs, and one of them with its runs and versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clew.answers.foreign import instant, number, objects, part, text
from clew.answers.runs import Ref, Run, State, ref, runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clew.events import Json
    from clew.marquez import Marquez

PAGE = 25
"""Jobs per page: a real Marquez takes 10 s for 25 of 5,000 jobs, and 28 to 47 s for 100."""
FEW = 3
"""Tests of a parent that are listed each; more are folded."""
MOST_PARTS = 100
"""Parts of a job that are looked at, each by a request of its own."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What sort of job it is: `integration` as `AIRFLOW` or `DBT`, `type` as `DAG`, `TASK` or `MODEL`."""

    integration: str | None = None
    type: str | None = None

    @property
    def is_test(self) -> bool:
        """Tell whether it only looks at data, to say whether it is as expected."""
        return (self.type or "").upper() in {"TEST", "UNIT_TEST"}


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Somebody who answers for a job or a dataset."""

    name: str
    role: str | None = None


@dataclass(frozen=True, kw_only=True)
class Code:
    """What a job runs."""

    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job; `runs` are its newest ones, newest first."""

    ref: Ref
    title: str
    parent: Ref | None = None
    kind: Kind
    description: str | None = None
    tags: tuple[str, ...] = ()
    owners: tuple[Owner, ...] = ()
    location: str | None = None
    code: Code | None = None
    inputs: tuple[Ref, ...] = ()
    outputs: tuple[Ref, ...] = ()
    runs: tuple[Run, ...] = ()
    updated: datetime | None = None
    facets: Mapping[str, Any] = field(default_factory=dict)

    @property
    def latest(self) -> Run | None:
        """The newest run."""
        return self.runs[0] if self.runs else None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the list: a job below its parent, or (without a job) the name of a parent that is not on this page.

    With `tests` it stands for the tests of a parent, which follow it and are folded away at first.
    """

    level: int
    ref: Ref
    job: Job | None = None
    children: int = 0
    tests: tuple[Job, ...] = ()
    folded: bool = False


@dataclass(frozen=True, kw_only=True)
class JobVersion:
    """A version of a job and how it differs from the one before; `first` has nothing before it that we know of."""

    id: str
    created: datetime | None
    location: str | None = None
    inputs_added: tuple[Ref, ...] = ()
    inputs_removed: tuple[Ref, ...] = ()
    outputs_added: tuple[Ref, ...] = ()
    outputs_removed: tuple[Ref, ...] = ()
    location_changed: bool = False
    latest_run: Run | None = None
    first: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What part of the jobs is asked for."""

    namespace: str | None = None
    state: State | None = None
    text: str | None = None
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class JobList:
    """A page of jobs; `total` is None where the backend does not tell how many match."""

    jobs: tuple[Job, ...]
    total: int | None


def job(answer: Json) -> Job:
    """Read a job as Marquez answers it."""
    facets = part(answer, "facets")
    facets = facets if isinstance(facets, dict) else {}
    own = ref(answer) or Ref(namespace="", name="")
    newest = runs(answer.get("latestRuns")) or runs([answer.get("latestRun")])
    return Job(
        ref=own,
        title=text(answer, "simpleName") or own.name,
        parent=_parent(own, text(answer, "parentJobName"), newest),
        kind=kind(facets, newest[0].facets if newest else {}),
        description=text(answer, "description") or text(facets, "documentation", "description"),
        tags=tags(answer, facets),
        owners=owners(facets),
        location=text(answer, "location") or text(facets, "sourceCodeLocation", "url"),
        code=code(facets),
        inputs=refs(answer, "inputs"),
        outputs=refs(answer, "outputs"),
        runs=newest,
        updated=instant(answer, "updatedAt"),
        facets=facets,
    )


def refs(answer: Json, key: str) -> tuple[Ref, ...]:
    """Read a list of names, sorted."""
    found = {r for item in objects(answer, key) if (r := ref(item))}
    return tuple(sorted(found, key=lambda r: (r.namespace, r.name)))


def kind(facets: Json, ran: Mapping[str, Any]) -> Kind:
    """Tell what sort of job it is, by its type facet, else by what the facets of its newest run tell of its host (lineage answers have no job facets)."""
    told = Kind(integration=text(facets, "jobType", "integration"), type=text(facets, "jobType", "jobType"))
    if told.integration or not ran:
        return told
    if "airflow" in ran or "airflowDagRun" in ran:
        return Kind(integration="AIRFLOW", type="TASK" if "airflow" in ran else "DAG")
    dbt_node = text(ran.get("clew_dbt"), "uniqueId")
    if dbt_node:
        return Kind(integration="DBT", type=dbt_node.partition(".")[0].upper())
    return Kind(integration="DBT" if "dbt_version" in ran else text(ran.get("processing_engine"), "name"))


def code(facets: Json) -> Code | None:
    """Return what a job runs: its SQL, else its source code."""
    query = text(facets, "sql", "query")
    if query:
        return Code(text=query, language=text(facets, "sql", "dialect") or "SQL")
    source = text(facets, "sourceCode", "sourceCode")
    return Code(text=source, language=text(facets, "sourceCode", "language") or "code") if source else None


def owners(facets: Json) -> tuple[Owner, ...]:
    """Return who answers for it."""
    return tuple(Owner(name=name, role=text(o, "type")) for o in objects(facets, "ownership", "owners") if (name := text(o, "name")))


def tags(answer: Json, facets: Json) -> tuple[str, ...]:
    """Return the tags of the backend and those of the tags facet that are for the whole, each once.

    A value that is `true`, or the key again as Airflow's provider has it, goes without saying.
    """
    own = part(answer, "tags")
    told = [t for t in own if isinstance(t, str)] if isinstance(own, list) else []
    for t in objects(facets, "tags", "tags"):
        key, value = text(t, "key"), text(t, "value")
        if key and not text(t, "field"):
            told.append(key if value in {None, "", "true", key} else f"{key}:{value}")
    return tuple(dict.fromkeys(told))


def rows(jobs: Sequence[Job]) -> tuple[Row, ...]:
    """Arrange jobs below their parents, tests last; groups keep the order in which their first member came."""
    by_ref = {j.ref: j for j in jobs}
    below: dict[Ref | None, list[Job]] = {}
    for j in jobs:
        below.setdefault(j.parent if j.parent != j.ref else None, []).append(j)
    laid: list[Row] = []
    seen: set[Ref] = set()

    def lay(one: Ref, level: int) -> None:
        seen.add(one)
        below_it = [j for j in below.get(one, ()) if j.ref not in seen]
        tests = [j for j in below_it if j.kind.is_test and j.ref not in below]
        laid.append(Row(level=level, ref=one, job=by_ref.get(one), children=len(below_it)))
        for j in below_it:
            if j not in tests and j.ref not in seen:
                lay(j.ref, level + 1)
        laid.extend(_tests(one, level + 1, tests))
        seen.update(t.ref for t in tests)

    for root in dict.fromkeys(_root(j, by_ref) for j in jobs):
        if root not in seen:
            lay(root, 0)
    return tuple(laid)


def _tests(parent: Ref, level: int, tests: Sequence[Job]) -> list[Row]:
    """Put many tests below a line that tells how they went; a few stand for themselves."""
    if len(tests) < FEW:
        return [Row(level=level, ref=t.ref, job=t) for t in tests]
    summary = Row(level=level, ref=parent, children=len(tests), tests=tuple(tests))
    return [summary, *(Row(level=level + 1, ref=t.ref, job=t, folded=True) for t in tests)]


def read_jobs(marquez: Marquez, asked: Asked) -> JobList:
    """Read a page of jobs; with a text, the best matches of the backend's search."""
    if asked.text:
        return _matching(marquez, asked)
    place = ("namespaces", asked.namespace, "jobs") if asked.namespace else ("jobs",)
    states = asked.state.name if asked.state else None
    answer = marquez.get(*place, limit=PAGE, offset=asked.offset, lastRunStates=states)
    total = number(answer, "totalCount")
    return JobList(jobs=tuple(job(j) for j in objects(answer, "jobs")), total=None if total is None else int(total))


def read_job(marquez: Marquez, own: Ref) -> Job | None:
    """Read one job; None where there is none of that name."""
    answer = marquez.get("namespaces", own.namespace, "jobs", own.name)
    return None if answer is None else job(answer)


def read_job_runs(marquez: Marquez, own: Ref, *, limit: int = PAGE, offset: int = 0) -> tuple[tuple[Run, ...], int]:
    """Read a page of a job's runs, newest first, and tell how many there are."""
    answer = marquez.get("namespaces", own.namespace, "jobs", own.name, "runs", limit=limit, offset=offset)
    found = runs(part(answer, "runs"))
    return found, int(number(answer, "totalCount") or len(found))


def read_versions(marquez: Marquez, own: Ref, limit: int = 10) -> tuple[JobVersion, ...]:
    """Read the newest versions of a job, newest first, each with what it changed."""
    answer = marquez.get("namespaces", own.namespace, "jobs", own.name, "versions", limit=limit + 1)
    return versions(objects(answer, "versions"))[:limit]


def read_descendants(marquez: Marquez, own: Ref) -> tuple[Job, ...]:
    """Read the jobs that are part of this one, at any depth.

    Marquez has no route for that, but puts the parent's name before a child's; so its search finds them in any namespace.
    """
    answer = marquez.get("search", q=f"{own.name}.", filter="JOB", limit=MOST_PARTS)
    named = [r for item in objects(answer, "results") if (r := ref(item)) and r.name.startswith(f"{own.name}.")]
    found = [read_job(marquez, r) for r in named]
    return tuple(j for j in found if j is not None and j.parent is not None)


def read_children(marquez: Marquez, own: Ref) -> tuple[Job, ...]:
    """Read the jobs whose parent this one is, in the order in which they last started."""
    found = [j for j in read_descendants(marquez, own) if j.parent == own]
    return tuple(sorted(found, key=lambda j: (_started(j.latest), j.ref.name)))


def read_child_runs(marquez: Marquez, one: Run) -> tuple[tuple[Job, Run], ...]:
    """Read the runs that are part of a run, among the newest ones of the job's children, in the order in which they started."""
    if one.job is None:
        return ()
    found = [(j, r) for j in read_children(marquez, one.job) for r in j.runs if r.parent and r.parent.run_id == one.id]
    return tuple(sorted(found, key=lambda pair: (_started(pair[1]), pair[0].ref.name)))


def versions(newest_first: Sequence[Json]) -> tuple[JobVersion, ...]:
    """Compare each version with the one before it."""
    before: list[Json | None] = [*newest_first[1:], None]
    return tuple(_version(now, then) for now, then in zip(newest_first, before, strict=False))


def _started(one: Run | None) -> float:
    """Return what runs are sorted by; one that has not started comes last."""
    return one.started.timestamp() if one and one.started else float("inf")


def _version(now: Json, then: Json | None) -> JobVersion:
    def added(key: str, newer: Json | None, older: Json | None) -> tuple[Ref, ...]:
        if newer is None or older is None:
            return ()
        gone = set(refs(older, key))
        return tuple(r for r in refs(newer, key) if r not in gone)

    latest = part(now, "latestRun")
    return JobVersion(
        id=text(now, "version") or "",
        created=instant(now, "createdAt"),
        location=text(now, "location"),
        inputs_added=added("inputs", now, then),
        inputs_removed=added("inputs", then, now),
        outputs_added=added("outputs", now, then),
        outputs_removed=added("outputs", then, now),
        location_changed=then is not None and text(now, "location") != text(then, "location"),
        latest_run=runs([latest])[0] if latest else None,
        first=then is None,
    )


def _matching(marquez: Marquez, asked: Asked) -> JobList:
    answer = marquez.get("search", q=asked.text, filter="JOB", sort="UPDATE_AT", namespace=asked.namespace, limit=PAGE)
    found = [read_job(marquez, r) for item in objects(answer, "results") if (r := ref(item))]
    there = [j for j in found if j is not None]
    return JobList(jobs=tuple(j for j in there if asked.state is None or (j.latest and j.latest.state is asked.state)), total=None)


def _parent(own: Ref, name: str | None, newest: Sequence[Run]) -> Ref | None:
    """Name the parent; Marquez tells no namespace for it, its child's newest run mostly does."""
    if name is None:
        return None
    told = next((r.parent.job for r in newest if r.parent and r.parent.job.name == name), None)
    return told or Ref(namespace=own.namespace, name=name)


def _root(one: Job, by_ref: Mapping[Ref, Job]) -> Ref:
    """Climb to the topmost ancestor that can be named; a ring of parents ends where it closes."""
    at, seen = one.ref, {one.ref}
    while (known := by_ref.get(at)) and known.parent and known.parent not in seen:
        at = known.parent
        seen.add(at)
    return at
