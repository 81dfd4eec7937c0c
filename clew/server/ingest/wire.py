"""OpenLineage events as they stand in JSON: what the backend derives from is decoded, every facet also stays as it came.

Each field may be missing here; `events.py` says which must be there. `gc=False`: there are hundreds in an event, and none can be part of a cycle.
Source: https://openlineage.io/spec/2-0-2/OpenLineage.json and the facets below https://openlineage.io/spec/facets/
"""

from __future__ import annotations

from msgspec import Raw, Struct, field

RawFacets = dict[str, Raw]


class Dataset(Struct, rename="camel", gc=False):
    """A dataset of an event."""

    namespace: str | None = None
    name: str | None = None
    facets: RawFacets | None = None
    input_facets: RawFacets | None = None
    output_facets: RawFacets | None = None


class Job(Struct, gc=False):
    """The job of an event."""

    namespace: str | None = None
    name: str | None = None
    facets: RawFacets | None = None


class Run(Struct, rename="camel", gc=False):
    """The run of an event."""

    run_id: str | None = None
    facets: RawFacets | None = None


class Event(Struct, rename="camel", gc=False):
    """Any of the three kinds of event; its datasets stay as they came, since most of them came before."""

    event_time: str | None = None
    event_type: str | None = None
    producer: str | None = None
    schema_url: str | None = field(default=None, name="schemaURL")
    run: Run | None = None
    job: Job | None = None
    dataset: Raw = Raw(b"null")
    inputs: list[Raw] | None = None
    outputs: list[Raw] | None = None


class Facet(Struct, gc=False):
    """What every facet says of itself."""

    producer: str | None = field(default=None, name="_producer")
    schema_url: str | None = field(default=None, name="_schemaURL")


class NominalTime(Facet, rename="camel", gc=False):
    """When a run was due."""

    nominal_start_time: str | None = None
    nominal_end_time: str | None = None


class RunLink(Struct, rename="camel", gc=False):
    """The run of a parent facet."""

    run_id: str | None = None


class JobLink(Struct, gc=False):
    """The job of a parent facet."""

    namespace: str | None = None
    name: str | None = None


class Parent(Facet, gc=False):
    """The run that started a run."""

    run: RunLink | None = None
    job: JobLink | None = None


class Documentation(Facet, gc=False):
    """What a job or dataset is for."""

    description: str | None = None


class SourceCodeLocation(Facet, gc=False):
    """Where a job's code is."""

    type: str | None = None
    url: str | None = None


class Sql(Facet, gc=False):
    """The SQL of a job."""

    query: str | None = None


class JobType(Facet, rename="camel", gc=False):
    """What kind of job it is."""

    processing_type: str | None = None
    integration: str | None = None
    job_type: str | None = None


class Column(Struct, gc=False):
    """A column of a schema."""

    name: str | None = None
    type: str | None = None
    description: str | None = None


class Schema(Facet, gc=False):
    """The columns of a dataset."""

    fields: list[Column] | None = None


class DataSource(Facet, gc=False):
    """Where a dataset is kept."""

    name: str | None = None
    uri: str | None = None


class LifecycleStateChange(Facet, rename="camel", gc=False):
    """What became of a dataset."""

    lifecycle_state_change: str | None = None


class Identifier(Struct, gc=False):
    """Another name of a dataset."""

    namespace: str | None = None
    name: str | None = None
    type: str | None = None


class Symlinks(Facet, gc=False):
    """The other names of a dataset."""

    identifiers: list[Identifier] | None = None


class InputField(Struct, gc=False):
    """A column that another one was made of."""

    namespace: str | None = None
    name: str | None = None
    field: str | None = None


class OutputColumn(Struct, rename="camel", gc=False):
    """How a column was made."""

    input_fields: list[InputField] | None = None
    transformation_description: str | None = None
    transformation_type: str | None = None


class ColumnLineage(Facet, gc=False):
    """How the columns of a dataset were made."""

    fields: dict[str, OutputColumn] | None = None


class Tag(Struct, gc=False):
    """A tag of a job or dataset; `field` where it is one of a column."""

    key: str | None = None
    value: str | None = None
    field: str | None = None


class Tags(Facet, gc=False):
    """The tags of a job or dataset."""

    tags: list[Tag] | None = None
