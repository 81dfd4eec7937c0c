"""Secrets that nobody has registered: written into code, SQL, commands and messages, or held in the process's environment.

Airflow's masker knows values of connections and variables. What stands in a text as `password = "…"`, `--token …`, `PASSWORD '…'`,
`?token=…`, or is a key by its very shape, is found here by how it is written. A name is no secret: `password=conn.password` stays.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = "***"
_SHORTEST = 5
"""Characters of a variable's value that is looked for in every text; a shorter one is in all of them."""

_SHORTEST_KEY = 20
_WORDS = re.compile("passw|passphrase|secret|token|credential|identified|pwd|key", re.IGNORECASE)
_NAME = r"(?:passwo?r?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|pwd)"
_LONGER_NAME = rf"[\w.-]{{0,40}}{_NAME}"  # every repetition is bounded: a text of megabytes must not cost seconds
_QUOTED = r"""(?P<quote>\\?["'])(?P<value>(?:(?!(?P=quote)).){1,4096})(?P=quote)"""
_WRITTEN = (
    # password = "…", "password": "…", password: str = "…"
    re.compile(rf"(?P<before>{_NAME}\\?[\"']?\s{{0,9}}(?::\s{{0,9}}\w{{1,40}}\s{{0,9}})?[=:]\s{{0,9}}[rbf]?){_QUOTED}", re.IGNORECASE),
    # SQL: PASSWORD '…', IDENTIFIED BY '…'
    re.compile(rf"(?P<before>\b(?:password|secret|identified\s{{1,9}}by)\s{{1,9}}){_QUOTED}", re.IGNORECASE),
    # --password …, --token=…
    re.compile(rf"(?P<before>(?<![\w-])--?{_LONGER_NAME}(?:\s{{1,9}}|=))(?P<value>[^\s'\"=$({{][^\s'\"]*)", re.IGNORECASE),
    # ?token=…, PASSWORD=… of a shell, host=… password=… of a connection string
    re.compile(rf"(?P<before>(?:^|[\s?&;'\"]){_LONGER_NAME}=)(?P<value>[^\s'\"&;,()$\[{{]+)(?=$|[\s'\"&;])", re.IGNORECASE | re.MULTILINE),
)
_KEYS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20,}"
    r"|\bxox[abeoprs]-[\w-]{10,}"  # Slack
    r"|\beyJ[\w-]{10,500}\.eyJ[\w-]{10,}\.[\w-]{10,}"  # JSON Web Token
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_KEY_STARTS = ("AKIA", "ASIA", "gh", "glpat-", "xox", "eyJ", "PRIVATE KEY")
_OF_VARIABLE = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASS|PWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY)S?$", re.IGNORECASE
)


def without_secrets(text: str) -> str:
    """Return a text without what is written as a secret."""
    if not any(mark in text for mark in "= '\""):  # ids, times, most names
        return _KEYS.sub(HIDDEN, text) if len(text) >= _SHORTEST_KEY and text.startswith(_KEY_STARTS) else text
    if _WORDS.search(text):
        for pattern in _WRITTEN:
            text = pattern.sub(_hidden, text)
    return _KEYS.sub(HIDDEN, text) if any(start in text for start in _KEY_STARTS) else text


def of_environment(environ: Mapping[str, str]) -> re.Pattern[str] | None:
    """Return what finds the values of variables whose names end in words such as PASSWORD; None where there is none.

    A path is where a secret is kept, and none itself.
    """
    return _any_of(frozenset(v for name, v in environ.items() if _is_secret(name) and len(v) >= _SHORTEST and not v.startswith("/")))


@lru_cache(maxsize=4096)
def _is_secret(variable: str) -> bool:
    return bool(_OF_VARIABLE.search(variable))


@lru_cache(maxsize=8)
def _any_of(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """Compile what every event of this process, and of those that it forks, is looked through for."""
    return re.compile("|".join(re.escape(one) for one in sorted(secrets, key=len, reverse=True))) if secrets else None


def _hidden(found: re.Match[str]) -> str:
    quote = found.groupdict().get("quote") or ""
    return f"{found['before']}{quote}{HIDDEN}{quote}"
