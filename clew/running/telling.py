"""A program's run, told: START before it, its end with what its Pythons left; none of it can keep the program from running."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from clew import events as openlineage
from clew import outbox, settings
from clew.guard import guard
from clew.running import events
from clew.watching import datasets, handover

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clew.events import Json
    from clew.process import Ended
    from clew.running.events import Run
    from clew.settings import Settings

log = logging.getLogger("clew")


class Telling:
    """Tells of one run."""

    def __init__(self, run: Run, in_force: Settings) -> None:
        """Tell of a run; without a URL it is for the `clew up` of this machine, and waits until there is one."""
        self._run = run
        self._settings = replace(in_force, url=in_force.url or settings.LOCAL_URL)
        self._home = settings.home(in_force)
        self._folder: Path | None = None

    def begin(self) -> dict[str, str]:
        """Tell that the program starts; return environment variables for it."""
        with guard("tell that the program starts"):
            self._emit(events.started(self._run, _now()))
        variables = events.variables(self._run)
        with guard("have the program's Pythons watched"):
            if self._settings.watch != ():
                self._folder = handover.make(self._home)
                variables |= handover.variables(self._folder, self._settings.watch)
        return variables

    def end(self, how: Ended) -> None:
        """Tell how the program ended, and what its Pythons read and wrote."""
        at = _now()
        left = handover.Left()
        with guard("read what the program's Pythons left"):
            left = handover.take(self._folder) if self._folder else left
        for problem in left.problems:
            log.warning("clew could not watch a Python of the program: %s", problem)
        with guard("tell how the program ended"):
            read, written = (datasets.merged((), self._others(found)) for found in datasets.inputs_and_outputs(left.things))
            error = left.errors.get(how.pid) or next(reversed([*left.errors.values()]), None)
            self._emit(events.ended(self._run, at, how, error, read=read, written=written))
            outbox.wait_for_delivery(self._settings)

    def _emit(self, event: Json) -> None:
        outbox.emit(self._settings, [openlineage.encode(event)])

    def _others(self, found: Iterable[Json]) -> list[Json]:
        """Leave out what Clew itself reads and writes, e.g. as a `clew run` within this one, and what Jupyter's kernels keep."""
        own = [str(self._home), str(settings.path(os.environ.get("IPYTHONDIR") or "~/.ipython"))]
        return [d for d in found if not datasets.is_below(d, own)]


def _now() -> datetime:
    return datetime.now(timezone.utc)
