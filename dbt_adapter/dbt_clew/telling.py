"""What `dbt-clew` sends when dbt has ended: from this invocation's artifacts, or what is known where it left none."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from clew import events as openlineage
from clew import settings
from clew.errors import BadArtifact, BadSetting
from dbt_clew import events, project, surroundings
from dbt_clew.artifacts.read import read_invocation, read_manifest
from dbt_clew.live import facts
from dbt_clew.narration.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from clew.events import Json
    from clew.settings import Settings
    from dbt_clew.artifacts.read import Artifacts
    from dbt_clew.artifacts.shapes import Manifest, Metadata
    from dbt_clew.command.arguments import Arguments
    from dbt_clew.context import Ending
    from dbt_clew.fusion.following import Following
    from dbt_clew.live.facts import Facts

log = logging.getLogger("clew")

WAIT = 10.0
"""Seconds to wait for a teller that is still at work when dbt has ended."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the wrapper saw of dbt."""

    facts: Path
    """File in which our plugin may have left what it knows."""
    started: datetime
    ended: datetime
    ending: Ending
    following: Following | None = None
    """What has told the telemetry of a Fusion while it ran."""


def tell(asked: Arguments, seen: Seen, environ: Mapping[str, str]) -> None:
    """Append the events of an invocation to the outbox."""
    in_force = settings.load(environ)
    if not in_force.enabled:
        return
    if seen.following is not None and seen.following.invocation_id is not None:
        _settle(seen.following, asked, seen, environ)
    else:
        send(of_invocation(asked, seen, in_force, environ), in_force)
    if in_force.delivery_wait:
        from clew.outbox import wait_for_delivery

        wait_for_delivery(replace(in_force, url=in_force.url or settings.LOCAL_URL))


def _settle(following: Following, asked: Arguments, seen: Seen, environ: Mapping[str, str]) -> None:
    """Tell what is left of an invocation that was told live from its telemetry."""
    artifacts = _artifacts(_target(asked, None, environ), seen, following.invocation_id)
    following.settle(artifacts, seen.ended, lambda message: replace(seen.ending, message=message))


def follow(asked: Arguments, telemetry: Path, environ: Mapping[str, str]) -> Following | None:
    """Return what tells the telemetry of a dbt while it runs; None where nothing is to be told.

    A file that the user has named may have earlier invocations in it: then this is to be called before dbt starts.

    Args:
        asked: what was asked of dbt.
        telemetry: the file that dbt writes it to unless the user has named another.
        environ: the environment.
    """
    from dbt_clew.fusion.following import Following
    from dbt_clew.fusion.live import Live

    try:
        in_force = settings.load(environ)
    except BadSetting:
        return None  # it is said when dbt has ended
    if not in_force.enabled:
        return None

    def begin() -> Live:
        context, warnings = surroundings.context(_asked(asked), in_force, environ)
        for warning in warnings:
            log.warning("%s", warning)
        return Live(context, _manifest_before(asked, environ))

    named = _named_telemetry(asked)
    offset = named.stat().st_size if named and named.is_file() else 0
    return Following(named or telemetry, offset, begin, lambda told: send(told, in_force))


def send(told: Iterable[Json], in_force: Settings) -> int:
    """Append events to the outbox, and return how many there were.

    Without a URL they are for the `clew up` of this machine, and wait until there is one.
    """
    from clew.outbox import emit

    return emit(replace(in_force, url=in_force.url or settings.LOCAL_URL), map(openlineage.Encoder().encode, told))


def of_invocation(asked: Arguments, seen: Seen, in_force: Settings, environ: Mapping[str, str]) -> Iterable[Json]:
    """Return the events of the invocation that has just ended and that nobody has told; none for a command that executes nothing."""
    known = facts.read(seen.facts, WAIT)
    command = known.command if known else asked.command
    if command not in events.RUNNING_COMMANDS or (known and known.told):
        return []
    artifacts = _artifacts(_target(asked, known, environ), seen, known.invocation_id if known else None)
    context, warnings = surroundings.context(_asked(asked), in_force, environ, artifacts=artifacts, facts=known, ending=seen.ending)
    if artifacts is not None:
        for warning in [*artifacts.warnings, *warnings]:
            log.warning("%s", warning)
        return events.of_invocation(artifacts, context)
    invocation_id = known.invocation_id if known else str(uuid4())
    lost = Invocation(invocation_id=invocation_id, started_at=seen.started)
    return events.of_lost_invocation(lost, seen.ended, command, context)


def _artifacts(target: Path | None, seen: Seen, invocation_id: str | None) -> Artifacts | None:
    """Read what this invocation left; None where it left nothing, or nothing that can be read."""
    if target is None:
        return None
    try:
        return read_invocation(target, lambda metadata: _is_of_this_invocation(metadata, seen, invocation_id))
    except BadArtifact as error:
        log.warning("%s", error)
        return None


def _is_of_this_invocation(metadata: Metadata, seen: Seen, invocation_id: str | None) -> bool:
    if invocation_id is not None:
        return metadata.invocation_id == invocation_id
    return metadata.generated_at is not None and metadata.generated_at >= seen.started


def _target(asked: Arguments, known: Facts | None, environ: Mapping[str, str]) -> Path | None:
    if known is not None:
        return Path(known.target_path)
    folder = surroundings.absolute(asked.project_dir) or project.find(Path.cwd())
    try:
        return project.target_directory(project.read(folder), asked.target_path, environ) if folder else None
    except BadArtifact:
        return None  # dbt has said so already


def _manifest_before(asked: Arguments, environ: Mapping[str, str]) -> Manifest | None:
    """Read the manifest that an earlier invocation left; None where there is none that can be read."""
    target = _target(asked, None, environ)
    try:
        return read_manifest(target / "manifest.json")[0] if target else None
    except BadArtifact:
        return None


def _named_telemetry(asked: Arguments) -> Path | None:
    """Return the telemetry file that the user has named. It stands below the log path, which is relative to the project's folder."""
    if not asked.otel_file_name:
        return None
    project_dir = _asked(asked).project_dir or Path.cwd()
    return project_dir / (asked.log_path or "logs") / asked.otel_file_name


def _asked(asked: Arguments) -> surroundings.Asked:
    return surroundings.Asked(
        project_dir=surroundings.absolute(asked.project_dir) or project.find(Path.cwd()),
        profiles_dir=str(surroundings.absolute(asked.profiles_dir)) if asked.profiles_dir else None,
        profile=asked.profile,
        target=asked.target,
    )
