"""The client of Marquez' REST API: one seam to the network, one place where its answers become errors of ours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from clew import __version__
from clew.errors import Refused, Troubled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest

JSON = "application/json"

_TRUST = "SSL_CERT_FILE, or REQUESTS_CA_BUNDLE before it, names a file with those that are (PEM)"

NOT_THE_EVENTS_FAULT = frozenset({401, 403, 404, 405, 407})
"""Answers to an event that speak of the address or the key: every event gets them, and none any more once those are right."""


def without_credentials(url: str) -> str:
    """Return a URL as it may be shown: without user and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a backend answered."""

    status: int
    body: bytes
    retry_after: float | None = None

    @property
    def is_page(self) -> bool:
        """Whether this is a page for people: what a gateway that wants a login answers, with 200, whatever is asked."""
        return self.body.lstrip()[:1] == b"<"


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
        # What requests reads by itself, REQUESTS_CA_BUNDLE, counts first.
        self._session.verify = os.environ.get("SSL_CERT_FILE") or True
        self._session.headers.update({"User-Agent": f"clew/{__version__}", "Accept": JSON})
        if api_key:
            self._session.headers["Authorization"] = f"Bearer {api_key}"

    @cached_property
    def _prepared(self) -> tuple[PreparedRequest, dict[str, Any]]:
        """Ask the environment once, and not before each request, for proxies, certificates and `.netrc`: that was half of a request's cost."""
        from requests import Request

        empty = self._session.prepare_request(Request("GET", self.url))
        return empty, dict(self._session.merge_environment_settings(self.url, {}, stream=None, verify=None, cert=None))

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Make one request."""
        try:
            empty, manner = self._prepared
            request = empty.copy()
            request.method, request.url = method, (empty.url or self.url).removesuffix("/") + path
            if body is not None:
                request.headers["Content-Type"] = JSON
                request.prepare_body(body, None)
            answer = self._session.send(request, timeout=self._timeout, allow_redirects=False, **manner)
        except OSError as error:  # a RequestException is one; a file of certificates that is not there is no more than that
            raise Unreachable(f"{without_credentials(self.url)}: {_reason(error)}") from error
        return Answer(status=answer.status_code, body=answer.content, retry_after=_retry_after(answer.headers))


class Marquez:
    """A Marquez backend, real or embedded."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam

    def send(self, event: bytes) -> None:
        """Send one encoded OpenLineage event.

        Raises:
            Unreachable: later may be better, or when address and key are right: then what waits is delivered as well.
            Troubled: 500, which may be the event's fault or the backend's.
            Refused: never again.
        """
        try:
            answer = self._checked("POST", "/api/v1/lineage", event)
        except Refused as error:
            if error.status not in NOT_THE_EVENTS_FAULT and (error.status or 0) >= 400:  # noqa: PLR2004
                raise
            raise Unreachable(f"{error}. Is the URL that of a Marquez, and the API key right?", status=error.status) from error
        if answer.is_page:
            raise Unreachable("POST /api/v1/lineage: a web page came back. Is the URL that of a Marquez?", status=answer.status)

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
    """Return the seconds of `Retry-After`, which is a number or a date (RFC 9110, 10.2.3)."""
    text = headers.get("Retry-After", "")
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):
        return None


def _reason(error: Exception) -> str:
    """Say in few words why there was no answer; the libraries' own texts nest three deep."""
    text = str(error)
    for part, reason in (
        ("Connection refused", "connection refused"),
        ("timed out", "no answer in time"),
        ("Name or service not known", "no such host"),
        ("Remote end closed", "the connection was closed"),
        ("Connection aborted", "the connection was broken off"),
        ("CERTIFICATE_VERIFY_FAILED", f"its certificate is not trusted; {_TRUST}"),
        ("TLS CA certificate bundle", f"the file of trusted certificates is not there; {_TRUST}"),
    ):
        if part in text:
            return reason
    return text
