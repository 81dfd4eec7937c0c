"""What `clew doctor` looks at where Airflow is: plugins that do not load, DAGs that no listener survives, and history."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from clew.cli.checks import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_OURS = ("clew", "openlineage")
"""Words in the names of plugins without which nothing is told."""
_FILES = 5000
"""DAG files that are looked into, at most."""
_SHOWN = 5


def plugins(errors: Mapping[str, str]) -> Iterator[Finding]:
    """Tell which plugins of Airflow's do not load.

    Args:
        errors: what Airflow says of each plugin that does not, by its name or file.
    """
    for source, error in errors.items():
        last = (str(error).strip().splitlines() or ["it does not say why"])[-1]
        needed = any(word in source.lower() for word in _OURS)
        yield Finding(
            level="bad" if needed else "note",
            subject="plugin",
            text=f"{source} does not load: {last}" + (": runs are not told as they should be" if needed else ""),
            next_step="`airflow plugins` shows the rest; are the versions of Airflow, its provider and Clew a match?" if needed else None,
        )


def ends_from_triggers(dags: Path) -> Iterator[Finding]:
    """Tell which files have DAGs that fail to import while any listener is registered, the OpenLineage provider's among them."""
    found = [file for file in islice(sorted(dags.rglob("*.py")), _FILES) if _ends_from_trigger(file)]
    for file in found[:_SHOWN]:
        yield Finding(
            level="warn",
            subject="DAG",
            text=f"{file} has `end_from_trigger=True`: Airflow does not import it while a listener is there, and the provider is one",
            next_step="let the task end by itself (end_from_trigger=False), or keep the DAG in an Airflow without listeners",
        )
    if len(found) > _SHOWN:
        yield Finding(level="warn", subject="DAG", text=f"… and {len(found) - _SHOWN} more files like that")


def history(home: Path) -> Iterator[Finding]:
    """Tell how far Airflow's past was sent from here, and how to send it."""
    known = [until for file in sorted((home / "sync").glob("*.json")) if (until := _until(file))]
    if known:
        yield Finding(
            level="ok", subject="history", text=f"sent up to the DAG runs of {max(known)[:16].replace('T', ' ')} (`clew sync airflow`)"
        )
        return
    yield Finding(
        level="note",
        subject="history",
        text="never sent from here: DAG runs from before Clew, and ends that nobody saw (a killed task, a lost pod)",
        next_step="`clew verify airflow --url …` shows what the backend lacks; `clew sync airflow --url …` sends it",
    )


def _ends_from_trigger(file: Path) -> bool:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "end_from_trigger=True" in text.replace(" ", "")


def _until(file: Path) -> str | None:
    try:
        return str(msgspec.json.decode(file.read_bytes())["until"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None
