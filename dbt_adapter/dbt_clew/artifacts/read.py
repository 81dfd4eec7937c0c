"""The reader of dbt's artifacts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from clew.errors import BadArtifact
from dbt_clew import collector
from dbt_clew.artifacts import batches, gate, lift, salvage
from dbt_clew.artifacts.shapes import Catalog, Manifest, RunResults
from dbt_clew.narration import deferral

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dbt_clew.artifacts.gate import Kind
    from dbt_clew.artifacts.shapes import Metadata

T = TypeVar("T", bound=msgspec.Struct)

_RUN_RESULTS, _SOURCES = "run_results.json", "sources.json"
_RAN = frozenset({"model", "seed", "snapshot", "test", "source"})


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """What dbt left of one invocation, and what is odd about it."""

    target: Path
    manifest: Manifest
    run_results: RunResults
    catalog: Catalog | None = None
    warnings: tuple[str, ...] = ()


def read_target(target: Path) -> Artifacts:
    """Read what a target directory has of one invocation: its run results, or its freshness checks where it has only those.

    A catalog that is missing or cannot be read is none: it only adds types of columns.

    Raises:
        BadArtifact: there is no run in the directory, or a file of it cannot be read.
    """
    if not target.is_dir():
        raise BadArtifact(f"{target}: no such directory. Give dbt's target directory, the one with run_results.json.")
    has_only_checks = (target / _SOURCES).is_file() and not (target / _RUN_RESULTS).is_file()
    return read_freshness(target) if has_only_checks else _read_invocation(target, _RUN_RESULTS, *read_run_results(target / _RUN_RESULTS))


def read_freshness(target: Path) -> Artifacts:
    """Read the freshness checks that a target directory has.

    Raises:
        BadArtifact: there are none, or a file of them cannot be read.
    """
    return _read_invocation(target, _SOURCES, *read_sources(target / _SOURCES))


def read_invocation(target: Path, is_it: Callable[[Metadata], bool]) -> Artifacts | None:
    """Read what a target directory has of one invocation; None where it has nothing of it.

    Args:
        target: the directory, in which files of other invocations may stand as well.
        is_it: tells by its metadata whether a file is of the invocation.

    Raises:
        BadArtifact: a file cannot be read.
    """
    found = _find(target, is_it)
    return _read_invocation(target, *found) if found else None


def read_results(target: Path, is_it: Callable[[Metadata], bool]) -> RunResults | None:
    """Read the results that a target directory has of one invocation, and nothing else; see `read_invocation`."""
    found = _find(target, is_it)
    return found[1] if found else None


def read_all(target: Path) -> list[Artifacts]:
    """Read every invocation that a target directory has something of, oldest first.

    `dbt source freshness` writes a file of its own and leaves the run results of the invocation before it. It does not write down what
    it was asked: where it looked is taken to be where the run beside it was.

    Raises:
        BadArtifact: there is none in the directory, or a file cannot be read.
    """
    ran = read_target(target)
    if not all((target / name).is_file() for name in (_RUN_RESULTS, _SOURCES)):
        return [ran]
    checked = _looking_where(read_freshness(target), ran.run_results.args)
    at, then = (artifacts.run_results.metadata.generated_at for artifacts in (ran, checked))
    return [checked, ran] if at and then and then < at else [ran, checked]


def _looking_where(checked: Artifacts, args: Mapping[str, Any]) -> Artifacts:
    where = {name: args[name] for name in ("project_dir", "profiles_dir", "profile", "target") if name in args}
    return replace(checked, run_results=msgspec.structs.replace(checked.run_results, args=where | checked.run_results.args))


def read_manifest(file: Path) -> tuple[Manifest, list[str]]:
    """Read a manifest and lift it to the newest shape.

    Raises:
        BadArtifact: it cannot be read; the message names the place.
    """
    manifest, version, warnings = _read(file, gate.MANIFEST, Manifest)
    return lift.manifest(manifest, version), warnings


def with_state(manifest: Manifest, args: Mapping[str, Any], target: Path) -> Manifest:
    """Return a manifest that knows the tables of the state which an invocation deferred to or cloned, where that is still there.

    Args:
        manifest: the manifest of the invocation.
        args: what dbt was asked.
        target: its target directory; a relative folder is looked for in the project's, and in those above the target directory.
    """
    state = args.get("defer_state") or args.get("state")
    if not isinstance(state, str) or not (args.get("defer") or args.get("which") == "clone"):
        return manifest
    folders = [Path(str(args.get("project_dir") or ".")), *target.absolute().parents]
    file = next((found for folder in folders if (found := folder / state / "manifest.json").is_file()), None)
    try:
        return deferral.with_state(manifest, read_manifest(file)[0]) if file else manifest
    except BadArtifact:
        return manifest  # the compiled code tells most of it


def read_run_results(file: Path) -> tuple[RunResults, list[str]]:
    """Read run results.

    Raises:
        BadArtifact: they cannot be read; the message names the place.
    """
    found, _, warnings = _read(file, gate.RUN_RESULTS, RunResults)
    return lift.run_results(found), warnings


def read_sources(file: Path) -> tuple[RunResults, list[str]]:
    """Read the results of freshness checks, as run results.

    Raises:
        BadArtifact: they cannot be read; the message names the place.
    """
    found, _, warnings = _read(file, gate.SOURCES, RunResults)
    return lift.freshness(found), warnings


def read_catalog(file: Path) -> tuple[Catalog | None, list[str]]:
    """Read a catalog; one that is missing or cannot be read is none: it only adds types of columns."""
    if not file.is_file():
        return None, []
    try:
        catalog, _, warnings = _read(file, gate.CATALOG, Catalog)
    except BadArtifact as error:
        return None, [f"{error} Types of columns are left out."]
    return catalog, warnings


def _find(target: Path, is_it: Callable[[Metadata], bool]) -> tuple[str, RunResults, list[str]] | None:
    for name, read in ((_RUN_RESULTS, read_run_results), (_SOURCES, read_sources)):
        if (target / name).is_file():
            results, warnings = read(target / name)
            if is_it(results.metadata):
                return name, results, warnings
    return None


def _read_invocation(target: Path, file: str, run_results: RunResults, warned: list[str]) -> Artifacts:
    manifest, warned_too = read_manifest(target / "manifest.json")
    _check_same_project(target, manifest, run_results)
    manifest = with_state(manifest, run_results.args, target)
    catalog, warned_also = read_catalog(target / "catalog.json")
    warnings = [*warned, *warned_too, *warned_also]
    if manifest.metadata.invocation_id != run_results.metadata.invocation_id:
        warnings.append(
            f"{target}: manifest.json was written by another invocation than {file};"
            " what has changed in the project between the two is told as it is in manifest.json"
        )
    results = tuple(batches.with_code(run_results.results, manifest, target))
    run_results = msgspec.structs.replace(run_results, results=results)
    return Artifacts(target=target, manifest=manifest, run_results=run_results, catalog=catalog, warnings=tuple(warnings))


def _read(file: Path, kind: Kind, shape: type[T]) -> tuple[T, int, list[str]]:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise BadArtifact(
            f"{file}: no such file. Run dbt first (without --no-write-json), or give the directory that it wrote to."
        ) from None
    except OSError as error:
        raise BadArtifact(f"{file}: {error.strerror}. Make it readable.") from None
    version, warning = gate.version(data, kind, file)
    warnings = [warning] if warning else []
    try:
        with collector.paused():
            return msgspec.json.decode(data, type=shape), version, warnings
    except msgspec.ValidationError:
        found, left_out = _salvaged(data, shape, file)
    except gate.NO_JSON as error:
        raise _no_json(file, error) from None
    if found is None:
        raise BadArtifact(f"{left_out[-1]} ({file}, schema v{version})")
    return found, version, [*warnings, *(f"{place} ({file}, schema v{version}); left out" for place in salvage.shortened(left_out))]


def _salvaged(data: bytes, shape: type[T], file: Path) -> tuple[T | None, list[str]]:
    try:
        return salvage.read(data, shape)
    except gate.NO_JSON as error:  # behind the first fault is another
        raise _no_json(file, error) from None


def _no_json(file: Path, error: Exception) -> BadArtifact:
    return BadArtifact(f"{file}: no JSON: {error}. Was dbt stopped while it wrote? Run dbt again.")


def _check_same_project(target: Path, manifest: Manifest, run_results: RunResults) -> None:
    ran = [r.unique_id for r in run_results.results if r.unique_id.partition(".")[0] in _RAN]
    known = (manifest.nodes, manifest.unit_tests, manifest.sources)
    if ran and not any(unique_id in section for unique_id in ran for section in known):
        raise BadArtifact(
            f"{target}: manifest.json and run_results.json are of different projects: none of the nodes that ran ({ran[0]}, …)"
            " is in manifest.json. Run dbt again, with a target directory of its own for each project."
        )
