"""The embedded backend as a process of its own, as `clew up` starts it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clew.errors import ClewError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_URL = re.compile(r"http://[\w.:]+")


@contextmanager
def backend(store: Path, *, port: int, environ: Mapping[str, str], log: Path) -> Iterator[str]:
    """Start `clew up`, yield its URL, and stop it at the end.

    Args:
        store: the file of its store.
        port: 0 for any that is free.
        environ: what the process sees.
        log: what it says is appended there.
    """
    command = [sys.executable, "-m", "clew", "up", "--port", str(port), "--store", str(store)]
    with log.open("ab") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environ) as process:
        try:
            yield _url(process, log)
        finally:
            process.terminate()


def _url(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None  # noqa: S101  it is a pipe
    for line in process.stdout:
        found = _URL.search(line)
        if found:
            return found[0]
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    raise ClewError("the backend did not start: " + "\n".join(said[-5:]))


def is_free(port: int) -> bool:
    """Tell whether nobody listens on this port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
