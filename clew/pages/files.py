"""Style, scripts and pictures of the pages."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from clew.pages.visit import Page

KEPT = "private, max-age=31536000, immutable"
_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


def file(name: str, *, version: str = "") -> Page | None:
    """Answer with a file; one whose address names its content may be kept for ever. None where there is none of that name.

    Args:
        name: below the folder of files, with slashes.
        version: what the address says of the content, as `digest` gives it.
    """
    if name not in _names():
        return None
    return Page(
        content=(_FOLDER / name).read_bytes(),
        headers={
            "Content-Type": _TYPES[Path(name).suffix],
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": KEPT if version else "no-cache",
        },
    )


@lru_cache(maxsize=64)
def digest(name: str) -> str:
    """Name the content of a file, so that a browser keeps it until it changes."""
    return hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()[:12] if name in _names() else ""


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Return the names of all files: what is not among them, `..` too, is not looked for on the disk."""
    return frozenset(str(f.relative_to(_FOLDER).as_posix()) for f in _FOLDER.rglob("*") if f.suffix in _TYPES)
