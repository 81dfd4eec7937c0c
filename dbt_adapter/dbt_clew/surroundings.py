"""From what was asked for, what dbt's files say and what our plugin left, to the context of an invocation's events."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clew import naming, parent, redaction
from clew.errors import BadArtifact
from clew.settings import home
from dbt_clew import connection, git, profile, project, variables
from dbt_clew.context import Context
from dbt_clew.narration import names
from dbt_clew.narration.invocation import aware

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clew.settings import Settings
    from dbt_clew.artifacts.read import Artifacts
    from dbt_clew.context import ColumnsOf, Ending
    from dbt_clew.live.facts import Facts

NAMESPACE = "dbt"
"""Namespace of jobs unless a setting says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for by name; None where it was not."""

    project_dir: Path | None = None
    profiles_dir: str | None = None
    profile: str | None = None
    target: str | None = None
    namespace: str | None = None
    dataset_namespace: str | None = None
    redact: tuple[str, ...] = ()
    """Rules of what must not leave, beside those of the setting."""


def context(
    asked: Asked,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    artifacts: Artifacts | None = None,
    facts: Facts | None = None,
    ending: Ending | None = None,
) -> tuple[Context, list[str]]:
    """Return the context of an invocation's events, and what to warn of.

    Args:
        asked: what was asked for by name.
        settings: the settings in force.
        environ: the environment.
        artifacts: what dbt left, None where it left nothing.
        facts: what our plugin left, None where it did not run.
        ending: how dbt's process ended, None where nobody saw it.
    """
    asked = _with_arguments(asked, artifacts)
    folder = Path(facts.project_dir) if facts else asked.project_dir or Path.cwd()
    described = _project(folder)
    name = _project_name(artifacts, facts, described)
    profiles = _Profiles(
        folder=profile.find(folder, [asked.profiles_dir], environ),
        name=facts.profile if facts else asked.profile or (described.profile if described else None),
        environ=environ,
    )
    target = facts.target if facts else asked.target
    warnings: list[str] = []
    if asked.dataset_namespace is not None:
        tables = naming.Tables(namespace=asked.dataset_namespace)
    else:
        to, problem = (facts.connection, None) if facts else profiles.connection(target)
        tables, warnings = _tables(to, problem, artifacts, name, folder)
    made = Context(
        namespace=asked.namespace
        or names.namespace(settings.namespace or NAMESPACE, target, profiles.default_target(asked.target, target)),
        tables=tables,
        project=name,
        project_version=described.version if described else None,
        adapter_version=facts.adapter_version if facts else None,
        target=target,
        project_dir=project.origin(folder),
        parent=parent.from_environ(environ),
        checkout=git.checkout(project.origin(folder), _ended(artifacts)) if described else None,
        redaction=redaction.of({*settings.redact, *settings.dbt_redact, *asked.redact}, environ).knowing(
            *variables.of_project(folder, environ)
        ),
        ending=ending,
        columns_of=_columns_of(settings),
    )
    return made, warnings


def _columns_of(settings: Settings) -> ColumnsOf | None:
    """Return what tells of columns; None where nobody wants it, and then a fifth of what is loaded at the start is not."""
    if not settings.column_lineage:
        return None
    from dbt_clew.column_lineage import columns

    return columns.asked(home(settings))


@dataclass(frozen=True, kw_only=True)
class _Profiles:
    """A profile that may be there."""

    folder: Path | None
    name: str | None
    environ: Mapping[str, str]

    def connection(self, target: str | None) -> tuple[connection.Connection | None, str | None]:
        """Return the connection of a target, or what stands in the way."""
        if self.folder is None or self.name is None:
            return None, "no profiles.yml of the project was found; name its folder with --profiles-dir"
        try:
            return profile.read(self.folder, self.name, target, self.environ), None
        except BadArtifact as error:
            return None, str(error)

    def default_target(self, asked: str | None, used: str | None) -> str | None:
        """Return the target that is used when none is asked for.

        Where the profile does not tell, it is the one that was used, unless that was asked for by name.
        """
        unknown = None if asked else used
        if self.folder is None or self.name is None:
            return unknown
        try:
            return profile.default_target(self.folder, self.name, self.environ)
        except BadArtifact:
            return unknown


def _tables(
    to: connection.Connection | None, problem: str | None, artifacts: Artifacts | None, project_name: str, folder: Path
) -> tuple[naming.Tables, list[str]]:
    """Return how the tables are named, and what to warn of."""
    if to is not None:
        made = connection.tables(to, folder)
        return made, [made.warning] if made.warning else []
    adapter = (artifacts.manifest.metadata.adapter_type if artifacts else None) or "dbt"
    namespace = naming.server(adapter, project_name)
    return naming.Tables(namespace=namespace), [
        f"{problem}. Datasets are in the namespace {namespace} for now; --dataset-namespace of `clew send` sets it."
    ]


def _with_arguments(asked: Asked, artifacts: Artifacts | None) -> Asked:
    """Fill what was not asked for here with what was asked of dbt, as its run results have it."""
    args = artifacts.run_results.args if artifacts else {}

    def of_dbt(key: str) -> str | None:
        value = args.get(key)
        return value if isinstance(value, str) and value else None

    return Asked(
        project_dir=asked.project_dir or (_folder(of_dbt("project_dir"), artifacts) if artifacts else None),
        profiles_dir=asked.profiles_dir or of_dbt("profiles_dir"),
        profile=asked.profile or of_dbt("profile"),
        target=asked.target or of_dbt("target"),
        namespace=asked.namespace,
        dataset_namespace=asked.dataset_namespace,
        redact=asked.redact,
    )


def _folder(said: str | None, artifacts: Artifacts) -> Path:
    """Return the folder of the project that left artifacts; they may lie anywhere, also within another project.

    Args:
        said: what dbt wrote down; a relative one is relative to where dbt was started, which nobody wrote down.
        artifacts: what was left.
    """
    written, above = Path(said or "."), project.find(artifacts.target.absolute())
    name = artifacts.manifest.metadata.project_name
    for folder in (written if written.is_absolute() else None, above, Path.cwd()):
        described = _project(folder) if folder else None
        if folder and described and name in {None, described.name}:
            return folder
    return written if written.is_absolute() else artifacts.target.absolute()  # it is on another machine, where its files have their names


def _ended(artifacts: Artifacts | None) -> datetime | None:
    """Return when dbt wrote its results; None for an invocation of now."""
    at = artifacts.run_results.metadata.generated_at if artifacts else None
    return aware(at) if at else None


def _project(folder: Path) -> project.Project | None:
    try:
        return project.read(folder)
    except BadArtifact:
        return None  # artifacts may have come from another machine; what is missing is warned of where it matters


def _project_name(artifacts: Artifacts | None, facts: Facts | None, described: project.Project | None) -> str:
    if artifacts and artifacts.manifest.metadata.project_name:
        return artifacts.manifest.metadata.project_name
    if facts:
        return facts.project
    if described:
        return described.name
    ran = artifacts.run_results.results if artifacts else ()
    return next((r.unique_id.split(".")[1] for r in ran if r.unique_id.count(".") > 1), "unknown")


def absolute(folder: str | None) -> Path | None:
    """Return a folder that was asked for as an absolute path."""
    return Path(os.path.abspath(folder)) if folder else None  # noqa: PTH100  not resolve(): links keep their name
