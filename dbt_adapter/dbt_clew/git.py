"""What git knows of a project: commit, remote, and where in the repository the project stands."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

_SCP_LIKE = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>[^/].*)")
_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A project in a git repository."""

    commit: str
    prefix: str = ""
    """The project's folder in the repository, empty or with a slash at its end."""
    repo: str | None = None
    """Web address of the repository, without credentials; None where it has no remote."""


def checkout(project: Path) -> Checkout | None:
    """Ask git about a project; None where it is in no repository, has no commit, or there is no git."""
    commit = _git(project, "rev-parse", "HEAD")
    if not commit:
        return None
    remote = _git(project, "config", "--get", "remote.origin.url")
    return Checkout(commit=commit, prefix=_git(project, "rev-parse", "--show-prefix") or "", repo=web_address(remote) if remote else None)


def web_address(remote: str) -> str | None:
    """Return the https address of a remote, without user, password or token; None for a path on a disk."""
    parts = urlsplit(remote)
    if parts.scheme in {"http", "https", "ssh", "git"} and parts.hostname:
        port = f":{parts.port}" if parts.port and parts.scheme.startswith("http") else ""
        return f"https://{parts.hostname}{port}{parts.path.removesuffix('/').removesuffix('.git')}"
    match = _SCP_LIKE.fullmatch(remote)
    return f"https://{match['host']}/{match['path'].removesuffix('.git')}" if match and not parts.scheme else None


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", folder, *command], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
