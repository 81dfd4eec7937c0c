"""The reader of dbt's artifacts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  in a dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from clew.errors import BadArtifact
from dbt_clew.artifacts import gate, lift
from dbt_clew.artifacts.shapes import Catalog, Manifest, RunResults

if TYPE_CHECKING:
    from dbt_clew.artifacts.gate import Kind

T = TypeVar("T")

_PLACE = re.compile(r"^(?P<problem>.*) - at `\$(?P<place>.*)`$", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """What dbt left of one invocation, and what is odd about it."""

    target: Path
    manifest: Manifest
    run_results: RunResults
    catalog: Catalog | None = None
    warnings: tuple[str, ...] = ()


def read_target(target: Path) -> Artifacts:
    """Read the artifacts in a target directory.

    A catalog that is missing or cannot be read is none: it only adds types of columns.

    Raises:
        BadArtifact: there is no run in the directory, or a file of it cannot be read.
    """
    if not target.is_dir():
        raise BadArtifact(f"{target}: no such directory. Give dbt's target directory, the one with run_results.json.")
    run_results, warned = read_run_results(target / "run_results.json")
    manifest, warned_too = read_manifest(target / "manifest.json")
    _check_same_project(target, manifest, run_results)
    catalog, warned_also = _read_catalog(target / "catalog.json")
    warnings = [*warned, *warned_too, *warned_also]
    if manifest.metadata.invocation_id != run_results.metadata.invocation_id:
        warnings.append(
            f"{target}: manifest.json was written by another invocation than run_results.json;"
            " what has changed in the project between the two is told as it is in manifest.json"
        )
    return Artifacts(target=target, manifest=manifest, run_results=run_results, catalog=catalog, warnings=tuple(warnings))


def read_manifest(file: Path) -> tuple[Manifest, list[str]]:
    """Read a manifest and lift it to the newest shape.

    Raises:
        BadArtifact: it cannot be read; the message names the place.
    """
    manifest, version, warnings = _read(file, gate.MANIFEST, Manifest)
    return lift.manifest(manifest, version), warnings


def read_run_results(file: Path) -> tuple[RunResults, list[str]]:
    """Read run results.

    Raises:
        BadArtifact: they cannot be read; the message names the place.
    """
    run_results, _, warnings = _read(file, gate.RUN_RESULTS, RunResults)
    return run_results, warnings


def _read_catalog(file: Path) -> tuple[Catalog | None, list[str]]:
    if not file.is_file():
        return None, []
    try:
        catalog, _, warnings = _read(file, gate.CATALOG, Catalog)
    except BadArtifact as error:
        return None, [f"{error} Types of columns are left out."]
    return catalog, warnings


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
    try:
        return msgspec.json.decode(data, type=shape), version, [warning] if warning else []
    except msgspec.ValidationError as error:
        raise BadArtifact(f"{_named(str(error), data, shape)} ({file}, schema v{version})") from None
    except gate.NO_JSON as error:
        raise BadArtifact(f"{file}: no JSON: {error}. Was dbt stopped while it wrote? Run dbt again.") from None


def _named(message: str, data: bytes, shape: type[Any]) -> str:
    """Turn msgspec's message, which has `[...]` for the key of a mapping, into one that names the key."""
    match = _PLACE.match(message)
    if match is None:
        return message
    problem = match["problem"].replace("Expected", "expected").replace("Object", "object").replace("`", "")
    place = match["place"].lstrip(".")
    section, dots, rest = place.partition("[...]")
    if dots and section in shape.__struct_fields__:
        place = f"{section}[{_offender(data, section, shape)!r}]{rest}"
    return f"{place}: {problem}" if place else problem


def _offender(data: bytes, section: str, shape: type[Any]) -> str:
    """Return the first key in a section of a file whose value is not of the section's shape."""
    mapping = next(field.type for field in msgspec.structs.fields(shape) if field.name == section)
    try:
        entries = msgspec.json.decode(data, type=dict[str, msgspec.Raw])[section]
        found = msgspec.json.decode(entries, type=dict[str, msgspec.Raw])
    except gate.NO_JSON:  # behind the first fault is another
        return "…"
    return next((key for key, entry in found.items() if not _is(entry, mapping.__args__[1])), "…")


def _is(entry: msgspec.Raw, shape: type[Any]) -> bool:
    try:
        msgspec.json.decode(entry, type=shape)
    except gate.NO_JSON:
        return False
    return True


def _check_same_project(target: Path, manifest: Manifest, run_results: RunResults) -> None:
    known = manifest.nodes.keys() | manifest.unit_tests.keys()
    ran = [r.unique_id for r in run_results.results if r.unique_id.partition(".")[0] in {"model", "seed", "snapshot", "test"}]
    if ran and not any(unique_id in known for unique_id in ran):
        raise BadArtifact(
            f"{target}: manifest.json and run_results.json are of different projects: none of the nodes that ran ({ran[0]}, …)"
            " is in manifest.json. Run dbt again, with a target directory of its own for each project."
        )
