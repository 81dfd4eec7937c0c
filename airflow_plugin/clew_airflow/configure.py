"""Which environment variables point Airflow's OpenLineage provider at Clew, given what is configured already.

Environment variables, since they are what the provider and its forked children read: `conf.set` is invisible to the Task SDK.
Source of the order: `OpenLineageAdapter.get_openlineage_config` and `OpenLineageClient._resolve_transport`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew import openlineage_yml
from clew.errors import BadSetting
from clew.settings import Settings, load, url, variable_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Option = Callable[[str, str], str | None]

OURS = "clew_airflow.transport.AirflowTransport"
RUN_FACETS = "clew_airflow.facets.of_task"
IN_THREAD = "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD"
_PLAIN = {"type", "url", "auth", "timeout", "retry", "endpoint", "verify", "compression"}
"""Settings of an HTTP transport that change nothing about what arrives where, or that the relay has settings of its own for."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What Clew does in this Airflow.

    Attributes:
        active: whether the provider's events go to the outbox.
        says: one line for a person.
        environ: environment variables to set.
        settings: the settings in force; None where Clew is not active.
    """

    active: bool
    says: str
    environ: Mapping[str, str] = field(default_factory=dict)
    settings: Settings | None = None


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """A transport that people have configured for the provider already.

    Attributes:
        place: where it stands.
        transport: what stands there.
        wins: over what we set, as a file does over variables of `openlineage-airflow`.
    """

    place: str
    transport: Mapping[str, Any]
    wins: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is an HTTP transport that the relay can stand in for."""
        auth = self.transport.get("auth")
        return (
            not self.wins
            and self.transport.get("type") == "http"
            and bool(self.transport.get("url"))
            and self.transport.keys() <= _PLAIN
            and self.transport.get("endpoint", "api/v1/lineage") == "api/v1/lineage"
            and self.transport.get("verify", True) is True
            and (not auth or openlineage_yml.api_key(auth) is not None)
        )


def plan(environ: Mapping[str, str], option: Option, airflow_home: str, *, older: bool = False) -> Plan:
    """Decide what to set.

    Args:
        environ: the environment of the process.
        option: gives an option of Airflow's configuration by section and key, None where it is not set.
        airflow_home: the folder of this Airflow.
        older: `openlineage-airflow` listens, as it does below Airflow 2.8, and not the provider.

    Raises:
        BadSetting: a setting cannot be read.
    """
    section = {f.name: value for f in fields(Settings) if (value := option("clew", f.name))}
    theirs = _theirs(environ, option, older=older)
    if theirs is not None and theirs.plain and not (environ.get(variable_of("url")) or section.get("url")):
        section = {**section, **_address(theirs)}  # their key goes to their backend alone
    settings = load(environ, section)
    if not settings.enabled:
        return Plan(active=False, says="CLEW_ENABLED is false: nothing is collected")
    if _is_true(option("openlineage", "disabled")) or _is_true(environ.get("OPENLINEAGE_DISABLED")):
        return Plan(active=False, says="[openlineage] disabled is true: the provider sends nothing")
    if theirs is not None and not theirs.plain:
        says = f"{theirs.place} configures a transport of its own ({theirs.transport.get('type', 'unknown')}), which is left alone"
        return Plan(active=False, says=f"{says}. Remove it to let Clew deliver.")
    if settings.url is None:
        return Plan(active=False, says="no backend: set CLEW_URL, or url in the section [clew] of airflow.cfg")
    for_the_provider = _for_the_provider(environ, option, settings)
    return Plan(
        active=True,
        says="the provider's events go to the outbox, and from there to the backend",
        environ={
            **for_the_provider,
            **(_for_the_older(for_the_provider) if older else {}),
            **_for_us(environ, section, settings, airflow_home),
        },
        settings=settings,
    )


def _for_the_provider(environ: Mapping[str, str], option: Option, settings: Settings) -> dict[str, str]:
    functions = [f for f in (option("openlineage", "custom_run_facets") or "").split(";") if f.strip() and f.strip() != RUN_FACETS]
    own_namespace = environ.get(variable_of("namespace")) or option("clew", "namespace")
    additions = {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": OURS}),
        "AIRFLOW__OPENLINEAGE__CUSTOM_RUN_FACETS": ";".join([*functions, RUN_FACETS]),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": own_namespace or option("openlineage", "namespace") or settings.namespace or "airflow",
    }
    if IN_THREAD not in environ:
        # docs/decisions: a thread costs half of a fork. The False of an airflow.cfg is what Airflow writes there by itself.
        additions[IN_THREAD] = "True"
    if (path := option("openlineage", "config_path")) is not None and path:
        # The file would win over our transport; its facets, filters and tags stay in force where the client reads it itself.
        additions |= {"AIRFLOW__OPENLINEAGE__CONFIG_PATH": "", "OPENLINEAGE_CONFIG": path}
    return additions


def _for_the_older(for_the_provider: Mapping[str, str]) -> dict[str, str]:
    """Say the same to `openlineage-airflow`, which reads variables of openlineage-python alone."""
    return {
        "OPENLINEAGE__TRANSPORT": for_the_provider["AIRFLOW__OPENLINEAGE__TRANSPORT"],
        "OPENLINEAGE_NAMESPACE": for_the_provider["AIRFLOW__OPENLINEAGE__NAMESPACE"],
    }


def _for_us(environ: Mapping[str, str], section: Mapping[str, str], settings: Settings, airflow_home: str) -> dict[str, str]:
    """Put what stands in airflow.cfg into the environment, where the transport and programs that tasks start read it."""
    ours = {variable_of(key): value for key, value in section.items()}
    ours |= {"CLEW_URL": settings.url or "", "CLEW_HOME": str(settings.home or Path(airflow_home).expanduser() / "clew")}
    return {variable: value for variable, value in ours.items() if not environ.get(variable)}


def _theirs(environ: Mapping[str, str], option: Option, *, older: bool) -> Theirs | None:
    """Find the transport that the provider would use without us, in the provider's own order."""
    if connection := option("openlineage", "config_conn_id"):
        return Theirs(place=f"the connection {connection} ([openlineage] config_conn_id)", transport={})
    if path := option("openlineage", "config_path"):
        return Theirs(place=f"{path} ([openlineage] config_path)", transport=openlineage_yml.transport(Path(path)))
    if text := option("openlineage", "transport"):
        transport = _json(text, "[openlineage] transport")
        if transport.get("type") != OURS:
            return Theirs(place="[openlineage] transport", transport=transport)
    if (file := openlineage_yml.find(environ)) is not None and (transport := openlineage_yml.transport(file)):
        return Theirs(place=str(file), transport=transport, wins=older)
    return _from_variables(environ)


def _from_variables(environ: Mapping[str, str]) -> Theirs | None:
    """Read `OPENLINEAGE__TRANSPORT`, as JSON or split into variables such as `OPENLINEAGE__TRANSPORT__URL`."""
    prefix = "OPENLINEAGE__TRANSPORT"
    transport = _json(environ[prefix], prefix) if environ.get(prefix) else {}
    for variable, value in environ.items():
        if variable.startswith(f"{prefix}__") and value:
            *above, last = variable.removeprefix(f"{prefix}__").lower().split("__")
            place = transport
            for key in above:
                place = place.setdefault(key, {})
            place["apiKey" if last == "apikey" else last] = value
    return Theirs(place=f"{prefix}__…", transport=transport) if transport and transport.get("type") != OURS else None


def _address(theirs: Theirs) -> dict[str, str]:
    text = str(theirs.transport["url"])
    try:
        found = {"url": url(text)}
    except ValueError as error:
        raise BadSetting(f"{theirs.place}: url={text!r}: {error}") from None
    key = openlineage_yml.api_key(theirs.transport.get("auth"))
    return {**found, "api_key": key} if key else found


def _json(text: str, place: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadSetting(f"{place}={text!r}: no JSON ({error})") from None
    if not isinstance(value, dict):
        raise BadSetting(f"{place}={text!r}: expected a JSON object")
    return value


def _is_true(text: str | None) -> bool:
    return (text or "").strip().lower() in {"true", "1", "t"}
