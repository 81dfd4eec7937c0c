"""What events are made from beside the artifacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clew.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeAlias

    from clew.events import Facets
    from clew.naming import Tables
    from clew.parent import Parent
    from dbt_clew.artifacts.shapes import Node
    from dbt_clew.git import Checkout
    from dbt_clew.narration.datasets import Datasets

    ColumnsOf: TypeAlias = Callable[[Node, str | None, Datasets], Facets]
    """From what makes a table, its compiled code and the datasets of the project to facets that tell of its columns."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where an invocation ran, and what is to be said of all its events."""

    namespace: str
    tables: Tables
    """How the tables of the database that dbt is connected to are named."""
    project: str
    """Name of the project."""
    project_version: str | None = None
    adapter_version: str | None = None
    target: str | None = None
    """The profile's target that dbt used."""
    project_dir: Path | None = None
    parent: Parent | None = None
    checkout: Checkout | None = None
    redaction: Redaction = field(default_factory=Redaction)
    """What must not leave."""
    ending: Ending | None = None
    """How dbt's process ended; None where nobody saw it, as with artifacts alone."""
    columns_of: ColumnsOf | None = None
    """Which columns a table's columns are made from; None: nobody asks."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How dbt's process ended."""

    exit_code: int | None = None
    """None where it is unknown, as with a process that was killed."""
    signal: str | None = None
    """Name of the signal that ended or interrupted it."""
    message: str | None = None
    """What dbt says about it, where it says something."""
