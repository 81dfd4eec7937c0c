"""Namespaces and what lies in them, and the search over all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clew.answers.datasets import Dataset, dataset
from clew.answers.foreign import number, objects, text
from clew.answers.runs import Ref, ref

if TYPE_CHECKING:
    from clew.events import Json
    from clew.marquez import Marquez

PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """A namespace; how much lies in it is None where it was not asked for."""

    name: str
    description: str | None = None
    owner: str | None = None
    jobs: int | None = None
    datasets: int | None = None

    @property
    def is_source(self) -> bool:
        """Tell whether it is named for a system that holds data, as the naming specification has it, and so mostly has no jobs."""
        return "://" in self.name


@dataclass(frozen=True, kw_only=True)
class DatasetList:
    """A page of the datasets of a namespace."""

    datasets: tuple[Dataset, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something that the search found."""

    ref: Ref
    is_job: bool


def namespaces(answer: Json) -> tuple[Namespace, ...]:
    """Read the namespaces that are not hidden, by name."""
    found = [
        Namespace(name=name, description=text(n, "description"), owner=text(n, "ownerName"))
        for n in objects(answer, "namespaces")
        if (name := text(n, "name")) and n.get("isHidden") is not True
    ]
    return tuple(sorted(found, key=lambda n: n.name))


def read_namespaces(marquez: Marquez) -> tuple[Namespace, ...]:
    """Read the namespaces."""
    return namespaces(marquez.get("namespaces", limit=1000))


def read_counts(marquez: Marquez, one: Namespace) -> Namespace:
    """Count what lies in a namespace."""
    jobs = marquez.get("namespaces", one.name, "jobs", limit=1)
    datasets = marquez.get("namespaces", one.name, "datasets", limit=1)
    return Namespace(
        name=one.name,
        description=one.description,
        owner=one.owner,
        jobs=int(number(jobs, "totalCount") or 0),
        datasets=int(number(datasets, "totalCount") or 0),
    )


def read_datasets(marquez: Marquez, namespace: str, offset: int = 0) -> DatasetList:
    """Read a page of the datasets of a namespace."""
    answer = marquez.get("namespaces", namespace, "datasets", limit=PAGE, offset=offset)
    found = tuple(dataset(d) for d in objects(answer, "datasets"))
    return DatasetList(datasets=found, total=int(number(answer, "totalCount") or len(found)))


def read_hits(marquez: Marquez, words: str, limit: int = 100) -> tuple[Hit, ...]:
    """Search jobs and datasets by their names."""
    answer = marquez.get("search", q=words, limit=limit)
    return tuple(Hit(ref=r, is_job=text(i, "type") == "JOB") for i in objects(answer, "results") if (r := ref(i)))
