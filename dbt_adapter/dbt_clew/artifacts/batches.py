"""SQL of microbatch models: dbt writes that of each batch into a file of its own below `target/compiled`, and into no artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dbt_clew.artifacts.shapes import Manifest, Node, Result

_NAMED = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
"""How dbt names a batch's file, by the size of its batches. Source: dbt-core, `MicrobatchBuilder.format_batch_start`."""


def with_code(results: Iterable[Result], manifest: Manifest, target: Path) -> Iterator[Result]:
    """Give results, those of microbatch models with the SQL of their last batch, where that still lies in the target directory."""
    for result in results:
        node = manifest.nodes.get(result.unique_id) if result.batch_results is not None and not result.compiled_code else None
        yield msgspec.structs.replace(result, compiled_code=_code(result, node, target)) if node else result


def _code(result: Result, node: Node, target: Path) -> str | None:
    batches = result.batch_results
    windows = [*batches.failed, *batches.successful] if batches else []
    named = _NAMED.get(node.config.batch_size or "")
    if not windows or named is None:
        return None
    compiled = target / "compiled"
    model = compiled / node.package_name / node.original_file_path
    try:
        file = model.with_suffix("") / f"{model.stem}_{windows[-1][0].strftime(named)}{model.suffix}"
        is_within = file.resolve().is_relative_to(compiled.resolve())  # dbt writes no other, but who knows whose artifacts these are
        return file.read_text("utf-8") if is_within else None
    except (OSError, ValueError):  # it is not there, it is no text, or it is no path
        return None
