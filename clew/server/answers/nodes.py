"""Node ids: `job:NAMESPACE:NAME`, `dataset:NAMESPACE:NAME`, `datasetField:NAMESPACE:DATASET:FIELD`, with `#VERSION` at the end or not.

Namespaces hold colons (`postgres://db:5432`), names may. Marquez splits at colons that no `//` and no digit follows, which loses
`dataset:ns:2024_orders`; so every split that Marquez' own comes first, and after it the others, until one names something.
Source: marquez/service/models/NodeId.java.
"""

from __future__ import annotations

import re
from itertools import chain, combinations, islice
from typing import TYPE_CHECKING

from msgspec import Struct

from clew.server.calls import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = {"job": 2, "dataset": 2, "datasetField": 3, "run": 1}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST = 100
"""How many splits are tried; a name of nothing but colons must not cost a thousand look-ups."""
_LIKELY = re.compile(r":(?!//|\d+)")


class NodeId(Struct, frozen=True):
    """A node id, taken apart as far as that is certain."""

    kind: str
    rest: str
    version: str | None

    def splits(self) -> Iterator[tuple[str, ...]]:
        """Give every way in which the names can be split, the likeliest first."""
        count = _KINDS[self.kind] - 1
        likely = [m.start() for m in _LIKELY.finditer(self.rest)]
        every = [n for n, c in enumerate(self.rest) if c == ":"]
        seen = set()
        for at in islice(chain(combinations(likely, count), combinations(every, count)), _MOST):
            if at not in seen:
                seen.add(at)
                yield self._cut(at)

    def _cut(self, at: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(self.rest[a + 1 : b] for a, b in zip((-1, *at), (*at, len(self.rest)), strict=True))


def parse(text: str) -> NodeId:
    """Read a node id.

    Raises:
        Refusal: 404, it is none (which is what Marquez answers).
    """
    kind, _, rest = text.partition(":")
    if kind not in _KINDS or not rest:
        raise Refusal(404, f"node id {text!r} must start with 'dataset:', 'datasetField:', 'job:' or 'run:'")
    rest, mark, version = rest.rpartition("#") if "#" in rest else (rest, "", "")
    if mark and not _UUID.fullmatch(version):
        rest, version = f"{rest}#{version}", ""
    return NodeId(kind, rest, version or None)
