"""Following the telemetry file of a dbt while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbt_clew.fusion.telemetry import Telemetry

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from clew.events import Json
    from dbt_clew.artifacts.read import Artifacts
    from dbt_clew.context import Ending
    from dbt_clew.fusion.live import Live

_PAUSE = 0.1
"""Seconds between two looks at the file."""


class Following:
    """Tells what stands in a telemetry file while dbt writes it; nothing where the file does not come, since dbt is no Fusion then."""

    def __init__(self, file: Path, offset: int, begin: Callable[[], Live], send: Callable[[list[Json]], object]) -> None:
        """Begin to follow.

        Args:
            file: the telemetry file.
            offset: bytes in it that earlier invocations have written: Fusion appends.
            begin: makes what tells the invocation, once there is one.
            send: sends events.
        """
        self._file = _Tail(file, offset)
        self._telemetry = Telemetry()
        self._begin = begin
        self._send = send
        self._live: Live | None = None

    @property
    def invocation_id(self) -> str | None:
        """The invocation that is told live; None where none is."""
        return self._live.invocation_id if self._live else None

    def until(self, over: threading.Event) -> None:
        """Tell what comes until dbt has ended."""
        while not over.wait(_PAUSE):
            self._tell()
        self._tell()

    def settle(self, artifacts: Artifacts | None, at: datetime, ending: Callable[[str | None], Ending]) -> None:
        """Tell what is left when dbt has ended.

        Args:
            artifacts: what this invocation left; None where it left none.
            at: when dbt ended, should it not have said so.
            ending: gives how dbt ended, from the error that it told.
        """
        if self._live is not None:
            self._send(self._live.settle(artifacts, at, ending(self._telemetry.error)))

    def _tell(self) -> None:
        told = [event for line in self._file.lines() for event in self._hear(line)]
        if told:
            self._send(told)

    def _hear(self, line: bytes) -> list[Json]:
        step = self._telemetry.read(line)
        if step is None:
            return []
        if self._live is None:
            self._live = self._begin()
        return self._live.hear(step)


class _Tail:
    """The whole lines that come to the end of a file."""

    def __init__(self, file: Path, offset: int) -> None:
        self._file = file
        self._seen = offset
        self._rest = b""

    def lines(self) -> Iterator[bytes]:
        """Give the lines that have come since the last call."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._seen)
                new = file.read()
        except FileNotFoundError:
            return
        self._seen += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        yield from whole
