"""What goes in and out of the API, as its OpenAPI document says it; a test holds real answers against these shapes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Facets = dict[str, Any]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Uuid = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
State = Literal["NEW", "RUNNING", "COMPLETED", "FAILED", "ABORTED"]


class _Shape(Struct, rename="camel"):
    pass


class EventRun(_Shape):
    """The run of an event."""

    run_id: Uuid
    facets: Facets | None = None


class EventJob(Struct):
    """The job of an event."""

    namespace: str
    name: str
    facets: Facets | None = None


class EventDataset(_Shape):
    """A dataset of an event."""

    namespace: str
    name: str
    facets: Facets | None = None
    input_facets: Facets | None = None
    output_facets: Facets | None = None


class Event(Struct, kw_only=True):
    """An OpenLineage event: of a run; of a job or a dataset where schemaURL ends with JobEvent or DatasetEvent.

    Its full description is at https://openlineage.io/spec/2-0-2/OpenLineage.json
    """

    eventTime: Time  # noqa: N815  OpenLineage's own names, of which one is no camel
    producer: str
    schemaURL: str | None = None  # noqa: N815
    eventType: str | None = None  # noqa: N815
    run: EventRun | None = None
    job: EventJob | None = None
    dataset: EventDataset | None = None
    inputs: list[EventDataset] | None = None
    outputs: list[EventDataset] | None = None


class Outcome(Struct, omit_defaults=True):
    """What became of an event of a batch."""

    status: int
    message: str | None = None


class Outcomes(Struct):
    """What became of the events of a batch, in their order."""

    results: list[Outcome]


class Namespace(_Shape):
    """A namespace."""

    name: str
    created_at: Time
    updated_at: Time
    owner_name: str
    is_hidden: bool
    description: str | None = None


class Namespaces(Struct):
    """A page of namespaces."""

    namespaces: list[Namespace]


class Source(_Shape):
    """Where datasets are kept."""

    type: str
    name: str
    created_at: Time
    updated_at: Time
    connection_url: str
    description: str | None = None


class Sources(Struct):
    """A page of sources."""

    sources: list[Source]


class Tag(Struct):
    """A tag."""

    name: str
    description: str | None = None


class Tags(Struct):
    """A page of tags."""

    tags: list[Tag]


class Identity(Struct):
    """A job or a dataset by its name."""

    namespace: str
    name: str


class VersionIdentity(Struct):
    """A version of a job or of a dataset."""

    namespace: str
    name: str
    version: str


class RunDataset(_Shape):
    """A version of a dataset that a run has read or written, and what the run said of it."""

    dataset_version_id: VersionIdentity
    facets: Facets


class Run(_Shape):
    """A run."""

    id: Uuid
    created_at: Time
    updated_at: Time
    state: State
    args: dict[str, str | None]
    facets: Facets
    input_dataset_versions: list[RunDataset]
    output_dataset_versions: list[RunDataset]
    nominal_start_time: Time | None = None
    nominal_end_time: Time | None = None
    started_at: Time | None = None
    ended_at: Time | None = None
    duration_ms: int | None = None
    job_version: VersionIdentity | None = None


class Runs(_Shape):
    """A page of the runs of a job."""

    runs: list[Run]
    total_count: int


class RunFacets(_Shape):
    """The facets of a run."""

    run_id: str
    facets: Facets


class Column(Struct):
    """A column of a dataset."""

    name: str
    tags: list[str]
    type: str | None = None
    description: str | None = None


class InputField(_Shape):
    """A column that another was made of."""

    namespace: str
    dataset: str
    field: str
    transformation_description: str | None = None
    transformation_type: str | None = None


class ColumnLineage(_Shape):
    """The columns that a column was made of."""

    name: str
    input_fields: list[InputField]
    transformation_description: str | None = None
    transformation_type: str | None = None


class Dataset(_Shape):
    """A dataset as it is now."""

    id: Identity
    type: Literal["DB_TABLE", "STREAM"]
    name: str
    physical_name: str
    created_at: Time
    updated_at: Time
    namespace: str
    source_name: str
    fields: list[Column]
    tags: list[str]
    facets: Facets
    deleted: bool
    last_modified_at: Time | None = None
    last_lifecycle_state: str | None = None
    schema_location: str | None = None
    description: str | None = None
    current_version: str | None = None
    column_lineage: list[ColumnLineage] | None = None


class Datasets(_Shape):
    """A page of the datasets of a namespace."""

    datasets: list[Dataset]
    total_count: int


class DatasetVersion(_Shape):
    """A version of a dataset."""

    id: Identity
    type: Literal["DB_TABLE", "STREAM"]
    name: str
    physical_name: str
    created_at: Time
    version: str
    namespace: str
    source_name: str
    fields: list[Column]
    tags: list[str]
    facets: Facets
    lifecycle_state: str | None = None
    schema_location: str | None = None
    description: str | None = None
    current_schema_version: str | None = None
    created_by_run: Run | None = None


class DatasetVersions(_Shape):
    """A page of the versions of a dataset."""

    versions: list[DatasetVersion]
    total_count: int


class Job(_Shape):
    """A job, its latest runs and its datasets."""

    id: Identity
    type: Literal["BATCH", "STREAM", "SERVICE"]
    name: str
    simple_name: str
    created_at: Time
    updated_at: Time
    namespace: str
    inputs: list[Identity]
    outputs: list[Identity]
    facets: Facets
    labels: list[str]
    tags: list[str]
    parent_job_name: str | None = None
    parent_job_uuid: str | None = None
    location: str | None = None
    description: str | None = None
    latest_run: Run | None = None
    latest_runs: list[Run] | None = None
    current_version: str | None = None


class Jobs(_Shape):
    """A page of jobs."""

    jobs: list[Job]
    total_count: int


class JobVersion(_Shape):
    """A version of a job."""

    id: VersionIdentity
    name: str
    created_at: Time
    version: str
    namespace: str
    inputs: list[Identity]
    outputs: list[Identity]
    location: str | None = None
    latest_run: Run | None = None


class JobVersions(Struct):
    """A page of the versions of a job."""

    versions: list[JobVersion]


class Edge(Struct):
    """An edge of a graph, between the ids of nodes."""

    origin: str
    destination: str


class Node(_Shape):
    """A node of a graph: a job, a dataset, or a column."""

    id: str
    type: Literal["JOB", "DATASET", "DATASET_FIELD"]
    data: dict[str, Any]
    in_edges: list[Edge]
    out_edges: list[Edge]


class Graph(Struct):
    """Nodes, and the edges between them."""

    graph: list[Node]


class UpstreamRuns(Struct):
    """A run, and the runs that wrote what it read."""

    runs: list[dict[str, Any]]


class Events(_Shape):
    """A page of raw events."""

    events: list[dict[str, Any]]
    total_count: int


class SearchResult(_Shape):
    """A job or a dataset that was found."""

    type: Literal["JOB", "DATASET"]
    name: str
    updated_at: Time
    namespace: str
    node_id: str


class SearchResults(_Shape):
    """What was found."""

    total_count: int
    results: list[SearchResult]


class Hits(Struct):
    """What was found, as a Marquez with a search engine answers."""

    hits: list[dict[str, Any]]
    highlights: list[dict[str, list[str]]]


class EventCounts(_Shape):
    """How many events of each type there were in an interval."""

    start_interval: Time
    end_interval: Time
    fail: int
    start: int
    complete: int
    abort: int


class Count(_Shape):
    """How many things there were at the end of an interval."""

    start_interval: Time
    end_interval: Time
    count: int


class Problem(Struct, omit_defaults=True):
    """Why a request was refused; `errors` where something of it is missing or wrong."""

    code: int
    message: str
    errors: list[str] | None = None
