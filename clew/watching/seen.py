"""What is seen: a dataset that was read or written, or a statement that a database ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

Direction = Literal["read", "write"]


class Seen(msgspec.Struct, frozen=True, kw_only=True, tag="dataset"):
    """A dataset that was read or written.

    Attributes:
        direction: `read` makes it an input, `write` an output.
        namespace: of the dataset, by `clew.naming`.
        name: of the dataset, by `clew.naming`; the absolute path of a file.
        facets: standard facets of the dataset, such as `schema` or `version`, by their names; or `Later` what makes one.
        rows: how many were read or written, where that is known of all of it.
        adds: the rows were added to what was there, and to those that were written before.
    """

    direction: Direction
    namespace: str
    name: str
    facets: dict[str, Any] = {}
    rows: int | None = None
    adds: bool = False


class Later:
    """A facet that is made when somebody wants it: to spell a frame's columns takes longer than all else that is told of a call."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        """Keep what makes the facet; it holds what is small and does not change, such as a schema, and no data."""
        self.make = make


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A database that statements are sent to, as far as its connection tells.

    Attributes:
        adapter: kind of database as `clew.naming.tables` knows it, e.g. `postgres`.
        host: where it runs.
        port: where it listens.
        account: of a service that is named by it.
        path: absolute path of one that is a file.
        name: what names without a database belong to.
        schemas: where names without a schema are looked for, first one first.
    """

    adapter: str
    host: str | None = None
    port: int | None = None
    account: str | None = None
    path: str | None = None
    name: str | None = None
    schemas: tuple[str, ...] = ()


class Statement(msgspec.Struct, frozen=True, kw_only=True, tag="statement"):
    """SQL that a database ran without an error: one or more statements.

    Attributes:
        database: where it ran.
        text: as the driver got it, placeholders included.
        rows: how many rows it changed, where the driver tells.
        no_tables: names in it that are no tables: variables of the program, which DuckDB reads.
    """

    database: Database
    text: str
    rows: int | None = None
    no_tables: tuple[str, ...] = ()


Thing: TypeAlias = "Seen | Statement"
