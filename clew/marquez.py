"""The client of Marquez' REST API: one seam to the network, one place where its answers become errors of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

import msgspec

from clew import __version__
from clew.errors import Refused, Troubled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a backend answered."""

    status: int
    body: bytes
    retry_after: float | None = None


class Seam(Protocol):
    """How a request reaches a backend: over HTTP, or by a call within the embedded one."""

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Make one request; `path` starts with `/` and is encoded already.

        Raises:
            Unreachable: there was no answer.
        """


class HttpSeam:
    """Requests over HTTP; a seam may be shared by threads."""

    def __init__(self, url: str, *, api_key: str | None = None, timeout: float = 60.0) -> None:
        import requests

        self.url = url
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": f"clew/{__version__}", "Accept": JSON})
        if api_key:
            self._session.headers["Authorization"] = f"Bearer {api_key}"

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Make one request."""
        import requests

        try:
            answer = self._session.request(
                method,
                self.url + path,
                data=body,
                headers={"Content-Type": JSON} if body is not None else {},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unreachable(f"{self.url}: {_reason(error)}") from error
        return Answer(status=answer.status_code, body=answer.content, retry_after=_retry_after(answer.headers))


class Marquez:
    """A Marquez backend, real or embedded."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam

    def send(self, event: bytes) -> None:
        """Send one encoded OpenLineage event.

        Raises:
            Unreachable: later may be better.
            Troubled: 500, which may be the event's fault or the backend's.
            Refused: never again.
        """
        self._checked("POST", "/api/v1/lineage", event)

    def get(self, *path: str, **query: Any) -> Any:
        """Read a resource below `/api/v1`, each part of its path given as it is; None where there is none (404).

        `marquez.get("namespaces", "a/b", "jobs", limit=10)` asks for `/api/v1/namespaces/a%2Fb/jobs?limit=10`.
        """
        asked = {k: v for k, v in query.items() if v is not None}
        where = "/".join(("", "api", "v1", *(quote(p, safe="") for p in path))) + (f"?{urlencode(asked, doseq=True)}" if asked else "")
        try:
            answer = self._checked("GET", where)
        except Refused as error:
            if error.status == 404:  # noqa: PLR2004
                return None
            raise
        try:
            return msgspec.json.decode(answer.body)
        except msgspec.DecodeError as error:
            raise Troubled(f"{where}: the answer is no JSON ({error}). Is this a Marquez?", status=answer.status) from error

    def _checked(self, method: str, path: str, body: bytes | None = None) -> Answer:
        answer = self._seam.call(method, path, body)
        if answer.status < 300:  # noqa: PLR2004
            return answer
        text = answer.body[:500].decode("utf-8", "replace")
        message = f"{method} {path}: {answer.status} {text}".rstrip()
        if answer.status in {408, 429, 502, 503, 504, 507}:
            raise Unreachable(message, status=answer.status, retry_after=answer.retry_after)
        if answer.status >= 500:  # noqa: PLR2004
            raise Troubled(message, status=answer.status)
        raise Refused(message, status=answer.status)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


def _reason(error: Exception) -> str:
    """Say in few words why there was no answer; the libraries' own texts nest three deep."""
    text = str(error)
    for part, reason in (
        ("Connection refused", "connection refused"),
        ("timed out", "no answer in time"),
        ("Name or service not known", "no such host"),
        ("Remote end closed", "the connection was closed"),
        ("Connection aborted", "the connection was broken off"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted"),
    ):
        if part in text:
            return reason
    return text
