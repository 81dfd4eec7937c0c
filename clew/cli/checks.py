"""What `clew doctor` looks at: each check returns findings, and never raises for what it was made to find."""

from __future__ import annotations

import os
import pkgutil
import platform
import shutil
import sys
import time
from dataclasses import dataclass, replace
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clew import __version__
from clew.cli.screen import size
from clew.errors import BackendError, ClewError
from clew.marquez import HttpSeam, Marquez, without_credentials
from clew.settings import LOCAL_URL, Settings, home, load, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTS = "clew_python_start.pth"
"""The line that every Python of an environment with Clew reads when it starts."""

_NO_ENTRY = frozenset({401, 403})
"""Answers to who has no token, or one that is not enough."""

Level = Literal["ok", "note", "warn", "bad"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the doctor's: how it is, and the next step where that is not fine."""

    level: Level
    subject: str
    text: str
    next_step: str | None = None


def sections() -> dict[str, list[Finding]]:
    """Look at everything, in the order in which it has to be put right."""
    found = {"Installed": list(installed())}
    airflow = list(airflow_configured())  # first: where Airflow is, it decides where home is
    try:
        settings = load()
    except ClewError as error:
        found["Configured"] = [Finding(level="bad", subject="settings", text=str(error), next_step="mend the value; see docs/settings.md")]
        return found
    found["Configured"] = [*configured(settings), *airflow]
    found["Reachable"] = list(reachable(settings))
    found["Waiting"] = list(waiting(settings))
    return found


def installed() -> Iterator[Finding]:
    """Tell the versions of Clew, of the hosts that are here, and of what else may emit."""
    yield Finding(level="ok", subject="clew", text=f"{__version__}, Python {platform.python_version()}, {sys.prefix}")
    yield from _others_of_our_name()
    yield Finding(level="ok", subject="client", text=f"openlineage-python {_version('openlineage-python')}")
    if not any((Path(entry) / STARTS).is_file() for entry in sys.path):
        yield Finding(
            level="warn",
            subject="watching",
            text=f"{STARTS} is not in this environment: Pythons that a task or `clew run` starts here are not watched",
            next_step="install clew again with pip",
        )
    yield from _airflow_installed()
    yield from _dbt_installed()
    if all(util.find_spec(m) for m in ("starlette", "uvicorn", "jinja2")):
        yield Finding(level="ok", subject="server", text="`clew up` can run here")
    else:
        yield Finding(level="note", subject="server", text="`clew up` is not installed here (`clew[server]`)")


def _others_of_our_name() -> Iterator[Finding]:
    """Tell of a second Clew on the path: which of their modules is imported depends on who asks."""
    places = sorted({f"{d.version} in {d.locate_file('')}" for d in metadata.distributions() if d.name == "clew"})
    if len(places) > 1:
        yield Finding(
            level="warn",
            subject="clew",
            text=f"{len(places)} are installed: {', '.join(places)}; this one is in {Path(__file__).parents[2]}",
            next_step="look at PYTHONPATH; `pip uninstall clew` until it finds none, then install it once",
        )


def _airflow_installed() -> Iterator[Finding]:
    airflow = _version("apache-airflow")
    if airflow is None:
        yield Finding(level="note", subject="Airflow", text="not in this environment")
        return
    provider, older = _version("apache-airflow-providers-openlineage"), _version("openlineage-airflow")
    if provider is None and _is_below(airflow, 2, 8):
        yield from _openlineage_airflow_installed(airflow, older)
        return
    if provider is None:
        yield Finding(
            level="bad",
            subject="Airflow",
            text=f"{airflow}, without its OpenLineage provider: no run is seen",
            next_step=f'pip install "clew[airflow]" "apache-airflow=={airflow}"',
        )
        return
    yield Finding(level="ok", subject="Airflow", text=f"{airflow}, OpenLineage provider {provider}")


def _listens(airflow: str) -> bool:
    """Tell whether what sees this Airflow's runs is installed."""
    return _version("openlineage-airflow" if _is_below(airflow, 2, 8) else "apache-airflow-providers-openlineage") is not None


def _is_below(version: str, *least: int) -> bool:
    return tuple(int(part) for part in version.split(".")[: len(least)]) < least


def _openlineage_airflow_installed(airflow: str, version: str | None) -> Iterator[Finding]:
    """Tell of the package that listens below Airflow 2.8."""
    if version is not None:
        yield Finding(level="ok", subject="Airflow", text=f"{airflow}, openlineage-airflow {version}")
        return
    yield Finding(
        level="bad",
        subject="Airflow",
        text=f"{airflow}, without openlineage-airflow, which listens below 2.8: no run is seen",
        next_step=f'pip install clew openlineage-airflow "apache-airflow=={airflow}"',
    )


def _dbt_installed() -> Iterator[Finding]:
    named = os.environ.get("DBT_EXECUTABLE") or "dbt"
    core, program = _version("dbt-core"), shutil.which(named) or shutil.which(named.split()[0])
    if core is None:
        yield _dbt_elsewhere(program)
        return
    adapters = sorted(d.name for d in metadata.distributions() if d.name.startswith("dbt-") and util.find_spec(_adapter_module(d.name)))
    yield Finding(level="ok", subject="dbt", text=f"{core} {', '.join(adapters)} {program or ''}".strip())
    yield from _plain_dbt(core)
    if not _version("sqlglot"):
        yield Finding(
            level="note",
            subject="dbt",
            text="sqlglot is not here: models are told without where their columns come from",
            next_step="pip install 'clew[dbt]'",
        )
    if _version("openlineage-dbt"):
        yield Finding(
            level="warn",
            subject="dbt",
            text="openlineage-dbt is here too: a run under `dbt-ol` is told by it alone, unless CLEW_DBT_ALONGSIDE asks for both",
            next_step="use `dbt-clew` in place of `dbt-ol`, and uninstall openlineage-dbt",
        )


def _dbt_elsewhere(program: str | None) -> Finding:
    if program is None:
        return Finding(level="note", subject="dbt", text="not in this environment")
    beside = Path(program).resolve().with_name("clew")
    if beside.is_file():
        return Finding(
            level="note",
            subject="dbt",
            text=f"{program}, in another environment, which has Clew as well",
            next_step=f"there: {beside} doctor",
        )
    return Finding(
        level="note",
        subject="dbt",
        text=f"{program}, in another environment, which has no Clew: a plain `dbt` is not told",
        next_step="use `dbt-clew` in place of `dbt`, or install clew[dbt] where dbt is",
    )


def _plain_dbt(core: str) -> Iterator[Finding]:
    """Tell whether a plain dbt of this environment loads our plugin: dbt looks for it by name in each folder of the path."""
    if _is_below(core, 1, 6):
        yield Finding(
            level="note",
            subject="dbt",
            text=f"{core} loads no plugins: a plain `dbt` is not told",
            next_step="use `dbt-clew` in place of `dbt`, which tells it at its end",
        )
    elif not any(module.name == "dbt_clew" for module in pkgutil.iter_modules()):
        yield Finding(
            level="warn",
            subject="dbt",
            text="dbt does not find Clew's plugin dbt_clew, as where Clew is an editable install by an import hook: a plain `dbt` is not told",
            next_step="install clew[dbt] again, not as editable; until then use `dbt-clew` in place of `dbt`",
        )


def _adapter_module(distribution: str) -> str:
    name = f"dbt.adapters.{distribution.removeprefix('dbt-')}"
    try:
        util.find_spec("dbt.adapters")
    except ModuleNotFoundError:
        return "dbt_adapters_are_not_here"
    return name


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def configured(settings: Settings) -> Iterator[Finding]:
    """Tell what is in force, and where events will wait."""
    if not settings.enabled:
        yield Finding(level="warn", subject="enabled", text="Clew is turned off", next_step=f"unset {variable_of('enabled')}")
    if settings.url is None:
        yield Finding(
            level="warn",
            subject="url",
            text=f"none: `dbt-clew` and `clew send` mean {LOCAL_URL}; Airflow and plain dbt stay silent",
            next_step=f"export {variable_of('url')}={LOCAL_URL}",
        )
    else:
        yield Finding(level="ok", subject="url", text=without_credentials(settings.url))
    yield Finding(level="ok", subject="namespace", text=settings.namespace or "the host's own, else `airflow` and `dbt`")
    if settings.watch is not None:
        yield Finding(level="note", subject="watch", text=f"watched inside Python: {', '.join(settings.watch) or 'nothing'}")
    if settings.dags:
        yield Finding(level="note", subject="dags", text=f"not all DAGs are collected: {', '.join(settings.dags)}")
    if rules := (*settings.redact, *(f"{rule} (of dbt)" for rule in settings.dbt_redact)):
        yield Finding(level="note", subject="redact", text=f"does not leave: {', '.join(rules)}")
    yield _home(home(settings))


def _home(folder: Path) -> Finding:
    from clew.outbox import check_place

    try:
        check_place(folder)
    except ClewError as error:
        return Finding(level="bad", subject="home", text=str(error))
    return Finding(level="ok", subject="home", text=str(folder))


def airflow_configured() -> Iterator[Finding]:
    """Tell what Airflow's processes make of the settings, where Airflow is here."""
    airflow = _version("apache-airflow")
    if airflow is None:
        return
    from clew_airflow import policy  # as in every process of Airflow's, the import configures this one

    try:
        plan = policy.state()
    except ClewError as error:
        yield Finding(level="bad", subject="Airflow", text=str(error), next_step="mend the value; Airflow goes on without Clew until then")
        return
    if not plan.active:
        yield Finding(level="warn", subject="Airflow", text=plan.says)
        return
    if _listens(airflow):
        yield Finding(level="ok", subject="Airflow", text=plan.says)
    from clew.cli import airflow_checks
    from clew_airflow import diagnosis

    yield from airflow_checks.plugins(diagnosis.plugin_errors())
    if _listens(airflow):
        yield from airflow_checks.ends_from_triggers(diagnosis.dags_folder())
    yield from airflow_checks.history(home(load()))


def reachable(settings: Settings) -> Iterator[Finding]:
    """Ask the backend for its namespaces."""
    url = settings.url or LOCAL_URL
    started = time.perf_counter()
    try:
        answer = Marquez(HttpSeam(url, api_key=settings.api_key, timeout=min(settings.timeout, 10))).get("namespaces", limit=1)
    except BackendError as error:
        next_step = _next_step(error, url)
        yield Finding(level="bad" if settings.url else "note", subject="backend", text=str(error), next_step=next_step)
        return
    if not isinstance(answer, dict) or "namespaces" not in answer:
        yield Finding(
            level="bad",
            subject="backend",
            text=f"{without_credentials(url)} answers, but not as Marquez does",
            next_step="check the URL and its path",
        )
        return
    yield Finding(
        level="ok", subject="backend", text=f"{without_credentials(url)} answered in {(time.perf_counter() - started) * 1000:.0f} ms"
    )


def _next_step(error: BackendError, url: str) -> str:
    if error.status in _NO_ENTRY:
        return f"set {variable_of('api_key')} to a token that the backend knows, where Airflow or dbt runs"
    return "start it: `clew up`" if url == LOCAL_URL else "is the URL right, and does a Marquez answer there?"


def waiting(settings: Settings) -> Iterator[Finding]:
    """Tell what the outbox holds, whether it is delivered, what was refused, and what went wrong beside a plain dbt."""
    from clew import outbox

    yield from _dbt_log(home(settings) / "dbt.log")

    try:
        found = outbox.status(replace(settings, url=settings.url or LOCAL_URL))
    except ClewError as error:
        yield Finding(level="bad", subject="outbox", text=str(error))
        return
    used = f"{size(found.bytes_used)} of {size(found.limit)}"
    if found.trouble and found.waiting:
        yield Finding(
            level="warn", subject="outbox", text=f"{found.waiting} events wait ({used}): {found.trouble}", next_step="clew outbox"
        )
    elif found.waiting and found.relay is None:
        yield Finding(
            level="warn",
            subject="outbox",
            text=f"{found.waiting} events wait ({used}), and no relay runs that delivers them",
            next_step="clew relay --until-empty"
            + (
                "; the next event starts one, too"
                if settings.relay
                else f", or unset {variable_of('relay')}, which keeps any from starting"
            ),
        )
    else:
        yield Finding(level="ok", subject="outbox", text=f"{found.waiting} events wait, {found.delivered} delivered so far ({used})")
    if found.refused:
        yield Finding(
            level="warn", subject="refused", text=f"{found.refused} events were refused by the backend", next_step="clew outbox tells why"
        )


def _dbt_log(file: Path) -> Iterator[Finding]:
    """Tell the last line of what the teller of a plain dbt wrote, which has no other place for it."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    if lines:
        yield Finding(
            level="warn", subject="dbt.log", text=f"the last of {len(lines)}: {lines[-1]}", next_step=f"read {file}, then delete it"
        )
