"""Standard OpenLineage facets as JSON values, one function each, and the few that we add.

openlineage-python has the same as attrs classes; turning those into JSON costs more than reading a project of 10,000 models
(80 % of the peer's time), so events are made as dicts from the start. A test holds every schema URL here against the classes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from clew import PRODUCER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.events import Json

_SPEC = "https://openlineage.io/spec/facets/"


def facet(schema: str, /, **content: Any) -> Json:
    """Make a facet; content that is None is left out.

    Args:
        schema: version, file and definition below the specification's facets, e.g. `1-0-1/SQLJobFacet.json#/$defs/SQLJobFacet`.
        content: the facet's own fields.
    """
    return _facet({"_producer": PRODUCER, "_schemaURL": _SPEC + schema}, content)


def _standard(version: str, name: str, /, **content: Any) -> Json:
    return _facet(_head(version, name), content)


@cache
def _head(version: str, name: str) -> Json:
    """Return what a standard facet begins with; to that are added, without a call, the fields of those that always have all of them."""
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}{version}/{name}.json#/$defs/{name}"}


def _facet(head: Json, content: Mapping[str, Any]) -> Json:
    made = head.copy()
    for name, value in content.items():
        if value is not None:
            made[name] = value
    return made


def parent(namespace: str, name: str, run_id: str, root: Json | None = None) -> Json:
    """Name the run that this run is part of; `root` is `{"run": {"runId"}, "job": {"namespace", "name"}}`."""
    return _standard("1-2-0", "ParentRunFacet", run={"runId": run_id}, job={"namespace": namespace, "name": name}, root=root)


def sql(query: str, dialect: str | None = None) -> Json:
    """Give the SQL of a job."""
    return _standard("1-1-0", "SQLJobFacet", query=query, dialect=dialect)


def schema(columns: Iterable[Mapping[str, Any]]) -> Json:
    """Give a dataset's columns: `name`, and where known `type`, `description`."""
    return {**_head("1-2-0", "SchemaDatasetFacet"), "fields": list(columns)}


def column_lineage(fields: Mapping[str, Mapping[str, Any]], dataset: Iterable[Mapping[str, Any]] = ()) -> Json:
    """Tell where the columns of a dataset come from.

    Args:
        fields: by output column `{"inputFields": […]}`, each with `namespace`, `name`, `field`, `transformations`.
        dataset: input fields that decide which rows there are: joins, filters, groups, order.
    """
    return _standard("1-2-0", "ColumnLineageDatasetFacet", fields=dict(fields), dataset=[dict(d) for d in dataset] or None)


def dataset_documentation(description: str) -> Json:
    """Describe a dataset."""
    return {**_head("1-1-0", "DocumentationDatasetFacet"), "description": description}


def job_documentation(description: str) -> Json:
    """Describe a job."""
    return {**_head("1-1-0", "DocumentationJobFacet"), "description": description}


def source_code_location(kind: str, url: str, **more: str | None) -> Json:
    """Say where a job's code is: `git`, its URL, and where known `repoUrl`, `path`, `version`, `tag`, `branch`."""
    return _standard("1-1-0", "SourceCodeLocationJobFacet", type=kind, url=url, **more)


def source_code(language: str, code: str) -> Json:
    """Give the source code of a job that is no SQL."""
    return {**_head("1-0-1", "SourceCodeJobFacet"), "language": language, "sourceCode": code}


def data_source(namespace: str) -> Json:
    """Name the system that a dataset is in."""
    return {**_head("1-0-1", "DatasourceDatasetFacet"), "name": namespace, "uri": namespace}


def dataset_type(kind: str, sub_type: str | None = None) -> Json:
    """Tell what kind of dataset it is (TABLE, VIEW, FILE …), and which kind of that (MATERIALIZED, EXTERNAL …)."""
    return _standard("1-0-1", "DatasetTypeDatasetFacet", datasetType=kind, subType=sub_type)


def storage(layer: str, file_format: str | None = None) -> Json:
    """Tell how a dataset is stored: its layer (`iceberg`, `delta`), and the format of its files."""
    return _standard("1-0-1", "StorageDatasetFacet", storageLayer=layer, fileFormat=file_format)


def symlinks(identifiers: Iterable[Mapping[str, str]]) -> Json:
    """Give other names of a dataset: each `{"namespace", "name", "type"}`."""
    return {**_head("1-0-1", "SymlinksDatasetFacet"), "identifiers": [dict(i) for i in identifiers]}


def ours(name: str, /, **content: Any) -> Json:
    """Make a facet that only Clew has; its key in the event is `clew_{name}`. docs/shaping.md tells what each says."""
    return _facet(_own_head(name), content)


@cache
def _own_head(name: str) -> Json:
    return {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}#{name}"}


def execution_parameters(values: Mapping[str, Any]) -> Json:
    """Give the parameters that a run was started with.

    The specification has text values only: text stays as it is, anything else is written as JSON.
    """
    return _standard(
        "1-0-0", "ExecutionParametersRunFacet", parameters=[{"key": k, "name": k, "value": _text(v)} for k, v in values.items()]
    )


def job_type(integration: str, kind: str, processing: str = "BATCH") -> Json:
    """Tell what kind of job it is, e.g. `job_type("DBT", "MODEL")`."""
    return {**_head("2-0-4", "JobTypeJobFacet"), "processingType": processing, "integration": integration, "jobType": kind}


def job_ownership(owners: Iterable[Mapping[str, str]]) -> Json:
    """Name the owners of a job: `name`, and where known `type`."""
    return {**_head("1-0-1", "OwnershipJobFacet"), "owners": list(owners)}


def dataset_ownership(owners: Iterable[Mapping[str, str]]) -> Json:
    """Name the owners of a dataset: `name`, and where known `type`."""
    return {**_head("1-0-1", "OwnershipDatasetFacet"), "owners": list(owners)}


def job_tags(tags: Iterable[str], source: str) -> Json:
    """Tag a job; a tag is a key whose value is `true`."""
    return {**_head("1-0-0", "TagsJobFacet"), "tags": [{"key": t, "value": "true", "source": source} for t in tags]}


def dataset_tags(tags: Iterable[str], source: str, columns: Iterable[tuple[str, str]] = ()) -> Json:
    """Tag a dataset, and columns of it, each by its name and a tag; a tag is a key whose value is `true`."""
    of_table = [{"key": t, "value": "true", "source": source} for t in tags]
    of_columns = [{"key": t, "value": "true", "source": source, "field": c} for c, t in columns]
    return {**_head("1-0-0", "TagsDatasetFacet"), "tags": of_table + of_columns}


def processing_engine(name: str, version: str, adapter_version: str) -> Json:
    """Name the program that did the work, and our version."""
    return {
        **_head("1-1-1", "ProcessingEngineRunFacet"),
        "name": name,
        "version": version,
        "openlineageAdapterVersion": adapter_version,
    }


def nominal_time(start: str, end: str | None = None) -> Json:
    """Tell which time a run is about: from `start` (included) to `end` (excluded)."""
    return _standard("1-0-1", "NominalTimeRunFacet", nominalStartTime=start, nominalEndTime=end)


def error_message(message: str, language: str) -> Json:
    """Tell why a run failed; `language` is the one that the message is of, e.g. SQL."""
    return {**_head("1-0-1", "ErrorMessageRunFacet"), "message": message, "programmingLanguage": language}


def external_query(query_id: str, source: str) -> Json:
    """Name the query in the system that ran it; `source` is that system's dataset namespace."""
    return {**_head("1-0-2", "ExternalQueryRunFacet"), "externalQueryId": query_id, "source": source}


def dataset_version(version: str) -> Json:
    """Name the version of a dataset that was read or written, such as a snapshot of an Iceberg table."""
    return {**_head("1-0-1", "DatasetVersionDatasetFacet"), "datasetVersion": version}


def lifecycle_state_change(change: str, before: Mapping[str, str] | None = None) -> Json:
    """Tell what was done to a dataset as a whole, by OpenLineage's words, and `namespace` and `name` that it had before."""
    return _standard("1-0-1", "LifecycleStateChangeDatasetFacet", lifecycleStateChange=change, previousIdentifier=before)


def input_statistics(*, rows: int | None = None, size: int | None = None) -> Json:
    """Count what was read: rows, and bytes."""
    return _standard("1-0-0", "InputStatisticsInputDatasetFacet", rowCount=rows, size=size)


def output_statistics(*, rows: int | None = None, size: int | None = None) -> Json:
    """Count what was written: rows, and bytes."""
    return _standard("1-0-2", "OutputStatisticsOutputDatasetFacet", rowCount=rows, size=size)


def data_quality_metrics(*, last_updated: str) -> Json:
    """Tell when the data of an input last changed."""
    return {**_head("1-0-3", "DataQualityMetricsInputDatasetFacet"), "lastUpdated": last_updated, "columnMetrics": {}}


def data_quality_assertions(assertions: Iterable[Mapping[str, Any]]) -> Json:
    """Give results of tests on an input dataset: `assertion`, `success`, and where known `column`, `severity`, `name` …."""
    return {**_head("1-1-0", "DataQualityAssertionsDatasetFacet"), "assertions": [dict(a) for a in assertions]}


def test_run(tests: Iterable[Mapping[str, Any]]) -> Json:
    """Give results of tests that a run made: `name`, `status` (pass, fail, skip), and where known `severity`, `type` …."""
    return {**_head("1-0-1", "TestRunFacet"), "tests": [dict(t) for t in tests]}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
