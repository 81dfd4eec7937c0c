"""A Postgres of our own: server programs of this machine, a data folder of the test's, loopback and a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from tests.backends import free_port
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A server that runs; user `postgres`, any password, database `postgres`."""

    port: int

    def url(self, password: str = "any") -> str:
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"


def programs() -> Path | None:
    """Return the folder of initdb and postgres: on the PATH, else Debian's newest."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    return Path(found).resolve().parent if found else debian[-1].parent if debian else None


@contextmanager
def serving(folder: Path, server_programs: Path) -> Iterator[Postgres]:
    """Run a server until the block is left; its log is in the folder."""
    data = Path(mkdtemp(prefix="clew-postgres-"))  # not below pytest's folder, which is closed to other users
    as_user = _unprivileged(data)
    made = [*as_user, server_programs / "initdb", "-D", data, "-U", "postgres", "--auth", "trust", "--no-sync", "--encoding", "UTF8"]
    subprocess.run(made, check=True, capture_output=True)
    port = free_port()
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*as_user, server_programs / "postgres", "-D", data, *options], stdout=log, stderr=log)
    try:
        asked = [server_programs / "pg_isready", "--quiet", "--host", "127.0.0.1", "--port", str(port)]
        until(lambda: subprocess.run(asked, check=False).returncode == 0)
        yield Postgres(port=port)
    finally:
        server.send_signal(signal.SIGQUIT)  # at once; nothing of it is needed again
        server.wait(30)
        shutil.rmtree(data)


def _unprivileged(data: Path) -> list[str]:
    """Give what starts a program as another user where we are root, whom Postgres refuses."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
