"""The one broad handler: what goes wrong in Clew is logged and never reaches the host."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clew.errors import ClewError

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("clew")


@contextmanager
def guard(doing: str) -> Iterator[None]:
    """Protect a host (an Airflow process, a dbt run) from every error of ours.

    Args:
        doing: what was being done, as it completes "clew could not …" in the log.
    """
    try:
        yield
    except ClewError as error:
        log.error("clew could not %s: %s", doing, error)  # noqa: TRY400  the message is for a person, a trace is not
    except Exception:
        log.exception("clew could not %s; the host goes on", doing)


def say_in_lines(name: str, *, least: int = logging.WARNING) -> None:
    """Have what goes wrong in this process told on stderr, one line each, between the lines of the program that runs in our place.

    Args:
        name: of the command, which each line begins with.
        least: level from which on something is told.
    """
    log.handlers = [_Lines(name, least)]
    log.propagate = False


class _Lines(logging.Handler):
    def __init__(self, name: str, least: int) -> None:
        super().__init__(least)
        self._name = name

    def emit(self, record: logging.LogRecord) -> None:
        problem = f" ({record.exc_info[1]!r})" if record.exc_info else ""
        sys.stderr.write(f"{self._name}: {record.getMessage()}{problem}\n")
