"""Random streams of what clients send, the same for the same seed.

The steps that stand here hold everything but what Marquez 0.51 is known to do wrong (`docs/backend.md`): the events of a run come in order
and name the same datasets, who has a description sends it always, a column is always made of the same ones, and namespaces are of
characters that Marquez can show. What is sent besides stands in `rarer_steps`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

Json = dict[str, Any]
Step: TypeAlias = "Callable[[Stream], None]"

PRODUCER = "https://example.com/producer"
ODD = ("plain", "with space", "a/b/c", "ünï-çødé", "dots.and.more", "percent%41", "q?x=1&y", "plus+", "semi;colon", "tilde~", "(brackets)")


@dataclass(frozen=True)
class Call:
    """A request of a stream."""

    method: str
    path: str
    body: Any = None


@dataclass
class Table:
    """A dataset; it always has the same columns, made of the same ones."""

    namespace: str
    name: str
    columns: list[str]
    facets: Json
    made_of: dict[str, list[Json]] = field(default_factory=dict)
    is_alias: bool = False

    @property
    def id(self) -> Json:
        return {"namespace": self.namespace, "name": self.name}


@dataclass
class Task:
    """A job; it always reads and writes the same."""

    namespace: str
    name: str
    inputs: list[Table]
    outputs: list[Table]
    facets: Json
    parent: Task | None = None
    parent_run: str | None = None
    by_hand: bool = False


def facet(**values: Any) -> Json:
    return {"_producer": PRODUCER, "_schemaURL": "https://openlineage.io/spec/facets/1-0-0/Facet.json#/$defs/Facet", **values}


def path(*parts: str) -> str:
    return "/".join(("/api/v1", *(quote(p, safe="") for p in parts)))


class Stream:
    """What is sent, and what there is to be seen afterwards."""

    def __init__(self, random: Random, mark: str) -> None:
        self.random, self.mark = random, mark
        self.calls: list[Call] = []
        self.seconds = 0
        self.namespaces = [f"{mark}-{n}" for n in ("prod", "dev")]
        self.stores = [f"postgres://{mark}:5432", f"s3://{mark}"]
        self.tables: list[Table] = []
        self.tasks: list[Task] = []
        self.runs: list[str] = []

    def now(self) -> str:
        self.seconds += self.random.randint(1, 90)
        hours, rest = divmod(self.seconds, 3600)
        return f"2026-03-{2 + hours // 24:02}T{hours % 24:02}:{rest // 60:02}:{rest % 60:02}Z"

    def new_run(self) -> str:
        self.runs.append(str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.mark}/{len(self.runs)}")))
        return self.runs[-1]

    def say(self, method: str, where: str, body: Any = None) -> None:
        self.calls.append(Call(method, where, body))

    def add_table(self, table: Table) -> Table:
        self.tables.append(table)
        return table

    def add_task(self, task: Task) -> Task:
        self.tasks.append(task)
        return task

    def event(self, kind: str, **values: Any) -> None:
        url = f"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/{kind}"
        self.say("POST", "/api/v1/lineage", {"eventTime": self.now(), "producer": PRODUCER, "schemaURL": url, **values})


def stream(random: Random, mark: str, kinds: Sequence[Step] | None = None) -> Stream:
    """Return a stream: some tables and jobs, then a dozen steps, of these kinds, that use them."""
    made = Stream(random, mark)
    for _ in range(random.randint(4, 12)):
        _add_table(made)
    for _ in range(random.randint(2, 8)):
        _add_task(made)
    for _ in range(12):
        random.choice(kinds or STEPS)(made)
    return made


def reads(made: Stream) -> Iterator[str]:
    """Give every address that somebody who explores the result would open, but for versions, whose ids are each backend's own."""
    for namespace in made.namespaces + made.stores:
        yield path("namespaces", namespace)
        for kind in ("jobs", "datasets"):
            where = path("namespaces", namespace, kind)
            yield from (where, f"{where}?limit=2&offset=1", f"{where}?limit=0", f"{where}?offset=99")
        yield f"/api/v1/search?q={quote(made.mark)}&namespace={quote(namespace, safe='')}&limit=50"
    for state in ("RUNNING", "COMPLETED", "FAILED", "NEW"):
        yield f"{path('namespaces', made.namespaces[0], 'jobs')}?lastRunStates={state}"
    for task in made.tasks:
        job = path("namespaces", task.namespace, "jobs", full_name(task))
        yield from (job, f"{job}/runs", f"{job}/runs?limit=1&offset=1", f"{job}/versions?limit=1")
        node = quote(f"job:{task.namespace}:{full_name(task)}", safe="")
        yield from (f"/api/v1/lineage?nodeId={node}&depth={d}" for d in (0, 1, 2))
        yield f"/api/v1/lineage?nodeId={node}"
        yield from (f"/api/v1/column-lineage?nodeId={node}{more}" for more in ("", "&depth=1", "&withDownstream=true"))
    for table in made.tables:
        dataset = path("namespaces", table.namespace, "datasets", table.name)
        yield from (dataset, f"{dataset}/versions?limit=1&offset=1")
        node = quote(f"dataset:{table.namespace}:{table.name}", safe="")
        yield from (f"/api/v1/lineage?nodeId={node}&depth={d}" for d in (0, 1, 3))
        yield from (f"/api/v1/column-lineage?nodeId={node}{more}" for more in ("", "&depth=1", "&depth=2", "&withDownstream=true"))
        for column in table.columns[:2]:
            node = quote(f"datasetField:{table.namespace}:{table.name}:{column}", safe="")
            yield from (f"/api/v1/column-lineage?nodeId={node}{more}" for more in ("", "&depth=1", "&withDownstream=true&depth=1"))
    for run in made.runs:
        yield path("jobs", "runs", run)
        yield from (f"{path('jobs', 'runs', run, 'facets')}?type={kind}" for kind in ("run", "job", "dataset"))


def full_name(task: Task) -> str:
    """Return the name that a job has below its parent."""
    return f"{task.parent.name}.{task.name}" if task.parent else task.name


def _add_table(made: Stream) -> None:
    random = made.random
    name = f"{made.mark}.{random.choice(ODD)}.{len(made.tables)}"
    columns = [f"c{n}" for n in range(random.randint(0, 4))]
    facets: Json = {}
    if columns:
        facets["schema"] = facet(fields=[{"name": c, "type": "INT", "description": None} for c in columns])
    if random.random() < 0.5:
        facets["dataSource"] = facet(name=f"{made.mark}-source", uri="postgres://db:5432/x")
    if random.random() < 0.3:
        facets["documentation"] = facet(description="what it is")
    if random.random() < 0.3:
        facets["ownership"] = facet(owners=[{"name": "team", "type": "x"}])
    table = Table(random.choice(made.stores), name, columns, facets)
    made.tables.append(table)


def _add_task(made: Stream) -> None:
    random = made.random
    inputs = random.sample(made.tables, random.randint(0, min(4, len(made.tables) - 1)))
    written = [t for task in made.tasks for t in task.outputs]
    rest = [t for t in made.tables if t not in inputs and t not in written]
    outputs = random.sample(rest, random.randint(0, min(2, len(rest))))
    facets: Json = {}
    if random.random() < 0.4:
        facets["documentation"] = facet(description="what it does")
    if random.random() < 0.4:
        facets["sourceCodeLocation"] = facet(type="git", url=f"https://example.com/{random.randint(1, 3)}")
    if random.random() < 0.3:
        facets["sql"] = facet(query="select 1")
    if random.random() < 0.3:
        kind = random.choice(["BATCH", "STREAMING"])
        facets["jobType"] = facet(processingType=kind, integration="SPARK", jobType="JOB")
    for table in outputs:
        for column in table.columns:
            # Of tables that stand before it, so that there are no circles: Marquez leaves out an edge of each.
            earlier = [t for t in inputs if made.tables.index(t) < made.tables.index(table)]
            sources = [{**t.id, "field": random.choice(t.columns)} for t in earlier if t.columns and random.random() < 0.7]
            if sources:
                table.made_of[column] = sources
        if table.made_of:
            fields = {
                c: {"inputFields": s, "transformationDescription": "as it is", "transformationType": "IDENTITY"}
                for c, s in table.made_of.items()
            }
            table.facets["columnLineage"] = facet(fields=fields)
    made.tasks.append(Task(random.choice(made.namespaces), f"{random.choice(ODD)}.{len(made.tasks)}", inputs, outputs, facets))


def some_task(made: Stream) -> Task:
    return made.random.choice([t for t in made.tasks if not t.by_hand])


def some_table(made: Stream) -> Table:
    return made.random.choice([t for t in made.tables if not t.is_alias])


def told(tables: list[Table], *, written: bool) -> list[Json]:
    return [{**t.id, "facets": {k: v for k, v in t.facets.items() if written or k != "columnLineage"}} for t in tables]


def tell(
    made: Stream,
    task: Task,
    run: str,
    *types: str,
    run_facets: Json | None = None,
    job_facets: Json | None = None,
    inputs: list[Json] | None = None,
    outputs: list[Json] | None = None,
    at: str | None = None,
) -> None:
    """Send events of a run of these types, which say what is known of the job where nothing else is given."""
    facets = dict(run_facets or {})
    if task.parent:
        facets["parent"] = facet(run={"runId": task.parent_run}, job={"namespace": task.parent.namespace, "name": task.parent.name})
    for kind in types:
        made.event(
            "RunEvent",
            eventType=kind,
            run={"runId": run, "facets": facets},
            job={"namespace": task.namespace, "name": task.name, "facets": task.facets if job_facets is None else job_facets},
            inputs=told(task.inputs, written=False) if inputs is None else inputs,
            outputs=told(task.outputs, written=True) if outputs is None else outputs,
            **({"eventTime": at} if at else {}),
        )


def _run(made: Stream, task: Task, run: str, *types: str) -> None:
    facets: Json = {}
    if made.random.random() < 0.3:
        facets["nominalTime"] = facet(nominalStartTime="2026-03-01T00:00:00Z", nominalEndTime="2026-03-02T00:00:00Z")
    if made.random.random() < 0.3:
        facets["processing_engine"] = facet(version="1", name="x")
    tell(made, task, run, *types, run_facets=facets)


def a_run(made: Stream) -> None:
    end = made.random.choice(["COMPLETE", "COMPLETE", "COMPLETE", "FAIL", "ABORT"])
    _run(made, some_task(made), made.new_run(), "START", end)


def a_run_of_one_event(made: Stream) -> None:
    _run(made, some_task(made), made.new_run(), made.random.choice(["START", "RUNNING", "OTHER", "COMPLETE", "FAIL"]))


def a_job_without_runs(made: Stream) -> None:
    task = some_task(made)
    made.event(
        "JobEvent",
        job={"namespace": task.namespace, "name": task.name, "facets": task.facets},
        inputs=told(task.inputs, written=False),
        outputs=told(task.outputs, written=True),
    )


def a_dataset_without_runs(made: Stream) -> None:
    made.event("DatasetEvent", dataset=told([some_table(made)], written=True)[0])


def a_family(made: Stream) -> None:
    """A parent with children; it speaks first, last or in between."""
    dag = Task(made.namespaces[0], f"dag{len(made.tasks)}", [], [], {})
    made.tasks.append(dag)
    run = made.new_run()
    children = [
        Task(dag.namespace, f"step{n}", [some_table(made)], [], {}, parent=dag, parent_run=run) for n in range(made.random.randint(1, 3))
    ]
    made.tasks += children
    first = made.random.random() < 0.5
    if first:
        _run(made, dag, run, "START")
    for child in children:
        _run(made, child, made.new_run(), "START", "COMPLETE")
    _run(made, dag, run, *(["COMPLETE"] if first else ["START", "COMPLETE"]))


def other_names(made: Stream) -> None:
    """A table that is written under one name, and known under another."""
    table = some_table(made)
    if "symlinks" in table.facets:
        return
    alias = {"namespace": made.stores[0], "name": f"alias.{table.name}"}
    table.facets["symlinks"] = facet(identifiers=[{**alias, "type": "TABLE"}])
    made.event("DatasetEvent", dataset=told([table], written=True)[0])
    made.tables.append(Table(alias["namespace"], alias["name"], [], {}, is_alias=True))


def a_life_without_events(made: Stream) -> None:
    """A source, a dataset, a job and a run by the routes of old clients."""
    n, mark = len(made.calls), made.mark
    namespace, table, job = f"{mark}-byhand{n}", f"table{n}", f"job{n}"
    made.say("PUT", path("namespaces", namespace), {"ownerName": "me", "description": "by hand"})
    made.say(
        "PUT", path("sources", f"{mark}-s{n}"), {"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://localhost/x", "description": "d"}
    )
    fields = [{"name": "a", "type": "INTEGER", "tags": ["PII"], "description": "d"}, {"name": "b"}]
    told = {"type": "DB_TABLE", "physicalName": f"public.{table}", "sourceName": f"{mark}-s{n}", "fields": fields, "tags": ["SENSITIVE"]}
    for name in (table, f"{table}-out"):
        made.say("PUT", path("namespaces", namespace, "datasets", name), {**told, "description": "d"})
        made.tables.append(Table(namespace, name, [], {}))
    about = {"inputs": [{"namespace": namespace, "name": table}], "outputs": [{"namespace": namespace, "name": f"{table}-out"}]}
    made.say(
        "PUT",
        path("namespaces", namespace, "jobs", job),
        {"type": "BATCH", "location": "https://example.com/a", "description": "d", **about},
    )
    made.namespaces.append(namespace)
    run = made.new_run()
    made.say(
        "POST",
        path("namespaces", namespace, "jobs", job, "runs"),
        {"id": run, "args": {"x": "1"}, "nominalStartTime": "2026-03-01T00:00:00Z"},
    )
    made.say("POST", f"{path('jobs', 'runs', run, 'start')}?at={made.now()}")
    if made.random.random() < 0.5:
        out = {**told, "runId": run, "fields": [{"name": "z", "type": "INTEGER"}]}
        made.say("PUT", path("namespaces", namespace, "datasets", f"{table}-out"), out)
    end = made.random.choice(["complete", "fail", "abort"])
    made.say("POST", f"{path('jobs', 'runs', run, end)}?at={made.now()}")
    made.tasks.append(Task(namespace, job, [], [], {}, by_hand=True))


def tags(made: Stream) -> None:
    table = made.random.choice(made.tables)
    tag = made.random.choice(["PII", "SENSITIVE"])
    where = ("namespaces", table.namespace, "datasets", table.name)
    made.say("POST", path(*where, "tags", tag))
    for column in table.columns[:1]:
        made.say("POST", path(*where, "fields", column, "tags", tag))
        if made.random.random() < 0.3:
            made.say("DELETE", path(*where, "fields", column, "tags", tag))
    if made.random.random() < 0.3:
        made.say("DELETE", path(*where, "tags", tag))
    task = made.random.choice(made.tasks)
    made.say("POST", path("namespaces", task.namespace, "jobs", full_name(task), "tags", tag))


def gone_and_back(made: Stream) -> None:
    task = made.random.choice([t for t in made.tasks if not t.parent and not t.by_hand])
    made.say("DELETE", path("namespaces", task.namespace, "jobs", task.name))
    if made.random.random() < 0.5 or task.outputs:
        _run(made, task, made.new_run(), "START", "COMPLETE")
    table = made.random.choice(made.tables)
    made.say("DELETE", path("namespaces", table.namespace, "datasets", table.name))
    if made.random.random() < 0.5 and not table.is_alias:
        made.event("DatasetEvent", dataset=told([table], written=True)[0])


STEPS: tuple[Step, ...] = (
    a_run,
    a_run,
    a_run,
    a_run_of_one_event,
    a_job_without_runs,
    a_dataset_without_runs,
    a_family,
    other_names,
    a_life_without_events,
    tags,
    gone_and_back,
)
