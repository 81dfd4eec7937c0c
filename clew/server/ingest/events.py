"""From bytes to events: decode, check, and keep what the backend derives from.

Which fields must be there is what Marquez 0.51 asks for (marquez/service/models/LineageEvent.java).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec

from clew.server import limits
from clew.server.calls import Refusal
from clew.server.ingest import identities, proof, wire
from clew.server.ingest.contents import Content, Facets, content
from clew.server.recent import Recent
from clew.server.times import instant, java

if TYPE_CHECKING:
    from collections.abc import Mapping

_Facet = TypeVar("_Facet", bound=wire.Facet)

STATES = {"complete": "COMPLETED", "fail": "FAILED", "abort": "ABORTED"}
"""The states of runs that are over, by the type of the event in lower case; every other type is a run that runs."""

_UNKEPT = frozenset({"spark_unknown"})

_READ = frozenset({"dataqualitymetrics", "dataqualityassertions"})
_WRITTEN = frozenset({"outputstatistics"})
"""Facets, in lower case, that tell of a read or a write even where they stand among the facets of the dataset itself."""


class Identity(msgspec.Struct, frozen=True, order=True, gc=False):
    """Namespace and name of a dataset."""

    namespace: str
    name: str


class Column(msgspec.Struct, frozen=True, gc=False):
    """A column of a dataset."""

    name: str
    type: str | None
    description: str | None


class Columns(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The columns of a dataset, and what follows from them: how they are kept, and what tells them, and their schema, from others."""

    each: tuple[Column, ...]
    json: Content
    described: str
    typed: str


class TagOf(msgspec.Struct, frozen=True, gc=False):
    """A tag, and the column that it is on, or None."""

    tag: str
    field: str | None


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset as an event tells of it.

    Attributes:
        lineage: its facet `columnLineage`, where that names columns that others were made of.
        of_version: what is said of the version that was read or written, whoever did it.
        of_run: what is said of the reading (INPUT) or writing (OUTPUT), as that, name and facet.
    """

    id: Identity
    source: str | None
    source_url: str
    description: str | None
    columns: Columns | None
    lifecycle: str
    symlinks: tuple[Identity, ...]
    lineage: Content | None
    tags: tuple[TagOf, ...] | None
    of_version: tuple[tuple[str, Content], ...]
    of_run: tuple[tuple[str, str, Content], ...]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as an event tells of it."""

    namespace: str
    name: str
    description: str | None
    location: str | None
    streaming: bool
    tags: tuple[str, ...] | None
    facets: Facets


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """The parent of a run."""

    run: str
    namespace: str
    name: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as an event tells of it; `state` is None where the event has no type."""

    id: str
    state: str | None
    starts: bool
    parent: Parent | None
    nominal_start: int | None
    nominal_end: int | None
    args: dict[str, str]
    facets: Facets


class RunEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to a run."""

    at: int
    type: str | None
    run: Run
    job: Job
    inputs: tuple[Dataset, ...]
    outputs: tuple[Dataset, ...]


class JobEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A job is described without a run."""

    at: int
    job: Job
    inputs: tuple[Dataset, ...]
    outputs: tuple[Dataset, ...]


class DatasetEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset is described without a run."""

    at: int
    dataset: Dataset


Event: TypeAlias = RunEvent | JobEvent | DatasetEvent

_decode = msgspec.json.Decoder(wire.Event).decode
_decode_dataset = msgspec.json.Decoder(wire.Dataset).decode

_lately: Recent[bytes, Dataset] = Recent(1024**2)
"""Datasets by their JSON, weighed by its length: producers tell the same of a dataset in every event that names it."""

_schemas: Recent[bytes, Columns] = Recent(1024**2 // 2)
"""Columns by the digests of the facets `schema` that told of them; weighed by the length of those."""

_lineages: Recent[bytes, bool] = Recent(8192)
"""Facets `columnLineage` by their digests, and whether they name any column. They are the largest by far, and looked into again only
where they tell something new."""

_LARGE_FACETS: dict[str, Recent[bytes, Any]] = {"schema": _schemas, "columnLineage": _lineages}


def decode(body: bytes) -> Event:
    """Read an OpenLineage event.

    Raises:
        Refusal: 400 where it is no JSON or has wrong types, 422 where something is missing, 413 or 400 where it is beyond limits; the
            message names the place.
    """
    if len(body) >= proof.LARGE:
        limits.check(body)
    reader = _Reader()
    try:
        event = reader.event(_decode(body))
        shallow = proof.prove(body, reader.known)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        if body.strip() in {b"", b"null"}:
            raise _missing(["The request body must not be null"]) from None
        raise Refusal(400, f"not an OpenLineage event: {_reason(error)}") from None
    if reader.errors:
        raise _missing(reader.errors)
    if shallow:
        reader.remember()
    return event


def _missing(errors: list[str]) -> Refusal:
    return Refusal(422, "; ".join(errors), errors=tuple(errors))


def _reason(error: Exception) -> str:
    return "nested too deep" if isinstance(error, RecursionError) else str(error)


class _Reader:
    """Reads one event.

    Attributes:
        errors: what is missing.
        known: parts of it that were read before, as they came.
        new: what is to be remembered of the others, once it is known that the event is good: where, under what, what, and its weight.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.known: list[bytes] = []
        self.new: list[tuple[Recent[bytes, Any], bytes, Any, int]] = []

    def remember(self) -> None:
        """Remember what was new."""
        for recent, key, value, weight in self.new:
            recent.put(key, value, weight)

    def event(self, found: wire.Event) -> Event:
        """Read an event of the kind that its schemaURL ends with."""
        kind = (found.schema_url or "").rpartition("/")[2]
        self.need("eventTime", found.event_time)
        self.need("producer", found.producer)
        at = self.time("eventTime", found.event_time) or 0
        event: Event
        if kind == "DatasetEvent":
            dataset = None if bytes(found.dataset) == b"null" else found.dataset
            self.need("dataset", dataset)
            event = DatasetEvent(at=at, dataset=self.dataset("dataset", dataset or msgspec.Raw(b"{}")))
        elif kind == "JobEvent":
            event = JobEvent(
                at=at,
                job=self.job(found.job),
                inputs=self.datasets("inputs", found.inputs),
                outputs=self.datasets("outputs", found.outputs),
            )
        else:
            event = RunEvent(
                at=at,
                type=found.event_type,
                run=self.run(found.run, found.event_type),
                job=self.job(found.job),
                inputs=self.datasets("inputs", found.inputs),
                outputs=self.datasets("outputs", found.outputs),
            )
        return event

    def run(self, found: wire.Run | None, event_type: str | None) -> Run:
        self.need("run", found)
        found = found or wire.Run(run_id="")
        facets = _facets(found.facets)
        nominal = self.facet("run.facets.nominalTime", facets.get("nominalTime"), wire.NominalTime)
        start, end = (nominal.nominal_start_time, nominal.nominal_end_time) if nominal else (None, None)
        parent = self.parent(facets)
        if nominal:
            self.need("run.facets.nominalTime.nominalStartTime", start)
        args = {"nominal_start_time": java(start)} if start else {}
        if end:
            args["nominal_end_time"] = java(end)
        if parent:
            args |= {"run_id": parent.run, "name": parent.name, "namespace": parent.namespace}
        return Run(
            id=identities.run_id(self.need("run.runId", found.run_id)),
            state=None if event_type is None else STATES.get(event_type.lower(), "RUNNING"),
            starts=(event_type or "").lower() == "start",
            parent=parent,
            nominal_start=self.time("run.facets.nominalTime.nominalStartTime", start),
            nominal_end=self.time("run.facets.nominalTime.nominalEndTime", end),
            args=args,
            facets=_contents({k: v for k, v in facets.items() if k.lower() not in _UNKEPT}),
        )

    def parent(self, facets: wire.RawFacets) -> Parent | None:
        # The Airflow integration once called it parentRun.
        found = self.facet("run.facets.parent", facets.get("parent") or facets.get("parentRun"), wire.Parent)
        if found is None:
            return None
        self.need("run.facets.parent.run", found.run)
        self.need("run.facets.parent.job", found.job)
        run, job = found.run or wire.RunLink(""), found.job or wire.JobLink("", "")
        return Parent(
            run=self.need("run.facets.parent.run.runId", run.run_id),
            namespace=self.need("run.facets.parent.job.namespace", job.namespace),
            name=self.need("run.facets.parent.job.name", job.name),
        )

    def job(self, found: wire.Job | None) -> Job:
        self.need("job", found)
        found = found or wire.Job("", "")
        facets = _facets(found.facets)
        documentation = self.facet("job.facets.documentation", facets.get("documentation"), wire.Documentation)
        location = self.facet("job.facets.sourceCodeLocation", facets.get("sourceCodeLocation"), wire.SourceCodeLocation)
        job_type = self.facet("job.facets.jobType", facets.get("jobType"), wire.JobType)
        sql = self.facet("job.facets.sql", facets.get("sql"), wire.Sql)
        tags = self.tags(facets)
        if sql:
            self.need("job.facets.sql.query", sql.query)
        if documentation:
            self.need("job.facets.documentation.description", documentation.description)
        if job_type:
            self.need("job.facets.jobType.processingType", job_type.processing_type)
            self.need("job.facets.jobType.integration", job_type.integration)
            self.need("job.facets.jobType.jobType", job_type.job_type)
        return Job(
            namespace=self.need("job.namespace", found.namespace),
            name=self.need("job.name", found.name),
            description=documentation.description if documentation else None,
            location=location.url if location else None,
            streaming=(job_type.processing_type or "").upper() == "STREAMING" if job_type else False,
            tags=None if tags is None else tuple(t.tag for t in tags if t.field is None),
            facets=_contents(facets),
        )

    def datasets(self, place: str, found: list[msgspec.Raw] | None) -> tuple[Dataset, ...]:
        return tuple(self.dataset(f"{place}[{n}]", each) for n, each in enumerate(found or ()))

    def dataset(self, place: str, raw: msgspec.Raw) -> Dataset:
        sent = bytes(raw)
        known = _lately.get(sent)
        if known is not None:
            self.known.append(sent)
            return known
        try:
            new = self.new_dataset(place, _decode_dataset(sent))
        except (msgspec.DecodeError, RecursionError) as error:
            raise Refusal(400, f"{place}: {_reason(error)}") from None
        if not new.of_run:  # what is said of one reading or writing does not come again
            self.new.append((_lately, sent, new, len(sent)))
        return new

    def new_dataset(self, place: str, found: wire.Dataset) -> Dataset:
        facets = _facets(found.facets)
        within = f"{place}.facets"
        documentation = self.facet(f"{within}.documentation", facets.get("documentation"), wire.Documentation)
        if documentation:
            self.need(f"{within}.documentation.description", documentation.description)
        source = self.facet(f"{within}.dataSource", facets.get("dataSource"), wire.DataSource)
        kept = _contents(facets)
        self.known += [
            each.json for name, each in kept.items() if name in _LARGE_FACETS and _LARGE_FACETS[name].get(each.digest) is not None
        ]
        lineage = kept.get("columnLineage")
        said = [
            *((_io(name), name, each) for name, each in kept.items()),
            *(("INPUT", name, each) for name, each in _contents(_facets(found.input_facets)).items()),
            *(("OUTPUT", name, each) for name, each in _contents(_facets(found.output_facets)).items()),
        ]
        lifecycle = self.facet(f"{within}.lifecycleStateChange", facets.get("lifecycleStateChange"), wire.LifecycleStateChange)
        return Dataset(
            id=Identity(self.need(f"{place}.namespace", found.namespace), self.need(f"{place}.name", found.name)),
            source=source.name if source else None,
            source_url=(source.uri or "") if source else "",
            description=documentation.description if documentation else None,
            columns=self.columns(within, kept.get("schema")),
            lifecycle=(lifecycle.lifecycle_state_change or "") if lifecycle else "",
            symlinks=self.symlinks(within, facets),
            lineage=lineage if lineage is not None and self.has_edges(within, lineage) else None,
            tags=self.tags(facets),
            of_version=tuple((name, each) for io, name, each in said if io != "OUTPUT"),
            of_run=tuple((io, name, each) for io, name, each in said if io is not None),
        )

    def columns(self, place: str, schema: Content | None) -> Columns | None:
        if schema is None:
            return None
        known = _schemas.get(schema.digest)
        if known is not None:
            return known
        found = self.facet(f"{place}.schema", msgspec.Raw(schema.json), wire.Schema)
        if found is None or found.fields is None:
            return None
        for n, column in enumerate(found.fields):
            if column.name is None:
                self.need(f"{place}.schema.fields[{n}].name", None)
        told = columns_of(tuple([Column(c.name or "", c.type, c.description) for c in found.fields]))
        self.new.append((_schemas, schema.digest, told, len(schema.json)))
        return told

    def symlinks(self, place: str, facets: wire.RawFacets) -> tuple[Identity, ...]:
        found = self.facet(f"{place}.symlinks", facets.get("symlinks"), wire.Symlinks)
        place = f"{place}.symlinks.identifiers"
        return tuple(
            Identity(self.need(f"{place}[{n}].namespace", each.namespace), self.need(f"{place}[{n}].name", each.name))
            for n, each in enumerate((found and found.identifiers) or ())
        )

    def has_edges(self, place: str, lineage: Content) -> bool:
        known = _lineages.get(lineage.digest)
        if known is not None:
            return known
        found = self.facet(f"{place}.columnLineage", msgspec.Raw(lineage.json), wire.ColumnLineage)
        columns = (found and found.fields) or {}
        for name, column in columns.items():
            if column.input_fields is None or any(None in (s.namespace, s.name, s.field) for s in column.input_fields):
                self.need_inputs(f"{place}.columnLineage.fields[{name}].inputFields", column.input_fields)
        edges = any(c.input_fields for c in columns.values())
        self.new.append((_lineages, lineage.digest, edges, 1))
        return edges

    def need_inputs(self, place: str, found: list[wire.InputField] | None) -> None:
        self.need(place, found)
        for n, source in enumerate(found or ()):
            self.need(f"{place}[{n}].namespace", source.namespace)
            self.need(f"{place}[{n}].name", source.name)
            self.need(f"{place}[{n}].field", source.field)

    def tags(self, facets: wire.RawFacets) -> tuple[TagOf, ...] | None:
        # Not checked as others are: Marquez does not know this facet, so whatever stands there must be accepted.
        try:
            found = msgspec.json.decode(facets["tags"], type=wire.Tags).tags if "tags" in facets else None
        except msgspec.DecodeError:
            return None
        return None if found is None else tuple(TagOf(_tag(t), t.field) for t in found if t.key)

    def facet(self, place: str, raw: msgspec.Raw | None, kind: type[_Facet]) -> _Facet | None:
        if raw is None:
            return None
        try:
            found = msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Refusal(400, f"{place}: {_reason(error)}") from None
        self.need(f"{place}._producer", found.producer)
        self.need(f"{place}._schemaURL", found.schema_url)
        return found

    def time(self, place: str, text: str | None) -> int | None:
        try:
            return None if text is None else instant(text)
        except (ValueError, OverflowError) as error:
            raise Refusal(400, f"{place}: {error}") from None

    def need(self, place: str, value: object) -> str:
        if value is None:
            self.errors.append(f"{place} must not be null")
        return value if isinstance(value, str) else ""


def _facets(found: Mapping[str, msgspec.Raw] | None) -> wire.RawFacets:
    return {name: raw for name, raw in (found or {}).items() if bytes(raw) != b"null"}


def _contents(facets: wire.RawFacets) -> Facets:
    return {name: content(bytes(raw)) for name, raw in facets.items()}


def _io(facet: str) -> str | None:
    lowered = facet.lower()
    return "INPUT" if lowered in _READ else "OUTPUT" if lowered in _WRITTEN else None


class _Shown(msgspec.Struct, frozen=True):
    name: str
    type: str | None
    tags: tuple[()]
    description: str | None


def columns_of(each: tuple[Column, ...]) -> Columns:
    """Write columns as they are kept: with a place for tags, so that they go out as they are where there are none."""
    fields = [(c.name, c.type, c.description) for c in each]
    return Columns(
        each=each,
        json=content(msgspec.json.encode([_Shown(c.name, c.type, (), c.description) for c in each])),
        described=identities.described(fields),
        typed=identities.typed(fields),
    )


def _tag(tag: wire.Tag) -> str:
    return tag.key or "" if tag.value in {None, "", "true", tag.key} else f"{tag.key}:{tag.value}"
