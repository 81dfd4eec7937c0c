"""Versions of code: one text for each node that changes exactly when what dbt executes for it changes."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dbt_clew.artifacts.shapes import Manifest, Node

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Versions:
    """Versions of the nodes of a project.

    A node's code is its file, the macros that it calls (and those that they call), and the configuration that changes what is executed:
    materialisation, strategy, key, hooks; of a generic test its arguments. Not so dbt's own macros and its adapters', which change
    with dbt's version, and that is told of each run.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._macros = manifest.macros
        self._of_dbt = _packages_of_dbt(manifest.metadata.adapter_type or "")
        self._digests: dict[tuple[str, ...], bytes] = {}

    def of(self, node: Node) -> str:
        """Return the version of a node's code."""
        config, test = node.config, node.test_metadata
        settings = (
            config.materialized,
            config.incremental_strategy,
            config.unique_key,
            config.on_schema_change,
            config.pre_hook or None,
            config.post_hook or None,
            (test.namespace, test.name, test.kwargs, config.severity, config.warn_if, config.error_if) if test else None,
        )
        code = node.checksum.checksum.encode("utf-8", "replace"), _encode(settings), self._digest(node.depends_on.macros)
        return sha1(b"".join(code), usedforsecurity=False).hexdigest()

    def _digest(self, called: tuple[str, ...]) -> bytes:
        """Return a hash of macros and of all that they call; many nodes call the same."""
        digest = self._digests.get(called)
        if digest is None:
            made = sha1(usedforsecurity=False)
            for name in sorted(self._reached(called)):
                made.update(f"\0{name}\0{self._macros[name].macro_sql}".encode("utf-8", "replace"))
            digest = self._digests[called] = made.digest()
        return digest

    def _reached(self, called: tuple[str, ...]) -> set[str]:
        found: set[str] = set()
        waiting = list(called)
        while waiting:
            name = waiting.pop()
            if name in found or name not in self._macros or _package(name) in self._of_dbt:
                continue
            found.add(name)
            waiting.extend(self._macros[name].depends_on.macros)
        return found


def _package(macro: str) -> str:
    return macro.partition(".")[2].partition(".")[0]


def _packages_of_dbt(adapter: str) -> frozenset[str]:
    """Return the packages that come with dbt and an adapter, some of which build upon another one."""
    below = {"redshift": "postgres", "materialize": "postgres", "databricks": "spark", "synapse": "fabric"}.get(adapter, adapter)
    return frozenset({"dbt", f"dbt_{adapter}", f"dbt_{below}"})
