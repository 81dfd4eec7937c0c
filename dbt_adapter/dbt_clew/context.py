"""What events are made from beside the artifacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from dbt_clew.git import Checkout
    from dbt_clew.parent import Parent


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where an invocation ran, and what is to be said of all its events."""

    namespace: str
    dataset_namespace: str
    project: str
    """Name of the project."""
    project_dir: Path | None = None
    parent: Parent | None = None
    checkout: Checkout | None = None
    secrets: tuple[str, ...] = ()
    """Texts that must not leave."""
    ending: Ending | None = None
    """How dbt's process ended; None where nobody saw it, as with artifacts alone."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How dbt's process ended."""

    exit_code: int
    signal: str | None = None
    """Name of the signal that ended or interrupted it."""
