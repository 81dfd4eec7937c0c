"""A transport for openlineage-python that appends to the outbox.

Its `type` is the class's dotted path, e.g. `OPENLINEAGE__TRANSPORT__TYPE=clew.transport.ClewTransport`; whatever else is configured
there are settings of Clew by their keys (`url`, `home`, `namespace` …), over those in force.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from openlineage.client.serde import Serde
from openlineage.client.transport.transport import Config, Transport

from clew import events, outbox, settings
from clew.errors import OutboxError
from clew.guard import guard

if TYPE_CHECKING:
    from clew.events import Json

log = logging.getLogger("clew")

LOUD_SECONDS = 60.0
"""How often one process says that its events are not kept; an outbox that is full is full for every event."""


class ClewConfig(Config):
    """Settings that the transport's configuration brings, by their keys."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self.values = values or {}

    @classmethod
    def from_dict(cls, params: dict[str, Any]) -> ClewConfig:
        """Take what stands in the configuration beside `type`."""
        return cls({key: value for key, value in params.items() if key != "type"})


class ClewTransport(Transport):
    """Appends every event to the outbox: one write to the local disk, whatever the backend does.

    Nothing has to be closed or flushed, so it works in forked children that leave through `os._exit`; and it never raises into its host.
    """

    kind = "clew"
    config_class = ClewConfig

    def __init__(self, config: ClewConfig | None = None) -> None:
        self._settings: settings.Settings | None = None
        self._said_at = float("-inf")
        with guard("read its settings, so nothing is sent"):
            self._settings = settings.load(section={key: str(value) for key, value in (config or ClewConfig()).values.items()})

    def emit(self, event: Any) -> None:
        """Append an event of openlineage-python, or a mapping of the same shape."""
        if self._settings is None:
            return
        with guard("keep an event"):
            prepared = self.prepared(Serde.to_dict(event))
            if prepared is None:
                return
            try:
                outbox.emit(self._settings, [events.encode(prepared)])
            except OutboxError:
                if not self._is_quiet(time.monotonic()):
                    raise
                return
            self.kept(prepared, self._settings)

    def prepared(self, event: Json) -> Json | None:
        """Return the event as it goes into the outbox, None where it must not; for hosts that have something to hide or to add."""
        return event

    def kept(self, event: Json, in_force: settings.Settings) -> None:
        """Hear of an event that is in the outbox now; for hosts that wait for its delivery."""

    def close(self, timeout: float = -1) -> bool:  # noqa: ARG002
        """Say that nothing is under way; appends are durable when they return."""
        return True

    def _is_quiet(self, now: float) -> bool:
        """Tell whether what is wrong was said a moment ago."""
        quiet = now - self._said_at < LOUD_SECONDS
        if not quiet:
            self._said_at = now
        return quiet
