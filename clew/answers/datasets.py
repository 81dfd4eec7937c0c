"""One dataset: its columns, its versions and what changed between them, who writes and reads it, how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from clew.answers.foreign import instant, number, objects, part, text
from clew.answers.freshness import Freshness, freshness
from clew.answers.graph import Graph, dataset_node_id, read_graph
from clew.answers.jobs import Owner, owners, tags
from clew.answers.runs import Ref, Run, Touched, ref, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clew.events import Json
    from clew.marquez import Marquez

PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a dataset."""

    name: str
    type: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Retyped:
    """A column whose type changed."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class SchemaChange:
    """What became of the columns from one version to the next."""

    added: tuple[Column, ...] = ()
    removed: tuple[Column, ...] = ()
    retyped: tuple[Retyped, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.added or self.removed or self.retyped)


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a dataset; `change` is None where the version before it is not known."""

    id: str
    created: datetime | None
    run: Run | None = None
    lifecycle: str | None = None
    columns: tuple[Column, ...] = ()
    change: SchemaChange | None = None
    written: Touched | None = None
    facets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """What was expected of a dataset and whether it held."""

    name: str
    column: str | None
    held: bool
    severity: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One dataset."""

    ref: Ref
    kind: str | None = None
    physical_name: str | None = None
    source: str | None = None
    description: str | None = None
    lifecycle: str | None = None
    deleted: bool = False
    columns: tuple[Column, ...] = ()
    tags: tuple[str, ...] = ()
    owners: tuple[Owner, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    other_names: tuple[Ref, ...] = ()
    facets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DatasetStory:
    """A dataset with its versions (newest first), its nearest lineage and its freshness."""

    dataset: Dataset
    versions: tuple[Version, ...]
    total_versions: int
    graph: Graph
    freshness: Freshness | None


def dataset(answer: Json) -> Dataset:
    """Read a dataset as Marquez answers it."""
    facets = part(answer, "facets")
    facets = facets if isinstance(facets, dict) else {}
    return Dataset(
        ref=ref(answer) or Ref(namespace="", name=""),
        kind=text(answer, "type"),
        physical_name=text(answer, "physicalName"),
        source=text(answer, "sourceName"),
        description=text(answer, "description") or text(facets, "documentation", "description"),
        lifecycle=text(answer, "lastLifecycleState"),
        deleted=part(answer, "deleted") is True,
        columns=columns(answer, facets),
        tags=tags(answer, facets),
        owners=owners(facets),
        assertions=assertions(facets),
        other_names=tuple(r for i in objects(facets, "symlinks", "identifiers") if (r := ref(i))),
        facets=facets,
    )


def columns(answer: Json, facets: Json) -> tuple[Column, ...]:
    """Read the columns; nested ones are named by their path."""
    told: dict[str, list[str]] = {}
    for tag in objects(facets, "tags", "tags"):
        key, of, value = text(tag, "key"), text(tag, "field"), text(tag, "value")
        if key and of:
            told.setdefault(of, []).append(key if value in {None, "true"} else f"{key}={value}")
    found = []
    for f in objects(answer, "fields"):
        own = part(f, "tags")
        name = text(f, "name") or ""
        tagged = [t for t in own if isinstance(t, str)] if isinstance(own, list) else []
        found.append(
            Column(
                name=name,
                type=text(f, "type"),
                description=text(f, "description"),
                tags=tuple(dict.fromkeys([*tagged, *told.get(name, ())])),
            )
        )
    return tuple(found)


def assertions(facets: Json) -> tuple[Assertion, ...]:
    """Read what was expected of a dataset; what did not hold comes first."""
    found = [
        Assertion(name=text(a, "assertion") or "", column=text(a, "column"), held=part(a, "success") is True, severity=text(a, "severity"))
        for a in objects(facets, "dataQualityAssertions", "assertions")
    ]
    return tuple(sorted(found, key=lambda a: a.held))


def schema_change(before: Sequence[Column], after: Sequence[Column]) -> SchemaChange:
    """Compare the columns of two versions by name; descriptions and order do not count."""
    old, new = {c.name: c for c in before}, {c.name: c for c in after}
    return SchemaChange(
        added=tuple(c for c in after if c.name not in old),
        removed=tuple(c for c in before if c.name not in new),
        retyped=tuple(
            Retyped(name=c.name, before=old[c.name].type, after=c.type) for c in after if c.name in old and old[c.name].type != c.type
        ),
    )


def versions(newest_first: Sequence[Json]) -> tuple[Version, ...]:
    """Read versions, each compared with the one before it."""
    told = [columns(v, {}) for v in newest_first]
    changes: list[SchemaChange | None] = [schema_change(before, after) for after, before in pairwise(told)]
    return tuple(_version(answer, own, change) for answer, own, change in zip(newest_first, told, [*changes, None], strict=False))


def in_order(columns: Sequence[Column], written: Sequence[Column]) -> tuple[Column, ...]:
    """Sort columns as they were written last; Marquez gives a dataset's in the order in which any event, a reader's too, told them."""
    place = {c.name: n for n, c in enumerate(written)}
    return tuple(sorted(columns, key=lambda c: place.get(c.name, len(place))))


def read_dataset(marquez: Marquez, own: Ref) -> DatasetStory | None:
    """Read a dataset and what is told of it; None where there is none of that name."""
    place = ("namespaces", own.namespace, "datasets", own.name)
    answer = marquez.get(*place)
    if answer is None:
        return None
    listed = marquez.get(*place, "versions", limit=PAGE + 1)
    told = versions(objects(listed, "versions"))
    found = dataset(answer)
    return DatasetStory(
        dataset=replace(found, columns=in_order(found.columns, told[0].columns if told else ())),
        versions=told[:PAGE],
        total_versions=int(number(listed, "totalCount") or len(told)),
        graph=read_graph(marquez, dataset_node_id(found.ref), depth=1) or Graph(),
        freshness=freshness(v.run for v in told if v.run),
    )


def _version(answer: Json, own: tuple[Column, ...], change: SchemaChange | None) -> Version:
    told, facets = part(answer, "createdByRun"), part(answer, "facets")
    made_by = run(told) if isinstance(told, dict) else None
    name = ref(answer)
    return Version(
        id=text(answer, "version") or "",
        created=instant(answer, "createdAt"),
        run=made_by,
        lifecycle=text(answer, "lifecycleState"),
        columns=own,
        change=change,
        written=next((o for o in made_by.outputs if o.ref == name), None) if made_by else None,
        facets=facets if isinstance(facets, dict) else {},
    )
