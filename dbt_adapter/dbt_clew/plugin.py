"""Our plugin within dbt's own process; the one file that imports dbt.

It turns dbt's events into records for the teller, a process of its own: that is all that dbt pays for. It never prints and never
raises; what goes wrong here is silence, and `dbt-clew` or `clew send` tells from the artifacts what was not told.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from contextlib import suppress
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from dbt.adapters.factory import FACTORY
from dbt.flags import get_flags
from dbt.plugins.manager import dbt_hook, dbtPlugin
from dbt.utils import args_to_dict
from dbt.version import __version__ as dbt_version

from clew import settings
from dbt_clew import FACTS_VARIABLE
from dbt_clew.artifacts.shapes import Result, Timing
from dbt_clew.connection import from_credentials
from dbt_clew.live import alongside, facts, records
from dbt_clew.live.pipe import Pipe

try:
    from dbt_common.events.event_manager_client import get_event_manager
    from dbt_common.invocation import get_invocation_id
except ImportError:  # dbt 1.6 and 1.7
    from dbt.events.functions import EVENT_MANAGER, get_invocation_id

    def get_event_manager() -> Any:
        """Return who calls back."""
        return EVENT_MANAGER


try:
    from dbt_common.invocation import get_invocation_started_at
except ImportError:  # before dbt 1.10

    def get_invocation_started_at() -> datetime:
        """Return about when the invocation began: dbt has read its project by now, no more."""
        return datetime.now(timezone.utc)


if TYPE_CHECKING:
    from collections.abc import Callable

WAIT = 5.0
"""Seconds that dbt waits at its end for the teller: a container ends with dbt, and what is in the outbox by then is safe."""


class ClewPlugin(dbtPlugin):
    """Listens to one invocation."""

    def initialize(self) -> None:
        """Begin to listen, where this command is told."""
        self._listener: _Listener | None = None
        with suppress(Exception):  # nothing of ours may end dbt
            self._listener = _listener()

    @dbt_hook
    def get_manifest_artifacts(self, manifest: Any) -> dict[str, Any]:
        """Learn that dbt has written the manifest; we add no artifact to it."""
        with suppress(Exception):
            if self._listener is not None:
                self._listener.manifest_was_written(manifest)
        return {}


def _listener() -> _Listener | None:
    """Return a listener that dbt calls; None where this invocation is not to be told."""
    context = click.get_current_context(silent=True)
    known: dict[str, Any] = context.obj if context is not None else {}
    by_name = os.environ.get(FACTS_VARIABLE)
    in_force = settings.load()
    if not in_force.enabled or not (in_force.url or by_name) or known["flags"].WHICH not in in_force.dbt_commands.split(","):
        return None
    if not (by_name or in_force.dbt_alongside) and alongside.is_below_dbt_ol(os.getppid()):
        return None
    held = facts.take(Path(by_name)) if by_name else None
    try:
        listener = _Listener(Pipe(os.environ, held), known)
    finally:
        if held is not None:
            os.close(held)  # the teller has it now
    get_event_manager().callbacks.append(listener.hear)
    return listener


class _Listener:
    """Hears the events of one invocation, from any of dbt's threads."""

    def __init__(self, pipe: Pipe, known: dict[str, Any]) -> None:
        self._pipe = pipe
        self._known = known
        self._invocation_id = get_invocation_id()
        self._started_at = get_invocation_started_at()
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._manifest: Any = None
        self._begun = self._parsed = False
        self._error: BaseException | None = None
        self._heard: dict[str, Callable[[Any], None]] = {
            "NodeStartMsg": self._node_started,
            "NodeExecutingMsg": self._node_compiled,
            "NodeFinishedMsg": self._node_finished,
            "MainEncounteredErrorMsg": self._failed,
            "CommandCompletedMsg": self._completed,
        }

    def hear(self, event: Any) -> None:
        """Take one of dbt's events. There are forty for each node and three of them matter: of the others nothing is asked but their class."""
        heard = self._heard.get(type(event).__name__)
        if heard is None and self._begun:
            return
        with suppress(Exception):  # nothing of ours may end dbt
            if not self._begun and FACTORY.adapters:
                self._begin(next(iter(FACTORY.adapters.values())).config)
            if heard is not None and event.info.invocation_id == self._invocation_id:
                heard(event)

    def manifest_was_written(self, manifest: Any) -> None:
        """Tell where the manifest is; with `--defer` the one on disk does not say yet which relations are another's."""
        self._manifest = manifest
        config = next(iter(FACTORY.adapters.values())).config
        self._begin(config)
        if not getattr(self._flags(), "DEFER", False):
            self._parsed = True
            self._pipe.send(records.Parsed(manifest=str(Path(config.project_root) / config.project_target_path / "manifest.json")))

    def _begin(self, config: Any) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
            flags = self._flags()
            self._pipe.send(
                records.Begun(
                    invocation_id=self._invocation_id,
                    started_at=_aware(self._started_at),
                    dbt_version=dbt_version,
                    command=flags.WHICH,
                    args=json.loads(json.dumps(args_to_dict(flags), default=_written)),
                    project=config.project_name,
                    project_dir=str(config.project_root),
                    target_path=str(Path(config.project_root) / config.project_target_path),
                    profile=config.profile_name,
                    target=config.target_name,
                    connection=from_credentials(config.credentials.type, config.credentials.to_dict(omit_none=True)),
                    adapter_version=_adapter_version(config.credentials.type),
                )
            )

    def _flags(self) -> Any:
        """Return the flags in force: a retry has those of the invocation that it repeats, whose vars stand in the SQL."""
        given = self._known["flags"]
        return get_flags() if given.WHICH == "retry" else given

    def _node_started(self, event: Any) -> None:
        with self._lock:
            if not self._parsed:
                self._parsed = True
                self._write_manifest()
        self._pipe.send(records.NodeBegun(unique_id=event.data.node_info.unique_id, at=_time(event.info.ts)))

    def _node_compiled(self, event: Any) -> None:
        unique_id = event.data.node_info.unique_id
        self._pipe.send(records.NodeCompiled(unique_id=unique_id, code=getattr(self._node(unique_id), "compiled_code", None)))

    def _node(self, unique_id: str) -> Any:
        return self._manifest.nodes.get(unique_id) if self._manifest is not None else None

    def _write_manifest(self) -> None:
        """Write the manifest that dbt has in memory for the teller, which removes it."""
        self._manifest = self._manifest or self._known.get("manifest") or next(iter(FACTORY.adapters.values())).get_macro_resolver()
        descriptor, file = tempfile.mkstemp(prefix="clew-manifest-", suffix=".json")
        os.close(descriptor)
        self._manifest.write(file)
        self._pipe.send(records.Parsed(manifest=file, ours=True))

    def _node_finished(self, event: Any) -> None:
        unique_id, said = event.data.node_info.unique_id, event.data.run_result
        is_cancelling = self._is_cancelling()
        if said.status == "error" and is_cancelling:
            return  # it did not fail, it was ended; so it is still open at the end, and told as that
        node = self._node(unique_id)
        result = Result(
            unique_id=unique_id,
            status=said.status,
            timing=tuple(_phase(timing) for timing in said.timing_info),
            thread_id=said.thread or None,
            execution_time=said.execution_time,
            adapter_response=_plain(said.adapter_response),
            message=said.message or None,
            failures=said.num_failures if "test." in unique_id and said.status in {"pass", "warn", "fail"} else None,
            compiled_code=getattr(node, "compiled_code", None),
        )
        in_batches = getattr(getattr(node, "config", None), "incremental_strategy", None) == "microbatch"
        self._pipe.send(records.NodeEnded(result=result, tentative=in_batches or is_cancelling))

    def _is_cancelling(self) -> bool:
        """Tell whether dbt is just ending what still runs; it has no event that says so before the first query has failed of it."""
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001  the one way to see what another thread does
        while frame is not None:
            if frame.f_code.co_name == "_cancel_connections":
                return True
            frame = frame.f_back
        return False

    def _failed(self, _event: Any) -> None:
        self._error = sys.exc_info()[1]  # dbt says it while it handles the exception

    def _completed(self, event: Any) -> None:
        """Tell the end and wait until the teller has told it."""
        config = self._known.get("runtime_config")
        if not self._begun and config is not None:
            self._begin(config)
        error = self._error
        interrupted = isinstance(error, (KeyboardInterrupt, SystemExit))
        # dbt's own exit codes: 2 for what it did not expect, 1 for nodes that failed, the first of which may have ended the rest
        unexpected = error is not None and type(error).__name__ != "FailFastError"
        self._pipe.send(
            records.Ended(
                at=_time(event.info.ts),
                exit_code=2 if unexpected else 0 if event.data.success else 1,
                signal="SIGINT" if interrupted else None,
                message=str(error) or None if error is not None else None,
            )
        )
        with suppress(KeyboardInterrupt):  # whoever presses it again does not want to wait for us
            self._pipe.finish(WAIT)


def _adapter_version(adapter: str) -> str | None:
    """Return an adapter's version, None where it does not have it in the place that dbt itself reads."""
    with suppress(ImportError, AttributeError):
        return str(import_module(f"dbt.adapters.{adapter}.__version__").version)
    return None


def _time(stamp: Any) -> datetime:
    return _aware(stamp.ToDatetime())


def _written(value: Any) -> Any:
    """Return an argument as run results have it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.to_dict(omit_none=True) if hasattr(value, "to_dict") else str(value)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def _phase(said: Any) -> Timing:
    return Timing(
        name=said.name,
        started_at=_time(said.started_at) if said.HasField("started_at") else None,
        completed_at=_time(said.completed_at) if said.HasField("completed_at") else None,
    )


def _plain(said: Any) -> dict[str, Any]:
    """Return an adapter's response as run results have it: dbt's events know no whole numbers."""
    return {key: int(value) if isinstance(value, float) and value.is_integer() else value for key, value in said.items()}
