"""The error tree. Each message names the place and says what to do next.

ClewError
├── BadSetting              a setting's value cannot be used; names the setting and where it was read
├── BadArtifact             a file of dbt that cannot be read; names file, place and what was expected there
├── NoDbt                   the dbt that dbt-clew is to run is not there
├── NoProvider              nothing listens in this Airflow: the package that Clew stands on is not there
├── BadImport               a file of events that cannot be read
├── AirflowAnswers          Airflow's REST API does not give what sync asks for; names the URL
├── OutboxError
│   ├── OutboxFull          the disk limit is reached: new runs are not accepted
│   ├── OutboxBroken        the file is no outbox, is damaged, or was made by a Clew too new to share it
│   └── OutboxUnwritable    home cannot be written, or is a network file system
│       └── NoRoom            its disk is full
├── BackendError            what the backend answered; `permanent` decides whether sending again can help
│   ├── Unreachable           refused, timed out, broken off, 408, 429, 502–504, 507; for an event also 401, 403–405, 407 and
│   │                         redirects, which speak of the way and not of the event: retried for ever
│   ├── Troubled              500: retried a bounded number of times while other events are accepted
│   └── Refused               any other 4xx: permanent
├── StoreError
│   ├── StoreBroken         the file is no store, is damaged, or was made by a newer Clew
│   ├── StoreUnwritable     the place of the store cannot be written, or has no room
│   └── StoreInUse          somebody has it open who must not, or must not be disturbed
└── PortInUse               somebody else listens there
"""

from __future__ import annotations


class ClewError(Exception):
    """Everything that Clew raises on purpose; the text is for the person who must act."""


class BadSetting(ClewError):
    """A setting's value cannot be used."""


class BadArtifact(ClewError):
    """A file of dbt cannot be read."""


class NoDbt(ClewError):
    """There is no dbt to run."""


class NoProvider(ClewError):
    """Nothing listens in this Airflow."""


class BadImport(ClewError):
    """A file of events cannot be read."""


class AirflowAnswers(ClewError):
    """Airflow's REST API does not give what was asked for."""


class OutboxError(ClewError):
    """The outbox cannot do what was asked."""


class OutboxFull(OutboxError):
    """The disk limit is reached."""


class OutboxBroken(OutboxError):
    """The file is no outbox that this version can use."""


class OutboxUnwritable(OutboxError):
    """The place of the outbox cannot be written."""


class NoRoom(OutboxUnwritable):
    """The disk of the outbox is full, which passes."""


class BackendError(ClewError):
    """The backend did not do what was asked.

    Attributes:
        permanent: True when sending the same again cannot succeed.
        status: HTTP status, or None where there was no answer.
        retry_after: seconds that the backend asked to wait, or None.
    """

    permanent = False

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Unreachable(BackendError):
    """No answer, or one that says: later."""


class Troubled(BackendError):
    """The backend answered 500, which Marquez also says to input that it cannot digest."""


class Refused(BackendError):
    """The backend will never accept this."""

    permanent = True


class StoreError(ClewError):
    """The embedded backend's store cannot do what was asked."""


class StoreBroken(StoreError):
    """The file is no store that this version can use."""


class StoreUnwritable(StoreError):
    """The place of the store cannot be written."""


class StoreInUse(StoreError):
    """Somebody has the store open."""


class PortInUse(ClewError):
    """Somebody else listens on the address that was asked for."""
