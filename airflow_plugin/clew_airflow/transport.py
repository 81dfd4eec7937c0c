"""The transport that Airflow's OpenLineage provider sends through: masks, completes, appends to the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.code import locate
from clew.transport import ClewTransport
from clew_airflow.compat import masker
from clew_airflow.complete import completed
from clew_airflow.masking import masked

if TYPE_CHECKING:
    from clew.events import Json


class AirflowTransport(ClewTransport):
    """Appends the provider's events to the outbox, without secrets and with what the provider leaves out."""

    kind = "clew"

    def prepared(self, event: Json) -> Json:
        """Return the event as it goes into the outbox."""
        return masked(completed(event, locate), masker())
