"""The bodies of changes, and the log that each of them goes to."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from clew.server.calls import Refusal
from clew.server.ingest.datasets import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.server.calls import Request
    from clew.server.store import Session

_Body = TypeVar("_Body", bound=Struct)


class Namespace(Struct, rename="camel"):
    """A namespace that is made or changed."""

    owner_name: str
    description: str | None = None


class Source(Struct, rename="camel"):
    """A source that is made or changed."""

    type: str
    connection_url: str
    description: str | None = None


class Tag(Struct):
    """A tag that is made or changed."""

    description: str | None = None


class Column(Struct):
    """A column of a dataset."""

    name: str
    type: str | None = None
    description: str | None = None
    tags: list[str] | None = None


class Dataset(Struct, rename="camel"):
    """A dataset that is made or changed."""

    type: str
    physical_name: str
    source_name: str
    fields: list[Column] | None = None
    tags: list[str] | None = None
    description: str | None = None
    schema_location: str | None = None
    run_id: str | None = None


class Identity(Struct):
    """A dataset by its name."""

    namespace: str
    name: str


class Job(Struct, rename="camel"):
    """A job that is made or changed."""

    type: str
    inputs: list[Identity]
    outputs: list[Identity]
    location: str | None = None
    description: str | None = None
    run_id: str | None = None


class Run(Struct, rename="camel"):
    """A run that is made."""

    id: str | None = None
    nominal_start_time: str | None = None
    nominal_end_time: str | None = None
    args: dict[str, str | int | float | bool | None] | None = None


def body(request: Request, kind: type[_Body]) -> _Body:
    """Read the body of a request.

    Raises:
        Refusal: 422, it is not what it must be; the message names the place.
    """
    try:
        return msgspec.json.decode(request.body or b"{}", type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal(422, str(error), errors=(str(error),)) from None


def words(args: Mapping[str, str | int | float | bool | None] | None) -> dict[str, str | None]:
    """Return the arguments of a run as words: numbers and truth values as JSON writes them."""
    return {k: v if v is None or isinstance(v, str) else msgspec.json.encode(v).decode() for k, v in (args or {}).items()}


def moment(db: Session, request: Request) -> Moment:
    """Log a change beside the events; its number orders it among them."""
    # It may be to anything that is remembered.
    db.remembered.clear()
    said = zlib.compress(request.line.encode() + b"\n" + request.body, 1)
    number = db.add("events.add", received_at=request.now, event_time=request.now, kind="CHANGE", type=None, body=said)
    return Moment(at=request.now, received=request.now, event=number)
