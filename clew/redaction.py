"""What must not leave: values of secret environment variables, parameters whose name says that they are secret, and what rules name.

    vars              values of all vars
    vars.NAME         values of the vars of that name, in which `*` stands for anything: vars.customer_*
    sql-literals      texts, numbers and comments in SQL, and what messages of the database quote of statements and rows
    messages          messages of errors and of the database, whole
    source-code       code of jobs that are no SQL

A var's value is looked for in all that is told of the run, since it stands in compiled SQL too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clew import sql_literals
from clew.sql_literals import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.events import Json

SECRET_PREFIX = "DBT_ENV_SECRET"  # noqa: S105  dbt's prefix of variables whose values it keeps out of its logs

_SECRET_WORD = re.compile(r"passw(or)?d|passphrase|token|secret|credential|apikey|(^|[^a-z])(pass|pwd|keys?)($|[^a-z])")
_OF_DATA = re.compile(
    r"(unique|primary|foreign|surrogate|natural|partition|cluster|sort|dist|join|merge)_?keys?|key_col(umn)?s?|pass_through"
)
"""What keys and columns of tables are called: their values are in every SQL."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SHORTEST_SOUGHT = 4
"""Characters of a var's value that is looked for elsewhere; a shorter one is in every text."""
_VARS = "vars."
_SQL, _MESSAGES = frozenset({"query", "sql", "compiledCode"}), frozenset({"message", "stackTrace", "_message"})
_SOURCE_CODE = frozenset({"sourceCode", "bash_command"})
"""Keys, anywhere in an event, under which SQL, messages of the database and other code stand."""
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@'\"]*):([^/\s@'\"]+)(?=@)")
_FRAME = frozenset({"eventTime", "eventType", "producer", "schemaURL", "runId", "_producer", "_schemaURL"})
_NAMES = _FRAME | {"namespace", "name", "field", "url", "repoUrl", "uniqueId", "invocationId", "dialect"}
"""Keys under which names stand, which must stay for an event to be of use."""


@dataclass(frozen=True, kw_only=True)
class Redaction:
    """What must not leave.

    Attributes:
        secrets: texts that are masked wherever they turn up.
        values: of vars; masked wherever they turn up, but not in names: a var may well be a schema's.
        variables: patterns of vars whose values are masked.
        sql_literals: SQL goes without its literals.
        messages: messages of the database do not go.
        source_code: code of jobs that are no SQL does not go.
    """

    secrets: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    sql_literals: bool = False
    messages: bool = False
    source_code: bool = False

    def knowing(self, *variables: Any) -> Redaction:
        """Return this with the values of those vars that must not leave, beside those that it knows.

        Args:
            variables: mappings of vars by their names, of an invocation or of its project; anything else has none.
        """
        named = [(str(name), value) for mapping in variables if isinstance(mapping, dict) for name, value in mapping.items()]
        hidden = {text for name, value in named for text in self._hidden(name, value) if len(text) >= SHORTEST_SOUGHT}
        return replace(self, values=_longest_first({*self.values, *_written(hidden)})) if hidden else self

    def event(self, told: Json) -> Json:
        """Return an event without what must not leave."""
        if self.values or self.variables or self.sql_literals or self.messages or self.source_code:
            told = self._within(told, None, _dialect(told))
        if self.secrets:
            told = without(told, self.secrets)
        return told

    def variable(self, name: str, value: Any) -> Any:
        """Return the value of a var, masked where a rule names it."""
        return MASK if self._names(name) else value

    def _hidden(self, name: str, value: Any) -> Iterable[str]:
        """Give the texts in a var's value that must not leave."""
        return _texts(value) if self._names(name) else _secret_texts(name, value)

    def _names(self, variable: str) -> bool:
        return any(fnmatchcase(variable, pattern) for pattern in self.variables)

    def _within(self, value: Any, key: str | None, dialect: str | None) -> Any:
        """Return a value from an event without what the rules name."""
        if isinstance(value, dict):
            name = value.get("name")
            if isinstance(name, str) and name.startswith(_VARS) and self._names(name.removeprefix(_VARS).partition(".")[0]):
                return {**value, "value": MASK} if "value" in value else value
            inner = dialect if not isinstance(value.get("dialect"), str) else value["dialect"]
            return {k: v if k in _NAMES else self._within(v, k, inner) for k, v in value.items()}
        if isinstance(value, list):
            return [self._within(one, key, dialect) for one in value]
        if not isinstance(value, str):
            return value
        text: str = without(value, self.values)
        if key in _MESSAGES:
            return self._message(text)
        if key in _SOURCE_CODE:
            return MASK if self.source_code else text
        return sql_literals.masked(text, dialect) if self.sql_literals and key in _SQL else text

    def _message(self, message: str) -> str:
        if self.messages:
            return MASK
        return sql_literals.masked_message(message, set()) if self.sql_literals else message


def of(rules: Iterable[str], environ: Mapping[str, str]) -> Redaction:
    """Return what must not leave.

    Args:
        rules: those that were asked for; `clew.settings.redactions` has checked how they are written.
        environ: where dbt's secret variables are.
    """
    asked = set(rules)
    patterns = sorted("*" if rule == "vars" else rule.removeprefix(_VARS) for rule in asked if rule == "vars" or rule.startswith(_VARS))
    return Redaction(
        secrets=secrets(environ),
        variables=tuple(patterns),
        sql_literals="sql-literals" in asked,
        messages="messages" in asked,
        source_code="source-code" in asked,
    )


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of dbt's secret environment variables as they may be written, longest first, since one may be part of another."""
    return _longest_first(_written({value for name, value in environ.items() if name.startswith(SECRET_PREFIX) and value.strip()}))


def without(value: Any, secret: Iterable[str]) -> Any:
    """Return a JSON value with each secret in its texts masked, names of fields included."""
    if isinstance(value, str):
        for s in secret:
            value = value.replace(s, MASK)
        return value
    if isinstance(value, dict):
        return {without(k, secret): v if k in _FRAME else without(v, secret) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(v, secret) for v in value]
    return value


def by_name(name: str, value: Any) -> Any:
    """Return a parameter's value, masked where its name, or a name within it, says that it is secret."""
    if _says_secret(name):
        return MASK
    if isinstance(value, dict):
        return {k: by_name(str(k), v) for k, v in value.items()}
    if isinstance(value, list):
        return [by_name("", v) for v in value]
    return value


def _says_secret(name: str) -> bool:
    return bool(_SECRET_WORD.search(_OF_DATA.sub("", _CAMEL.sub("_", name).lower())))


def _written(values: set[str]) -> set[str]:
    """Return texts with the forms that they take within SQL, URLs and JSON."""
    return {form for v in values for form in (v, v.strip(), v.replace("'", "''"), quote(v, safe=""), json.dumps(v)[1:-1]) if form}


def _longest_first(texts: set[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield str(name)
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _secret_texts(name: str, value: Any) -> Iterable[str]:
    """Give the texts of which the name of a value, or a name within it, says that they are secret."""
    if _says_secret(name):
        yield from _texts(value)
    elif isinstance(value, dict):
        for inner, one in value.items():
            yield from _secret_texts(str(inner), one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _secret_texts("", one)


def _dialect(told: Json) -> str | None:
    found = told.get("job", {}).get("facets", {}).get("sql", {}).get("dialect")
    return found if isinstance(found, str) else None


def without_passwords(text: str) -> str:
    """Return a text without the passwords in its URLs."""
    return _PASSWORD_IN_URL.sub(rf"\1:{MASK}", text) if "://" in text else text
