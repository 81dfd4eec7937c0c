"""What was told of files, as the tests look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clew.watching.recorder import Recorder
    from clew.watching.seen import Seen


def only(watching: Recorder) -> Seen:
    """Return the one dataset that was seen."""
    [thing] = watching.things()
    return thing


def columns(thing: Seen) -> list[tuple[str, str]]:
    """Return the columns of a dataset with their types."""
    return [(field["name"], field["type"]) for field in thing.facets["schema"]["fields"]]
