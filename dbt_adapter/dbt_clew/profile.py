"""A project's connection as its `profiles.yml` has it, for artifacts, which do not tell it.

Of Jinja only `{{ env_var('NAME') }}`, with a default and simple filters, is rendered, and only in the fields that name the database of
the adapter: passwords are never looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew import naming
from clew.errors import BadArtifact
from dbt_clew import yaml_files
from dbt_clew.connection import from_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dbt_clew.connection import Connection


def find(project_dir: Path, asked: Iterable[str | None], environ: Mapping[str, str]) -> Path | None:
    """Return the folder whose `profiles.yml` dbt would read, or None.

    Args:
        project_dir: the project's folder, where dbt has changed to.
        asked: folders that were asked for by name, the most particular first.
        environ: the environment, for `DBT_PROFILES_DIR`.
    """
    named = [*asked, environ.get("DBT_PROFILES_DIR")]
    candidates = [project_dir / n for n in named if n] + [Path.cwd(), project_dir]
    if environ.get("HOME"):
        candidates.append(Path(environ["HOME"]) / ".dbt")
    return next((c for c in candidates if (c / "profiles.yml").is_file()), None)


def default_target(folder: Path, name: str, environ: Mapping[str, str]) -> str:
    """Return the target that is used when none is asked for.

    Raises:
        BadArtifact: as `read`.
    """
    file = folder / "profiles.yml"
    return yaml_files.rendered(_profile(file, name).get("target", "default"), f"{name}.target", file, environ)


def read(folder: Path, name: str, target: str | None, environ: Mapping[str, str]) -> Connection:
    """Read the connection of a target of a profile.

    Args:
        folder: where `profiles.yml` stands.
        name: the profile's name.
        target: the target that was asked for, or None for the profile's default.
        environ: what `env_var` reads.

    Raises:
        BadArtifact: the file is no YAML, or has no such profile or target, or a needed field cannot be rendered.
    """
    file = folder / "profiles.yml"
    used = target or default_target(folder, name, environ)
    output = _entry(_entry(_profile(file, name), "outputs", f"{name} in {file}"), used, f"{name}.outputs in {file}")
    place = f"{name}.outputs.{used}"
    if output.get("type") is None:
        raise BadArtifact(f"{place}.type: missing ({file})")
    adapter = yaml_files.rendered(output["type"], f"{place}.type", file, environ)
    needed = (key for key in naming.fields(adapter) if output.get(key) is not None)
    return from_credentials(adapter, {key: _all_rendered(output[key], f"{place}.{key}", file, environ) for key in needed})


def _profile(file: Path, name: str) -> dict[str, Any]:
    return _entry(yaml_files.read(file), name, str(file))


def _entry(mapping: Any, key: str, place: str) -> dict[str, Any]:
    found = mapping.get(key) if isinstance(mapping, dict) else None
    if not isinstance(found, dict):
        raise BadArtifact(f"{place}: has no {key!r}")
    return found


def _all_rendered(value: Any, place: str, file: Path, environ: Mapping[str, str]) -> Any:
    """Render the texts in a value, which is a list or a mapping where a connection has several databases."""
    if isinstance(value, dict):
        return {key: _all_rendered(one, f"{place}.{key}", file, environ) for key, one in value.items()}
    if isinstance(value, list):
        return [_all_rendered(one, f"{place}[{at}]", file, environ) for at, one in enumerate(value)]
    return yaml_files.rendered(value, place, file, environ)
