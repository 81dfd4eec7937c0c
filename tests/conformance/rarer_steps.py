"""What producers send now and then, as steps of random streams.

A real Marquez 0.51 answers some of them otherwise than the backend; `docs/backend.md` says where. Each was played against one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.streams import STEPS, Table, Task, facet, path, some_table, some_task, tell, told

if TYPE_CHECKING:
    from tests.conformance.streams import Step, Stream

HOSTILE = (
    "a:b", "a#b", "'; DROP TABLE job; --", "<script>alert(1)</script>", '"quoted"', "tab\there", "日本語", "😀", "back\\slash",
    ".", "..", "%2F", "x" * 300, " lead", "trail ", "new\nline", "null", "{a}", "job:x:y",
)  # fmt: skip
TIMES = (
    ("2026-03-03T10:00:{:02}.123456Z", "2026-03-03T10:01:{:02}.5Z"),
    ("2026-03-03T12:00:{:02}+02:00", "2026-03-03T12:00:{:02}.000001+02:00"),
    ("2026-03-03T10:00:{:02}.123456789Z", "2026-03-03T10:00:{:02}.9999999Z"),
    ("2026-03-03T23:59:{:02}-11:30", "2026-03-04T12:00:{:02}Z"),
)


def a_version_that_has_a_name(made: Stream) -> None:
    """A table is told with versions of its own and what happened to it."""
    table = told([some_table(made)], written=True)[0]
    for _ in range(made.random.randint(1, 3)):
        change = made.random.choice(["CREATE", "ALTER", "OVERWRITE", "TRUNCATE"])
        version = facet(datasetVersion=str(made.random.randint(1, 3)))
        facets = {**table["facets"], "version": version, "lifecycleStateChange": facet(lifecycleStateChange=change)}
        made.event("DatasetEvent", dataset={**table, "facets": facets})


def what_became_of_tables(made: Stream) -> None:
    """A run says that it made, changed, renamed or dropped what it names as outputs."""
    task = some_task(made)
    change = made.random.choice(["CREATE", "ALTER", "OVERWRITE", "TRUNCATE", "RENAME", "DROP"])
    lifecycle = facet(lifecycleStateChange=change, previousIdentifier={"namespace": "old", "name": "old"})
    outputs = [{**t, "facets": {**t["facets"], "lifecycleStateChange": lifecycle}} for t in told(task.outputs, written=True)]
    tell(made, task, made.new_run(), "START", "COMPLETE", outputs=outputs)


def tags_of_producers(made: Stream) -> None:
    """Job, run and what was written have tags facets."""
    task, run = some_task(made), made.new_run()
    tags = facet(tags=[{"key": "k", "value": "v", "source": "s"}, {"key": "PII", "value": "true", "source": "s"}])
    on_column = facet(tags=[{"key": "k", "value": "v", "source": "s"}, {"key": "f", "value": "v", "source": "s", "field": "c0"}])
    outputs = [{**t, "facets": {**t["facets"], "tags": on_column}} for t in told(task.outputs, written=True)]
    tell(made, task, run, "START", "COMPLETE", run_facets={"tags": tags}, job_facets={**task.facets, "tags": tags}, outputs=outputs)


def read_by_another_name(made: Stream) -> None:
    """A job reads a table by the name of its symlink."""
    for table in made.tables:
        if table.is_alias:
            task = made.add_task(Task(made.namespaces[0], f"by-alias.{len(made.tasks)}", [], [], {}))
            tell(made, task, made.new_run(), "START", "COMPLETE", inputs=[{**table.id, "facets": {}}])
            return


def children_first(made: Stream) -> None:
    """Children end before their parent says a word, if it ever does."""
    dag = made.add_task(Task(made.namespaces[0], f"late-dag{len(made.tasks)}", [], [], {}))
    run = made.new_run()
    for n in range(made.random.randint(1, 3)):
        child = made.add_task(Task(dag.namespace, f"kid{n}", [some_table(made)], [], {}, parent=dag, parent_run=run))
        tell(made, child, made.new_run(), "START", made.random.choice(["COMPLETE", "FAIL"]))
    if made.random.random() < 0.7:
        tell(made, dag, run, "START", made.random.choice(["COMPLETE", "FAIL"]))


def a_run_that_reports(made: Stream) -> None:
    """RUNNING and OTHER come with facets, whatever they hold."""
    task, run = some_task(made), made.new_run()
    tell(made, task, run, "START", run_facets={"nominalTime": facet(nominalStartTime="2026-03-01T00:00:00Z")})
    for n in range(made.random.randint(1, 3)):
        kind = made.random.choice(["RUNNING", "OTHER"])
        tell(made, task, run, kind, run_facets={"custom": facet(n=n, nested={"a": [1, 2, {"b": None}]})})
    broken = facet(message="m", programmingLanguage="py", stackTrace="t")
    tell(made, task, run, made.random.choice(["COMPLETE", "FAIL", "ABORT"]), run_facets={"errorMessage": broken})


def a_stream_that_runs_on(made: Stream) -> None:
    """A streaming job writes while it runs, and mostly never ends."""
    table = made.add_table(Table(made.random.choice(made.stores), f"{made.mark}.flow.{len(made.tables)}", [], {}))
    kind = facet(processingType="STREAMING", integration="FLINK", jobType="JOB")
    task = made.add_task(Task(made.namespaces[0], f"flows.{len(made.tasks)}", [some_table(made)], [table], {"jobType": kind}))
    ends = ["COMPLETE"] if made.random.random() < 0.3 else []
    tell(made, task, made.new_run(), "START", *["RUNNING"] * made.random.randint(0, 3), *ends)


def hostile_names(made: Stream) -> None:
    """A table, its columns and its reader are named as nobody should name anything."""
    name, columns = made.random.choice(HOSTILE), ["c:0", "c#1"]
    schema = facet(fields=[{"name": c, "type": "INT", "description": None} for c in columns])
    table = Table(made.random.choice(made.stores), f"{made.mark}.{name}", columns, {"schema": schema})
    if table.id in [t.id for t in made.tables]:
        return
    made.add_table(table)
    task = made.add_task(Task(made.random.choice(made.namespaces), f"{name}.{len(made.tasks)}", [table], [], {}))
    tell(made, task, made.new_run(), "START", "COMPLETE")


def facets_that_go(made: Stream) -> None:
    """An end says less of its job than the START did."""
    task, run = some_task(made), made.new_run()
    tell(made, task, run, "START")
    tell(made, task, run, "COMPLETE", job_facets={k: v for k, v in task.facets.items() if k == "documentation"})


def new_code(made: Stream) -> None:
    """A job runs from other code than before."""
    task, n = some_task(made), made.random.randint(1, 4)
    task.facets = {k: v for k, v in task.facets.items() if k in {"documentation", "jobType"}}
    task.facets["sourceCodeLocation"] = facet(type="git", url=f"https://example.com/{n}", version=str(n), branch="main")
    task.facets["sourceCode"] = facet(language="python", sourceCode=f"print({n})")
    tell(made, task, made.new_run(), "START", "COMPLETE")


def told_late(made: Stream) -> None:
    """A run of weeks ago is told only now."""
    task, run, day = some_task(made), made.new_run(), made.random.randint(1, 27)
    tell(made, task, run, "START", at=f"2026-02-{day:02}T06:00:00Z")
    tell(made, task, run, made.random.choice(["COMPLETE", "FAIL"]), at=f"2026-02-{day:02}T07:00:00Z")


def times_of_all_kinds(made: Stream) -> None:
    """Times have fractions and offsets."""
    task, run, second = some_task(made), made.new_run(), made.random.randint(0, 59)
    start, end = made.random.choice(TIMES)
    tell(made, task, run, "START", at=start.format(second))
    tell(made, task, run, "COMPLETE", at=end.format(second))


def columns_that_change(made: Stream) -> None:
    """A table has other columns from run to run."""
    table = made.add_table(Table(made.random.choice(made.stores), f"{made.mark}.changing.{len(made.tables)}", [], {}))
    task = made.add_task(Task(made.random.choice(made.namespaces), f"changes.{len(made.tasks)}", [], [table], {}))
    for _ in range(made.random.randint(1, 4)):
        table.columns = made.random.sample(["a", "b", "c", "d"], made.random.randint(1, 4))
        fields = [{"name": c, "type": made.random.choice(["INT", "TEXT"]), "description": None} for c in table.columns]
        table.facets["schema"] = facet(fields=fields)
        tell(made, task, made.new_run(), "START", made.random.choice(["COMPLETE", "COMPLETE", "FAIL"]))


def inputs_that_change(made: Stream) -> None:
    """A job reads other tables from run to run, or is told to do so between them."""
    task = made.add_task(Task(made.random.choice(made.namespaces), f"moves.{len(made.tasks)}", [], [], {}))
    for _ in range(made.random.randint(2, 4)):
        task.inputs = [some_table(made)]
        if made.random.random() < 0.3:
            job = {"namespace": task.namespace, "name": task.name, "facets": task.facets}
            made.event("JobEvent", job=job, inputs=told(task.inputs, written=False), outputs=[])
        tell(made, task, made.new_run(), "START", made.random.choice(["COMPLETE", "FAIL", "ABORT"]))


def what_was_counted(made: Stream) -> None:
    """Inputs and outputs come with quality and statistics."""
    task = some_task(made)
    quality = {
        "dataQualityMetrics": facet(rowCount=10, bytes=100, columnMetrics={"c0": {"nullCount": 1, "min": 0.5, "quantiles": {"0.1": 1}}}),
        "dataQualityAssertions": facet(assertions=[{"assertion": "not_null", "success": True, "column": "c0"}]),
    }
    inputs = [{**t, "inputFacets": quality} for t in told(task.inputs, written=False)]
    written = {"outputStatistics": facet(rowCount=5, size=50, fileCount=1)}
    outputs = [{**t, "outputFacets": written} for t in told(task.outputs, written=True)]
    tell(made, task, made.new_run(), "START", made.random.choice(["COMPLETE", "FAIL"]), inputs=inputs, outputs=outputs)


def told_again(made: Stream) -> None:
    """An event of a run comes twice, or ends that contradict each other."""
    types = [
        ["START", "COMPLETE", "COMPLETE"],
        ["START", "FAIL", "COMPLETE"],
        ["START", "COMPLETE", "FAIL"],
        ["START", "START", "COMPLETE"],
    ]
    tell(made, some_task(made), made.new_run(), *made.random.choice(types))


def one_run_of_two_jobs(made: Stream) -> None:
    """A run begins as one job's and ends as another's."""
    run = made.new_run()
    tell(made, some_task(made), run, "START")
    tell(made, some_task(made), run, "COMPLETE")


def types_of_any_case(made: Stream) -> None:
    tell(made, some_task(made), made.new_run(), made.random.choice(["start", "Start"]), made.random.choice(["complete", "Complete"]))


def what_is_empty_is_null(made: Stream) -> None:
    """Members that may be left out are null, and there is one that nobody knows."""
    task = some_task(made)
    job = {"namespace": task.namespace, "name": task.name, "facets": task.facets or None}
    inputs, outputs = told(task.inputs, written=False) or None, told(task.outputs, written=True) or None
    run = {"runId": made.new_run(), "facets": None}
    made.event("RunEvent", eventType="COMPLETE", run=run, job=job, inputs=inputs, outputs=outputs, unknown={"x": 1})


def a_namespace_that_goes(made: Stream) -> None:
    namespace = made.random.choice(made.namespaces[:2])
    made.say("DELETE", path("namespaces", namespace))
    known = [t for t in made.tasks if t.namespace == namespace and not t.by_hand and not t.parent]
    if known and made.random.random() < 0.6:
        tell(made, made.random.choice(known), made.new_run(), "START", "COMPLETE")


RARER: tuple[Step, ...] = (
    a_version_that_has_a_name,
    what_became_of_tables,
    tags_of_producers,
    read_by_another_name,
    children_first,
    a_run_that_reports,
    a_stream_that_runs_on,
    hostile_names,
    facets_that_go,
    new_code,
    told_late,
    times_of_all_kinds,
    columns_that_change,
    inputs_that_change,
    what_was_counted,
    told_again,
    one_run_of_two_jobs,
    types_of_any_case,
    what_is_empty_is_null,
    a_namespace_that_goes,
)

EVERY_KIND = STEPS + RARER
