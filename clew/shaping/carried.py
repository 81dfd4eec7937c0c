"""Facets that must come with every event, since Marquez forgets them with the next event that lacks them.

Descriptions of jobs and datasets are cleared by an event without documentation. Facets of a dataset belong to one version of
it, and a version is made by each run that writes, once more when schema, lifecycle state or source differ between the run's
events. So what was told before is told again: by this run, else of this dataset by any job, else by this job's last run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.shaping import reading
from clew.shaping.known import bounded, by_name, overlaid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.events import Json
    from clew.shaping.known import Known

LASTING_OF_DATASETS = (
    "schema", "dataSource", "documentation", "ownership", "tags", "symlinks", "datasetType", "storage", "catalog", "hierarchy",
)  # fmt: skip
"""What stays true of a dataset until somebody says otherwise."""

LASTING_OF_JOBS = ("documentation", "sourceCodeLocation", "ownership", "tags", "jobType")
"""What stays true of a job until somebody says otherwise. SQL and source code are of one run: they may be rendered."""


def lasting_of_dataset(facets: Json) -> Json:
    """Return those facets that stay true of a dataset, as far as there is room."""
    return reading.at(bounded({"facets": {k: facets[k] for k in LASTING_OF_DATASETS if isinstance(facets.get(k), dict)}}), "facets")


def lasting_of_job(facets: Json) -> Json:
    """Return those facets that stay true of a job, as far as there is room."""
    return reading.at(bounded({"facets": {k: facets[k] for k in LASTING_OF_JOBS if isinstance(facets.get(k), dict)}}), "facets")


def complete(event: Json, known: Known) -> Json:
    """Return the event with the facets of job and datasets that were told before and that it lacks."""
    told = known.run.told if known.run else {}
    of_job = known.job.facets if known.job else {}
    earlier = overlaid({"facets": of_job}, {"facets": reading.at(told, "job", "facets")})["facets"]
    return {
        **event,
        "job": {**event["job"], "facets": {**earlier, **reading.at(event, "job", "facets")}},
        "inputs": _completed(event["inputs"], reading.objects(told, "inputs"), known.job.inputs if known.job else (), known),
        "outputs": _completed(event["outputs"], reading.objects(told, "outputs"), known.job.outputs if known.job else (), known),
    }


def _completed(datasets: Iterable[Json], of_run: Iterable[Json], of_job: Iterable[Json], known: Known) -> list[Json]:
    run, job = by_name(of_run), by_name(of_job)
    result = []
    for dataset in datasets:
        name = reading.name(dataset)
        of_dataset = known.datasets[name].facets if name in known.datasets else {}
        earlier = {**lasting_of_dataset(reading.at(job.get(name), "facets")), **of_dataset, **reading.at(run.get(name), "facets")}
        result.append({**dataset, "facets": {**earlier, **reading.at(dataset, "facets")}})
    return result
