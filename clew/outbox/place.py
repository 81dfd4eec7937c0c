"""The folder of the outbox: private to its user, and on a disk of this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from clew.errors import OutboxUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterable

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "beegfs", "ceph", "glusterfs", "gpfs", "lustre", "ncpfs", "ocfs2", "gfs2"}
    | {f"fuse.{name}" for name in ("sshfs", "glusterfs", "ceph", "s3fs", "gcsfuse", "rclone", "blobfuse", "blobfuse2", "juicefs", "goofys")}
)
"""File systems whose locks or shared memory do not hold between machines, as SQLite's write-ahead log needs them.

Source: https://www.sqlite.org/wal.html, *All processes using a database must be on the same host computer*.
"""

_ESCAPED = re.compile(r"\\([0-7]{3})")
_ADVICE = "Set CLEW_HOME to a folder on a disk of this machine"


def prepare(home: Path) -> None:
    """Make the folder where it is missing.

    Raises:
        OutboxUnwritable: it cannot be made, or it is on a network file system.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutboxUnwritable(f"{home}: {error.strerror}. {_ADVICE} that {_user()} can write.") from error
    kind = file_system(home.resolve(), _mounts())
    if kind in NETWORK:
        raise OutboxUnwritable(f"{home} is on a network file system ({kind}), where events could be damaged. {_ADVICE}.")


def file_system(folder: Path, mountinfo: Iterable[str]) -> str | None:
    """Return the type of the file system that a folder is on, e.g. `ext4`; None where that is unknown.

    Args:
        folder: a resolved path.
        mountinfo: lines of `/proc/self/mountinfo`, see proc(5).
    """
    place = str(folder)
    found: tuple[int, str] | None = None
    for line in mountinfo:
        before, separator, after = line.partition(" - ")
        if not separator:
            continue
        mounted = _unescaped(before.split(" ", 5)[4])
        if _is_within(place, mounted) and (found is None or len(mounted) >= found[0]):
            found = len(mounted), after.split(" ", 1)[0]
    return found[1] if found else None


def _is_within(place: str, mounted: str) -> bool:
    """Compare paths as text: a process that forks for a task asks this each time, and a machine may have hundreds of mounts."""
    return place == mounted or place.startswith(mounted if mounted.endswith("/") else f"{mounted}/")


def _unescaped(mounted: str) -> str:
    """Read a blank or another special character, which stands there in octal."""
    return _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), mounted) if "\\" in mounted else mounted


def _mounts() -> list[str]:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # not Linux: nothing to be known
        return []


def _user() -> str:
    return f"user {os.geteuid()}" if hasattr(os, "geteuid") else "this user"
