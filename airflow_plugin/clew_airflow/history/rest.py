"""Requests to Airflow's REST API: who asks, how often, and what is said where an answer is none.

Airflow 3 has its API below /api/v2 and gives tokens at /auth/token; Airflow 2 has /api/v1 and basic authentication.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from clew.errors import AirflowAnswers, Unreachable
from clew.marquez import HttpSeam, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clew.marquez import Answer, Seam

_V1, _V2 = "/api/v1", "/api/v2"
_OK, _CREATED = 200, 201
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _NOT_ALLOWED, _TOO_MANY, _BROKEN = 401, 403, 404, 405, 429, 500

_PAUSES = (1.0, 5.0, 20.0)
"""Seconds before each further attempt where Airflow does not answer."""


class Forbidden(AirflowAnswers):
    """This user may not read that."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Who asks; nothing of it is ever shown.

    Attributes:
        user: with `password`, for basic authentication (Airflow 2) or a token (Airflow 3).
        password: of the user.
        token: sent as it is.
        token_command: prints a token; it is run again when a token has expired.
    """

    user: str | None = None
    password: str | None = None
    token: str | None = None
    token_command: str | None = None


class Rest:
    """The REST API of one Airflow.

    Attributes:
        url: without credentials, for people.
        major: 2 or 3.
        version: as Airflow says it, such as `3.3.2`.
        requests: how many were made.
        hidden: kinds of resources that this user may not read, such as `connections`.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        per_second: float = 10.0,
        connect: Callable[[str, str | None], Seam] | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Find out which Airflow answers there.

        Args:
            url: of Airflow's web server, with its path if it has one.
            credentials: who asks.
            per_second: requests, at most.
            connect: makes a seam of a URL and a token.
            wait: sleeps so many seconds.

        Raises:
            AirflowAnswers: it is no Airflow, or does not let us in.
        """
        self._connect = connect or (lambda url, token: HttpSeam(url, api_key=token))
        self._credentials, self._per_second, self._wait = credentials, per_second, wait
        self._base, self.url = url.rstrip("/"), without_credentials(url.rstrip("/"))
        self._next_at, self.requests, self.hidden = 0.0, 0, set[str]()
        self._seam = self._connect(self._base, None)
        self._root, self.version = self._found()
        self.major = int(self.version.partition(".")[0]) if self.version[:1].isdigit() else 3
        self._let_in()

    def get(self, *path: str, **query: Any) -> bytes | None:
        """Read a resource, each part of its path given as it is; None where there is none (404)."""
        where = "".join(f"/{quote(part, safe='~')}" for part in path)
        asked = {key: value for key, value in query.items() if value is not None}
        return self._ask("GET", where + (f"?{urlencode(asked)}" if asked else ""), None)

    def get_if_allowed(self, kind: str, *path: str, **query: Any) -> bytes | None:
        """Read a resource that sync can do without; None where there is none, or this user may not read it."""
        try:
            return self.get(kind, *path, **query)
        except Forbidden:
            self.hidden.add(kind)
            return None

    def post(self, *path: str, body: Mapping[str, Any]) -> bytes:
        """Read what a body asks for (the routes that end in `/list`)."""
        where = "".join(f"/{quote(part, safe='~')}" for part in path)
        found = self._ask("POST", where, msgspec.json.encode({k: v for k, v in body.items() if v is not None}))
        if found is None:
            raise AirflowAnswers(f"{self._shown(where)}: 404. Airflow {self.version} has no such route: Clew reads 2.3 and later.")
        return found

    def _ask(self, method: str, where: str, body: bytes | None) -> bytes | None:
        answer = self._patiently(method, self._root + where, body)
        if answer.status == _UNAUTHORIZED and self._renewed():
            answer = self._patiently(method, self._root + where, body)
        if answer.status == _NOT_FOUND:
            return None
        if answer.status != _OK:
            raise self._refusal(where, answer)
        if answer.body[:1] not in b"{[":
            raise AirflowAnswers(
                f"{self._shown(where)}: answered with something else than JSON. Does a proxy's login page stand before Airflow?"
            )
        return answer.body

    def _patiently(self, method: str, path: str, body: bytes | None) -> Answer:
        """Ask again for a while where nobody answers, or later is asked for."""
        for pause in _PAUSES:
            try:
                answer = self._call(method, path, body)
            except Unreachable:
                self._wait(pause)
                continue
            if answer.status != _TOO_MANY and answer.status < _BROKEN:
                return answer
            self._wait(pause if answer.retry_after is None else min(answer.retry_after, 60.0))
        try:
            return self._call(method, path, body)
        except Unreachable as error:
            raise AirflowAnswers(f"Airflow: {error}. What was sent so far is kept; the same command goes on from there.") from error

    def _call(self, method: str, path: str, body: bytes | None) -> Answer:
        now = time.monotonic()
        if now < self._next_at:
            self._wait(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1 / self._per_second
        self.requests += 1
        return self._seam.call(method, path, body)

    # --- Which Airflow, and who asks ----------------------------------------------------------------------------------------

    def _found(self) -> tuple[str, str]:
        """Return the root of the API and the version of Airflow."""
        seen = []
        for root in (_V2, _V1):
            try:
                answer = self._call("GET", f"{root}/version", None)
            except Unreachable as error:
                raise AirflowAnswers(f"{error}. Is --url that of Airflow's web server (its API server in Airflow 3)?") from error
            version = _version(answer)
            if version:
                return root, version
            seen.append(f"{root}/version: {_what(answer)}")
        raise AirflowAnswers(
            f"{self.url}: no Airflow answers there ({'; '.join(seen)}). --url is the address of its web page, with its path if it has one;"
            " Airflow 2 needs an [api] auth_backends that lets you in."
        )

    def _let_in(self) -> None:
        if self._credentials.token or self._credentials.token_command or self.major > 2:  # noqa: PLR2004
            self._seam = self._connect(self._base, self._token())
        elif self._credentials.user:
            parts = urlsplit(self._base)
            who = f"{quote(self._credentials.user, safe='')}:{quote(self._credentials.password or '', safe='')}"
            self._seam = self._connect(parts._replace(netloc=f"{who}@{parts.netloc.rpartition('@')[2]}").geturl(), None)

    def _renewed(self) -> bool:
        """Ask for a token again: they expire."""
        if self._credentials.token or not (self._credentials.token_command or self.major > 2):  # noqa: PLR2004
            return False
        self._seam = self._connect(self._base, self._token())
        return True

    def _token(self) -> str | None:
        if self._credentials.token:
            return self._credentials.token
        if self._credentials.token_command:
            return _printed(self._credentials.token_command)
        if self._credentials.user:
            body = msgspec.json.encode({"username": self._credentials.user, "password": self._credentials.password or ""})
            answer = self._call("POST", "/auth/token", body)
            if answer.status not in {_OK, _CREATED}:
                raise AirflowAnswers(f"{self.url}/auth/token: {_what(answer)}. Are user and password right?")
        else:
            answer = self._call("GET", "/auth/token", None)  # Airflow's simple auth manager gives one to everybody if told so
            if answer.status not in {_OK, _CREATED}:
                return None
        try:
            return str(msgspec.json.decode(answer.body)["access_token"])
        except (msgspec.DecodeError, KeyError, TypeError):
            raise AirflowAnswers(
                f"{self.url}/auth/token: answered without a token. Give one by CLEW_AIRFLOW_TOKEN or --token-command."
            ) from None

    def _refusal(self, where: str, answer: Answer) -> AirflowAnswers:
        steps = {
            _UNAUTHORIZED: "Airflow does not know who asks. Set CLEW_AIRFLOW_USER and CLEW_AIRFLOW_PASSWORD, CLEW_AIRFLOW_TOKEN,"
            " or --token-command; a token may have expired",
            _FORBIDDEN: "this user may not read that. It needs what Airflow's role Viewer has",
            _NOT_ALLOWED: f"Airflow {self.version} has no such route: Clew reads 2.3 and later",
        }
        kind = Forbidden if answer.status == _FORBIDDEN else AirflowAnswers
        return kind(f"{self._shown(where)}: {_what(answer)}. {steps.get(answer.status, 'See the log of its web server')}.")

    def _shown(self, where: str) -> str:
        return f"{self.url}{self._root}{where}"


def _version(answer: Answer) -> str | None:
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return str(found["version"]) if answer.status == _OK and isinstance(found, dict) and found.get("version") else None


def _what(answer: Answer) -> str:
    """Say what came back in a few words; pages of HTML are not shown."""
    text = " ".join(answer.body[:200].decode("utf-8", "replace").split())
    return f"{answer.status}" + (" with a page of HTML" if text.startswith("<") else f" {text}" if text else "")


def _printed(command: str) -> str:
    """Return what a command of the user's prints."""
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602  it is the user's own command line
    if ended.returncode or not ended.stdout.strip():
        last = (ended.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise AirflowAnswers(f"--token-command ended with status {ended.returncode}: {last}")
    return ended.stdout.strip()
