"""The one broad handler: what goes wrong in Clew is logged and never reaches the host."""

from __future__ import annotations

import logging
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
