"""Where a file of code stands (a DAG, a script), read from git's own files: no program is started, since tasks wait for this.

A location's `url` changes when the file's content does and at no other time, since Marquez makes a new version of a job when the
URL changes; the commit, which changes with every push, is its `version`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clew import facets
from clew.naming import BLOB

if TYPE_CHECKING:
    from pathlib import Path

    from clew.events import Json

_SCP_LIKE = re.compile(r"(?:[^@/]+@)?([^:/]+):(?!//)(.+)")
_DIGEST = 12  # characters: enough to tell the versions of one file apart


@dataclass(frozen=True, kw_only=True)
class Code:
    """Where a file of code stands.

    Attributes:
        kind: `git`, or `file` outside of a repository.
        url: the file; its fragment is the id of its content.
        repository: URL of the repository, without credentials.
        path: of the file within the repository.
        commit: what is checked out.
        branch: what is checked out, None on a detached head.
    """

    kind: str
    url: str
    repository: str | None = None
    path: str | None = None
    commit: str | None = None
    branch: str | None = None


def location_facet(code: Code, more: str = "") -> Json:
    """Return `sourceCodeLocation` for a place of code; `more` is added to its URL, for what else makes a new version."""
    return facets.source_code_location(
        code.kind, f"{code.url}{more}", repoUrl=code.repository, path=code.path, version=code.commit, branch=code.branch
    )


def locate(file: Path, *, repository: str | None = None, commit: str | None = None) -> Code | None:
    """Tell where a file stands; None where it cannot be read.

    Args:
        file: absolute path.
        repository: what is known of it otherwise (Airflow's git bundles may come without git's files).
        commit: the same.
    """
    try:
        content = file.read_bytes()
    except OSError:
        return None
    blob = digest(content)
    root = next((folder for folder in file.parents if (folder / ".git").exists()), None)
    if root is None and repository is None:
        return Code(kind="file", url=f"{file.as_uri()}{BLOB}{blob}")
    git = None if root is None else _git_folder(root / ".git")
    remote = _without_credentials(repository or (_remote(git) if git else None))
    path = str(file.relative_to(root)) if root else None
    head, branch = _head(git) if git else (None, None)
    return Code(
        kind="git",
        url=f"{_pages(remote)}/blob/HEAD/{path}{BLOB}{blob}" if remote and path else f"{file.as_uri()}{BLOB}{blob}",
        repository=remote,
        path=path,
        commit=commit or head,
        branch=branch,
    )


def digest(content: bytes) -> str:
    """Return the beginning of the id that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()[:_DIGEST]


def _git_folder(dot_git: Path) -> Path | None:
    """Return git's folder; worktrees and submodules have a file instead that names it."""
    if dot_git.is_dir():
        return dot_git
    text = _read(dot_git)
    return (dot_git.parent / text.removeprefix("gitdir:").strip()).resolve() if text.startswith("gitdir:") else None


def _common(git: Path) -> Path:
    """Return the folder that worktrees share."""
    text = _read(git / "commondir").strip()
    return (git / text).resolve() if text else git


def _head(git: Path) -> tuple[str | None, str | None]:
    """Return the commit and the branch that are checked out."""
    text = _read(git / "HEAD").strip()
    if not text.startswith("ref:"):
        return text or None, None
    ref = text.removeprefix("ref:").strip()
    commit = _read(git / ref).strip() or _read(_common(git) / ref).strip() or _packed(_common(git), ref)
    return commit, ref.removeprefix("refs/heads/")


def _packed(git: Path, ref: str) -> str | None:
    return next((line.split(" ", 1)[0] for line in _read(git / "packed-refs").splitlines() if line.endswith(f" {ref}")), None)


def _remote(git: Path) -> str | None:
    """Return the URL of `origin`, else of the first remote."""
    urls: dict[str, str] = {}
    section = ""
    for line in map(str.strip, _read(_common(git) / "config").splitlines()):
        if line.startswith("["):
            section = line.partition("]")[0][1:]
        elif section.startswith("remote "):
            key, _, value = line.partition("=")
            if key.strip().lower() == "url" and value.strip():
                urls.setdefault(section, value.strip())
    return urls.get('remote "origin"') or next(iter(urls.values()), None)


def _without_credentials(remote: str | None) -> str | None:
    """Return the URL without user, password and token: people put tokens into remotes."""
    if not remote or "://" not in remote:
        return remote if not remote or not (match := _SCP_LIKE.fullmatch(remote)) else f"ssh://{match[1]}/{match[2]}"
    parts = urlsplit(remote)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _pages(remote: str) -> str:
    """Return where the repository can be looked at with a browser."""
    address = remote.removesuffix("/").removesuffix(".git")
    parts = urlsplit(address)
    return f"https://{parts.hostname}{parts.path}" if parts.scheme in {"ssh", "git"} else address


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
