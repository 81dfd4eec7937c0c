"""What git knows of a project: commit, whether that is all of it, remote, and where in the repository the project stands."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

_SCP_LIKE = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>[^/].*)")
_SECONDS = 5
_RECENTLY = timedelta(hours=1)
"""Within this time the checkout is taken to be what ran: it may have been cloned only to send artifacts that another machine made."""
_CODE = ("*.sql", "*.yml", "*.yaml", "*.csv", "*.py", "*.md", ":(exclude)target", ":(exclude)dbt_packages")
"""Files that dbt reads, below a project's folder; what it writes itself is no change."""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A project in a git repository."""

    commit: str | None
    """None where git does not know what was checked out then."""
    is_dirty: bool | None = None
    """Files that dbt reads are not as in the commit, or not in it; None where git did not say in time, or nobody knows how it was then."""
    prefix: str = ""
    """The project's folder in the repository, empty or with a slash at its end."""
    repo: str | None = None
    """Web address of the repository, without credentials; None where it has no remote."""


def checkout(project: Path, at: datetime | None = None) -> Checkout | None:
    """Ask git about a project; None where it is in no repository, has no commit, or there is no git.

    Args:
        project: the project's folder.
        at: when it was what it is asked about; None: now.
    """
    commit = _git(project, "rev-parse", "HEAD")
    if not commit:
        return None
    is_past = at is not None and datetime.now(timezone.utc) - at > _RECENTLY
    remote = _git(project, "config", "--get", "remote.origin.url")
    return Checkout(
        commit=_commit_at(project, at) if at and is_past else commit,
        is_dirty=None if is_past else _is_dirty(project),
        prefix=_git(project, "rev-parse", "--show-prefix") or "",
        repo=web_address(remote) if remote else None,
    )


def _is_dirty(project: Path) -> bool | None:
    changed = _said(project, "--no-optional-locks", "status", "--porcelain", "--untracked-files=all", "--", *_CODE)
    return None if changed is None else bool(changed)


def _commit_at(project: Path, at: datetime) -> str | None:
    """Return what was checked out at a time by git's own log of that, the newest first; None before that log begins."""
    entries = (line.split() for line in (_git(project, "reflog", "show", "--date=unix", "--format=%H %gd", "HEAD") or "").splitlines())
    moves = ((commit, int(selector.removeprefix("HEAD@{").removesuffix("}"))) for commit, selector in entries)
    return next((commit for commit, moved_at in moves if moved_at <= at.timestamp()), None)


def web_address(remote: str) -> str | None:
    """Return the https address of a remote, without user, password or token; None for a path on a disk."""
    parts = urlsplit(remote)
    if parts.scheme in {"http", "https", "ssh", "git"} and parts.hostname:
        port = f":{parts.port}" if parts.port and parts.scheme.startswith("http") else ""
        return f"https://{parts.hostname}{port}{parts.path.removesuffix('/').removesuffix('.git')}"
    match = _SCP_LIKE.fullmatch(remote)
    return f"https://{match['host']}/{match['path'].removesuffix('.git')}" if match and not parts.scheme else None


def _git(folder: Path, *command: str) -> str | None:
    return _said(folder, *command) or None


def _said(folder: Path, *command: str) -> str | None:
    """Return what git says, which may be nothing; None where it fails."""
    try:
        done = subprocess.run(["git", "-C", folder, *command], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
