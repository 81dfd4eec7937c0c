"""The vars that files give: what is secret among them has to be known to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.errors import BadArtifact
from dbt_clew import yaml_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def of_project(folder: Path, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return each mapping of vars that a project and its packages have: for all nodes, and for those of one package.

    They stand in `dbt_project.yml` or, from dbt 1.12 on, in `vars.yml`. A file that dbt could not read either has none.

    Args:
        folder: the project's folder.
        environ: what `env_var` reads in the path of the packages.
    """
    projects = [folder, *_packages(folder, environ)]
    names = {str(_content(project / "dbt_project.yml").get("name")) for project in projects}
    said = [_content(project / file).get("vars") for project in projects for file in ("dbt_project.yml", "vars.yml")]
    return [section for variables in said if isinstance(variables, dict) for section in _sections(variables, names)]


def _packages(folder: Path, environ: Mapping[str, str]) -> list[Path]:
    """Return the folders of the packages that `dbt deps` has put there."""
    file = folder / "dbt_project.yml"
    try:
        asked = yaml_files.rendered(_content(file).get("packages-install-path") or "dbt_packages", "packages-install-path", file, environ)
        return sorted(path.parent for path in (folder / asked).glob("*/dbt_project.yml"))
    except (BadArtifact, OSError):
        return []


def _content(file: Path) -> dict[str, Any]:
    try:
        content = yaml_files.read(file)
    except BadArtifact:
        return {}
    return content if isinstance(content, dict) else {}


def _sections(variables: dict[str, Any], names: set[str]) -> Iterator[dict[str, Any]]:
    """Give the vars that are for all, and those that are for a package of one of these names."""
    of_packages = {name: value for name, value in variables.items() if name in names and isinstance(value, dict)}
    yield {name: value for name, value in variables.items() if name not in of_packages}
    yield from of_packages.values()
