"""The transport that Airflow's OpenLineage provider sends through: chooses, completes, masks, appends to the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import outbox, redaction
from clew.code import locate
from clew.events import TERMINAL
from clew.guard import guard
from clew.settings import Settings
from clew.transport import ClewTransport
from clew_airflow import control, long_texts
from clew_airflow.compat import masker
from clew_airflow.complete import completed
from clew_airflow.masking import masked
from clew_airflow.redact import redacted
from clew_airflow.watched import with_seen

if TYPE_CHECKING:
    from clew.events import Json
    from clew.transport import ClewConfig


class AirflowTransport(ClewTransport):
    """Appends the provider's events to the outbox, without secrets and with what the provider leaves out."""

    kind = "clew"

    def __init__(self, config: ClewConfig | None = None) -> None:
        super().__init__(config)
        in_force = self._settings or Settings()  # without settings nothing is sent
        self._choice = control.of(in_force.dags)
        self._redaction = redaction.of(in_force.redact, {})
        self._limit = in_force.facet_limit

    def prepared(self, event: Json) -> Json | None:
        """Return the event as it goes into the outbox; None where its DAG is left out."""
        if not self._choice.has_event(event):
            return None
        told = event
        # An end that lacks something is better than none. What hides is not guarded: unhidden, nothing is told.
        with guard("complete an event"):
            told = completed(told, locate)
        with guard("tell what a task read and wrote"):
            told = with_seen(told)
        return masked(redacted(long_texts.cut(told, self._limit), self._redaction), masker())

    def kept(self, event: Json, in_force: Settings) -> None:
        """Wait for the delivery of a task's end where the task's disk goes with it; a scheduler waits for nothing."""
        if event["eventType"] in TERMINAL and "airflow" in event["run"]["facets"]:
            outbox.wait_for_delivery(in_force)
