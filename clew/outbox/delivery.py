"""One event on its way: shaped by what is known, sent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from clew import events, shaping
from clew.errors import BackendError, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clew.events import Json
    from clew.marquez import Marquez
    from clew.shaping import Keys, Known, KnownDataset, KnownJob, KnownRun, Shaped

ANSWER_SECONDS, ANSWERS_KEPT = 60.0, 2000
"""How long, and how many, answers of the backend are used again."""
DATASETS_ASKED = 50
"""How many datasets of a job the backend is asked for, at most."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """An event, ready for a thread to deliver it; `known` is what the outbox knows."""

    seq: int
    attempts: int
    event: Json
    keys: Keys
    known: Known


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a parcel: what is then known, or the error."""

    parcel: Parcel
    known: Known | None = None
    warnings: tuple[str, ...] = ()
    error: BackendError | None = None


def decode(body: bytes) -> Json:
    """Decode an event.

    Raises:
        Refused: it is none.
    """
    try:
        event: Json = msgspec.json.decode(body, type=dict)
    except msgspec.MsgspecError as error:
        raise Refused(f"no OpenLineage event: {error}") from error
    return event


class Delivery:
    """The way to one backend; may be shared by threads."""

    def __init__(self, marquez: Marquez, shape: Callable[[Json, Known], Shaped]) -> None:
        self._marquez = marquez
        self._shape = shape
        self._answers: dict[tuple[str, ...], tuple[float, Json | None]] = {}

    def deliver(self, parcel: Parcel) -> Result:
        """Shape an event and send what it became, in order."""
        try:
            shaped = self._shape(parcel.event, self._filled(parcel.keys, parcel.known, parcel.event))
            for event in shaped.events:
                self._marquez.send(events.encode(event))
        except BackendError as error:
            return Result(parcel=parcel, error=error)
        except Exception as error:  # noqa: BLE001  an event that trips our own code must not stop the others
            return Result(parcel=parcel, error=Refused(f"Clew could not shape this event: {error!r}. Please report it."))
        return Result(parcel=parcel, known=shaped.known, warnings=shaped.warnings)

    def _filled(self, keys: Keys, known: Known, event: Json) -> Known:
        """Ask the backend for what the outbox does not know. A run that starts now is new: nobody is asked."""
        starts = event.get("eventType") == "START"
        return msgspec.structs.replace(
            known,
            job=known.job or self._job(keys.shown),
            run=known.run or (None if starts else self._run(keys.run)),
            parent_run=known.parent_run or self._run(keys.parent_run),
            datasets={**self._datasets(name for name in keys.datasets if name not in known.datasets), **known.datasets},
        )

    def _job(self, name: tuple[str, str] | None) -> KnownJob | None:
        if name is None:
            return None
        answer = self._ask("namespaces", name[0], "jobs", name[1])
        if answer is None:
            return None
        named = [(d["namespace"], d["name"]) for d in (*answer.get("inputs", ()), *answer.get("outputs", ()))]
        answers = [self._ask("namespaces", namespace, "datasets", name) for namespace, name in named[:DATASETS_ASKED]]
        return shaping.known_job(answer, [found for found in answers if found is not None])

    def _run(self, run: str | None) -> KnownRun | None:
        return None if run is None else shaping.known_run(self._ask("jobs", "runs", run))

    def _datasets(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], KnownDataset]:
        found = {name: shaping.known_dataset(self._ask("namespaces", name[0], "datasets", name[1])) for name in names}
        return {name: known for name, known in found.items() if known is not None}

    def _ask(self, *path: str) -> Json | None:
        """Ask the backend, once for all events that are under way together: what comes of them, the outbox will know."""
        asked_at, known = self._answers.get(path, (float("-inf"), None))
        if time.monotonic() - asked_at < ANSWER_SECONDS:
            return known
        try:
            answer = self._marquez.get(*path)
        except Unreachable:
            raise
        except BackendError:
            answer = None  # a name that trips the backend: then the event goes without what is known of it
        if len(self._answers) >= ANSWERS_KEPT:
            self._answers.clear()
        found: Json | None = answer if isinstance(answer, dict) else None
        self._answers[path] = time.monotonic(), found
        return found
