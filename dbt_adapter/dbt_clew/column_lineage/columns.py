"""What is told of the columns of a table that a node makes: where they come from, and which they are where nothing else tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clew import facets
from dbt_clew.column_lineage import facet, tables
from dbt_clew.column_lineage.cache import Cache
from dbt_clew.column_lineage.project import FILE, Project, is_possible

if TYPE_CHECKING:
    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Node
    from dbt_clew.column_lineage.lineage import Lineage
    from dbt_clew.context import ColumnsOf
    from dbt_clew.narration.datasets import Datasets


def asked(home: Path) -> ColumnsOf | None:
    """Return what tells of columns; None where SQL cannot be read.

    Args:
        home: folder of what was found before.
    """
    return Columns(home) if is_possible() else None


class Columns:
    """Tells of the columns of the tables of one invocation."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._project: Project | None = None
        self._datasets: Datasets | None = None

    def __call__(self, node: Node, code: str | None, datasets: Datasets) -> Facets:
        """Return the facets that tell of the columns of what a node makes.

        Args:
            node: the node.
            code: the code that it was run with.
            datasets: the datasets of the project.
        """
        project = self._of(datasets)
        if code:
            project.compiled(node.unique_id, code)
        lineage = project.lineage(node.unique_id)
        if lineage is None:
            return {}
        told: Facets = {}
        if schema := _schema(project.columns(node.unique_id), datasets.of(node.unique_id)):
            told["schema"] = schema
        names = _names(node, code, datasets)
        if made := facet.of_lineage(_as_shown(lineage, project.columns(node.unique_id)), names):
            told["columnLineage"] = made
        return told

    def _of(self, datasets: Datasets) -> Project:
        if self._project is None or self._datasets is not datasets:
            self._datasets = datasets
            self._project = Project(
                datasets.manifest,
                datasets.catalog,
                reads=lambda node: datasets.upstream(node.depends_on.nodes),
                csv_header=lambda seed: tables.of_file(Path(datasets.inputs(seed)[0]["name"])),
                remembered=Cache(self._home),
            )
            self._project.lineage_of_all({n.unique_id: n.compiled_code for n in datasets.manifest.nodes.values() if n.compiled_code})
        return self._project


def _names(node: Node, code: str | None, datasets: Datasets) -> dict[str, tuple[str, str]]:
    """Return what the inputs of a node are called, by unique_id."""
    inputs = datasets.inputs(node, code)
    keys = [FILE] if node.resource_type == "seed" else datasets.upstream(node.depends_on.nodes)
    return {key: (made["namespace"], made["name"]) for key, made in zip(keys, inputs, strict=True)}


def _as_shown(lineage: Lineage, columns: tuple[str, ...]) -> Lineage:
    """Return lineage with columns as the schema has them: SQL may write them in another case."""
    shown = {name.lower(): name for name in columns}
    return type(lineage)(
        columns={shown.get(name.lower(), name): uses for name, uses in lineage.columns.items()},
        dataset=lineage.dataset,
        complete=lineage.complete,
    )


def _schema(columns: tuple[str, ...], dataset: Json) -> Json | None:
    """Return the schema of a dataset with the columns that its SQL has; None where it has them all."""
    known = {field["name"].lower(): field for field in dataset["facets"].get("schema", {}).get("fields", ())}
    if not columns or all(name.lower() in known for name in columns):
        return None
    fields = [known.pop(name.lower(), {"name": name}) for name in columns]
    return facets.schema([*fields, *known.values()])
