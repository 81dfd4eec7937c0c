"""Where pages are shown, to whom, and what they are drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from clew.pages.links import Links

if TYPE_CHECKING:
    from clew.answers.jobs import Job
    from clew.answers.runs import Ref, Run
    from clew.marquez import Marquez


class Reader(Protocol):
    """Somebody who looks at pages."""

    def may_browse(self) -> bool:
        """Tell whether they may see everything that the backend knows."""

    def may_read(self, job: Ref) -> bool | None:
        """Tell whether they may see a job, by its name alone; None where the host knows no such job."""


class Anybody:
    """A reader from whom nothing is hidden: whoever reaches the server."""

    def may_browse(self) -> bool:
        """Tell that they may."""
        return True

    def may_read(self, job: Ref) -> bool:  # noqa: ARG002
        """Tell that they may."""
        return True


class Host(Protocol):
    """An application that shows our pages within its own, and has pages about the same jobs and runs."""

    @property
    def name(self) -> str:
        """Its name, as people know it."""

    def job_page(self, job: Job) -> str | None:
        """Return the address of its own page about a job; None where it has none."""

    def run_page(self, run: Run) -> str | None:
        """Return the address of its own page about a run; None where it has none."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything that a page depends on besides what was asked."""

    marquez: Marquez
    links: Links = field(default_factory=Links)
    reader: Reader = field(default_factory=Anybody)
    host: Host | None = None
