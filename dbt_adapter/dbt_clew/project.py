"""A dbt project's folder: its name, its profile's name, and where its target directory is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clew.errors import BadArtifact
from dbt_clew import yaml_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Project:
    """What `dbt_project.yml` says."""

    folder: Path
    name: str
    version: str | None = None
    profile: str | None = None
    target_path: str | None = None


def find(start: Path) -> Path | None:
    """Return the folder of the project that a folder is in, as dbt looks for it: there, and upwards."""
    return next((f for f in (start, *start.parents) if (f / "dbt_project.yml").is_file()), None)


def origin(folder: Path) -> Path:
    """Return the folder that a project's files are in: another one where it is made of links, as Cosmos makes one for each task."""
    described = folder / "dbt_project.yml"
    return described.resolve().parent if described.is_symlink() else folder


def read(folder: Path) -> Project:
    """Read `dbt_project.yml`.

    Raises:
        BadArtifact: there is none, or it is no YAML with a name.
    """
    file = folder / "dbt_project.yml"
    content = yaml_files.read(file)
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise BadArtifact(f"{file}: has no name")
    version, profile, target_path = content.get("version"), content.get("profile"), content.get("target-path")
    return Project(
        folder=folder,
        name=content["name"],
        version=str(version) if isinstance(version, (str, int, float)) else None,
        profile=profile if isinstance(profile, str) else None,
        target_path=target_path if isinstance(target_path, str) and "{" not in target_path else None,
    )


def target_directory(project: Project, asked: str | None, environ: Mapping[str, str]) -> Path:
    """Return where dbt writes its artifacts: `--target-path`, `DBT_TARGET_PATH`, `target-path` of the project, `target`."""
    return project.folder / (asked or environ.get("DBT_TARGET_PATH") or project.target_path or "target")
