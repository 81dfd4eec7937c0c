"""Every setting once: its key, its environment variable, its default and its meaning.

`docs/settings.md` has the same list for people; a test holds the two together.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import platformdirs

from clew import openlineage_yml
from clew.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOCAL_URL = "http://127.0.0.1:5000"
"""Where `clew up` listens unless told otherwise."""

DBT_COMMANDS = "build,clone,freshness,retry,run,run-operation,seed,snapshot,test"
"""Commands of dbt that execute something, by dbt's own names (`freshness` is `dbt source freshness`)."""

_SIZE = re.compile(r"(\d+)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def url(text: str) -> str:
    """Check an http(s) URL and return it without a trailing slash.

    A path that ends in Marquez' own ingestion route is cut back to the base, since people copy it whole.
    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is no IPv6 address
        usable = False
    if not usable:
        raise ValueError("expected a URL such as http://marquez:5000")
    return text.rstrip("/").removesuffix("/api/v1/lineage")


def size(text: str) -> int:
    """Read a number of bytes: `500MB`, `2 GiB`, `1048576`."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError("expected a size such as 500MB")
    factor: int = 1024 ** " KMGT".index(match[2].upper() or " ")
    return int(match[1]) * factor


def switch(text: str) -> bool:
    """Read on or off."""
    lowered = text.strip().lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError("expected true or false")
    return lowered in _TRUE


def count(text: str) -> int:
    """Read a whole number above zero."""
    if not text.strip().isdigit() or int(text) == 0:
        raise ValueError("expected a whole number above 0")
    return int(text)


def seconds(text: str) -> float:
    """Read a time in seconds, above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError("expected a number of seconds above 0")
    return value


def words(text: str) -> str:
    """Read a list of words and return it with commas and without spaces: `build, run`."""
    found = [word.strip() for word in text.split(",")]
    if not all(word.replace("-", "").isalpha() for word in found):
        raise ValueError("expected words with commas between them, such as build,run")
    return ",".join(found)


def redactions(text: str) -> tuple[str, ...]:
    """Read rules of what must not leave, with commas between them: `vars.customer_*, sql-literals`."""
    rules = tuple(rule.strip() for rule in text.split(",") if rule.strip())
    for rule in rules:
        if rule not in {"vars", "sql-literals", "messages", "source-code"} and not (rule.startswith("vars.") and rule != "vars."):
            raise ValueError(f"expected vars, vars.NAME (with * for anything), sql-literals, messages or source-code, not {rule!r}")
    return rules


def dags(text: str) -> tuple[str, ...]:
    """Read which DAGs are meant, with commas between: patterns of ids, `tag:` before one of a tag, `!` before what is left out."""
    rules = tuple(rule.strip() for rule in text.split(","))
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("tag:")
        if not pattern.strip() or pattern.startswith("!"):
            raise ValueError(f"expected patterns with commas between, such as shop_*,tag:finance,!dev_*, not {rule!r}")
    return rules


def libraries(text: str) -> tuple[str, ...]:
    """Read which libraries are watched: `all`, `none`, names with commas between them, or names with `-` before that are left out."""
    from clew.watching.libraries import KNOWN

    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == ["none"]:
        return ()
    named, left_out = {w for w in words if not w.startswith("-")}, {w[1:] for w in words if w.startswith("-")}
    if unknown := sorted((named - {"all"} | left_out) - KNOWN.keys()):
        raise ValueError(f"expected all, none, or some of {', '.join(sorted(KNOWN))}; {unknown[0]!r} is none of them")
    every = "all" in named or not named
    return tuple(name for name in KNOWN if (every or name in named) and name not in left_out)


def path(text: str) -> Path:
    """Read a path; `~` is the user's home."""
    return Path(text).expanduser().absolute()


def setting(variable: str, meaning: str, read: Callable[[str], Any], default: Any, *also: str) -> Any:
    """Declare a setting: its variable, its meaning, how its text is read, its default, and variables of others that also set it."""
    return field(default=default, metadata={"variable": variable, "meaning": meaning, "read": read, "also": also})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings in force; the field's name is the key in Airflow's `[clew]` section."""

    url: str | None = setting("CLEW_URL", "URL of the Marquez backend. The one setting that must be there.", url, None, "OPENLINEAGE_URL")
    api_key: str | None = setting(
        "CLEW_API_KEY", "Sent as `Authorization: Bearer …`, for a backend behind a gateway.", str, None, "OPENLINEAGE_API_KEY"
    )
    enabled: bool = setting(
        "CLEW_ENABLED", "`false` turns Clew off everywhere: nothing is collected, nothing is sent.", switch, default=True
    )
    home: Path | None = setting(
        "CLEW_HOME",
        "Folder of outbox and store. Default: the platform's data directory; inside Airflow, `clew` below `AIRFLOW_HOME`.",
        path,
        None,
    )
    namespace: str | None = setting(
        "CLEW_NAMESPACE",
        "Namespace of jobs. Default: the host's own (`[openlineage] namespace`), else `airflow` and `dbt`.",
        str,
        None,
        "OPENLINEAGE_NAMESPACE",
    )
    outbox_limit: int = setting(
        "CLEW_OUTBOX_LIMIT",
        "How much disk the outbox may take. At the limit new runs are refused; ends of accepted runs have a tenth more.",
        size,
        1024**3,
    )
    facet_limit: int = setting("CLEW_FACET_LIMIT", "Largest facet that is sent whole; a larger one is cut and says so.", size, 512 * 1024)
    relay: bool = setting(
        "CLEW_RELAY", "`false`: no relay is started by itself; run `clew relay` as a service of your own.", switch, default=True
    )
    relay_threads: int = setting("CLEW_RELAY_THREADS", "How many events the relay sends at the same time.", count, 4)
    delivery_wait: float | None = setting(
        "CLEW_DELIVERY_WAIT",
        "Seconds that the end of a task, of `clew run` and of `dbt-clew` waits until all is delivered. Default: it does not wait.",
        seconds,
        None,
    )
    column_lineage: bool = setting(
        "CLEW_COLUMN_LINEAGE", "`false`: dbt models are told without where their columns come from.", switch, default=True
    )
    timeout: float = setting("CLEW_TIMEOUT", "Seconds that the relay waits for an answer of the backend.", seconds, 60.0)
    dags: tuple[str, ...] = setting(
        "CLEW_DAGS",
        "DAGs that are collected: patterns of ids and `tag:…`, `!` before what is left out, with commas between. Default: all.",
        dags,
        (),
    )
    redact: tuple[str, ...] = setting(
        "CLEW_REDACT",
        "What must not leave in any event: `vars`, `vars.NAME` (with `*`), `sql-literals`, `messages`, `source-code`.",
        redactions,
        (),
    )
    watch: tuple[str, ...] | None = setting(
        "CLEW_WATCH",
        "Libraries that are watched inside Python: names with commas between, `none`, or `-NAME` for all but that one.",
        libraries,
        None,
    )
    airflow_ui: bool = setting("CLEW_AIRFLOW_UI", "`false`: Airflow's UI shows no lineage.", switch, default=True)
    dbt_commands: str = setting("CLEW_DBT_COMMANDS", "Commands of dbt that are told while they run.", words, DBT_COMMANDS)
    dbt_redact: tuple[str, ...] = setting(
        "CLEW_DBT_REDACT",
        "What must not leave in the events of dbt, beside what `redact` names, by the same rules.",
        redactions,
        (),
    )
    dbt_alongside: bool = setting(
        "CLEW_DBT_ALONGSIDE", "`true`: a plain `dbt` is told also where `dbt-ol` tells the same run.", switch, default=False
    )


def variable_of(key: str) -> str:
    """Return the environment variable of a setting, e.g. `CLEW_URL` for `url`."""
    return str(next(f.metadata["variable"] for f in fields(Settings) if f.name == key))


def load(environ: Mapping[str, str] | None = None, section: Mapping[str, str] | None = None) -> Settings:
    """Read the settings in force.

    Order: `CLEW_*` in the environment, then `section` (Airflow's `[clew]`), then what people have set for OpenLineage
    already: `OPENLINEAGE_*` in the environment, then an HTTP transport in `openlineage.yml`.

    Raises:
        BadSetting: a value cannot be read; the message names the setting and where it stood.
    """
    environ = os.environ if environ is None else environ
    section = section or {}
    told = {f.name: _find(f.name, f.metadata["variable"], f.metadata["also"], environ, section) for f in fields(Settings)}
    found = {key: text for key, text in told.items() if text is not None}
    if "url" not in found:
        found = {**openlineage_yml.settings(environ), **found}
    return Settings(**{f.name: _read(f.metadata["read"], *found[f.name]) for f in fields(Settings) if f.name in found})


def _find(key: str, variable: str, also: tuple[str, ...], environ: Mapping[str, str], section: Mapping[str, str]) -> tuple[str, str] | None:
    if environ.get(variable):
        return variable, environ[variable]
    if section.get(key):
        return f"[clew] {key} in airflow.cfg", section[key]
    for name in also:
        if environ.get(name):
            return name, environ[name]
    return None


def _read(read: Callable[[str], Any], place: str, text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise BadSetting(f"{place}={text!r}: {error}") from None


def home(settings: Settings) -> Path:
    """Return the folder of outbox and store; it need not exist yet.

    A folder that belongs to another user (Airflow's `run_as_user`) is theirs alone: the platform's data directory of the
    user that runs now is used instead.
    """
    chosen = settings.home or Path(platformdirs.user_data_dir("clew"))
    try:
        owner = chosen.stat()
    except PermissionError:
        return Path(platformdirs.user_data_dir("clew"))
    except OSError:  # not there yet, or not possible: whoever writes there says so
        return chosen
    mine = not hasattr(os, "geteuid") or owner.st_uid == os.geteuid() or not stat.S_ISDIR(owner.st_mode)
    return chosen if mine else Path(platformdirs.user_data_dir("clew"))
