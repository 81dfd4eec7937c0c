"""What `dbt-clew` sends when dbt has ended: from this invocation's artifacts, or what is known where it left none."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from clew import events as openlineage
from clew import settings
from clew.errors import BadArtifact
from dbt_clew import events, facts, project, surroundings
from dbt_clew.artifacts import read_target
from dbt_clew.artifacts.read import read_run_results
from dbt_clew.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clew.events import Json
    from clew.settings import Settings
    from dbt_clew.arguments import Arguments
    from dbt_clew.artifacts import Artifacts
    from dbt_clew.context import Ending
    from dbt_clew.facts import Facts

log = logging.getLogger("clew")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the wrapper saw of dbt."""

    facts: Path
    """File in which our plugin may have left what it knows."""
    started: datetime
    ended: datetime
    ending: Ending


def tell(asked: Arguments, seen: Seen, environ: Mapping[str, str]) -> None:
    """Append the events of an invocation to the outbox."""
    in_force = settings.load(environ)
    if not in_force.enabled:
        return
    told = of_invocation(asked, seen, in_force, environ)
    if told:
        send(told, in_force)


def send(told: list[Json], in_force: Settings) -> None:
    """Append events to the outbox; without a URL they are for the `clew up` of this machine, and wait until there is one."""
    from clew.outbox import emit

    emit(replace(in_force, url=in_force.url or settings.LOCAL_URL), [openlineage.encode(event) for event in told])


def of_invocation(asked: Arguments, seen: Seen, in_force: Settings, environ: Mapping[str, str]) -> list[Json]:
    """Return the events of the invocation that has just ended; none for a command that executes nothing."""
    known = facts.read(seen.facts)
    command = known.command if known else asked.command
    if command not in events.RUNNING_COMMANDS:
        return []
    artifacts = _artifacts(asked, seen, known, environ)
    context, warnings = surroundings.context(_asked(asked), in_force, environ, artifacts=artifacts, facts=known, ending=seen.ending)
    if artifacts is not None:
        for warning in [*artifacts.warnings, *warnings]:
            log.warning("%s", warning)
        return events.of_invocation(artifacts, context)
    invocation_id = known.invocation_id if known else str(uuid4())
    lost = Invocation(invocation_id=invocation_id, started_at=seen.started)
    return events.of_lost_invocation(lost, seen.ended, command, context)


def _artifacts(asked: Arguments, seen: Seen, known: Facts | None, environ: Mapping[str, str]) -> Artifacts | None:
    """Read what this invocation left; None where it left nothing, or nothing that can be read."""
    target = _target(asked, known, environ)
    if target is None or not (target / "run_results.json").is_file():
        return None
    try:
        return read_target(target) if _is_of_this_invocation(target, seen, known) else None
    except BadArtifact as error:
        log.warning("%s", error)
        return None


def _is_of_this_invocation(target: Path, seen: Seen, known: Facts | None) -> bool:
    metadata = read_run_results(target / "run_results.json")[0].metadata
    if known is not None:
        return metadata.invocation_id == known.invocation_id
    return metadata.generated_at is not None and metadata.generated_at >= seen.started


def _target(asked: Arguments, known: Facts | None, environ: Mapping[str, str]) -> Path | None:
    if known is not None:
        return Path(known.target_path)
    folder = surroundings.absolute(asked.project_dir) or project.find(Path.cwd())
    try:
        return project.target_directory(project.read(folder), asked.target_path, environ) if folder else None
    except BadArtifact:
        return None  # dbt has said so already


def _asked(asked: Arguments) -> surroundings.Asked:
    return surroundings.Asked(
        project_dir=surroundings.absolute(asked.project_dir) or project.find(Path.cwd()),
        profiles_dir=str(surroundings.absolute(asked.profiles_dir)) if asked.profiles_dir else None,
        profile=asked.profile,
        target=asked.target,
    )
