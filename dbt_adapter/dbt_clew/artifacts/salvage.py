"""Salvage: what is left of an artifact when something in it is not as dbt's schema has it. One bad node must not cost the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T", bound=msgspec.Struct)

_PLACE = re.compile(r"^(?P<problem>.*?)(?: - at `\$(?P<place>.*)`)?$", re.DOTALL)
_WARNED_OF = 10
"""Places that are named one by one; of more there is a count."""


def read(data: bytes, shape: type[T]) -> tuple[T | None, list[str]]:
    """Decode what can be decoded, and say what is left out: a field, or an entry that lacks what it must have.

    Args:
        data: JSON that is no `shape` as a whole.
        shape: a struct whose fields are mappings and lists of structs, and others.

    Returns: what could be decoded, None where the shape itself lacks what it must have; and each place with what is wrong there.
    """
    content = msgspec.json.decode(data)
    if not isinstance(content, dict):
        return None, [f"expected object, got {_kind(content)}"]
    left_out: list[str] = []
    made: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        if field.encode_name in content:
            kept = _section(content[field.encode_name], field.type, field.encode_name, left_out)
            if kept is not msgspec.UNSET:
                made[field.name] = kept
        elif field.required:
            left_out.append(f"object missing required field {field.encode_name}")
    missing = [f.name for f in msgspec.structs.fields(shape) if f.required and f.name not in made]
    return None if missing else shape(**made), left_out


def shortened(left_out: list[str]) -> list[str]:
    """Return the first of what was left out, and how much more there is."""
    more = len(left_out) - _WARNED_OF
    return left_out if more <= 0 else [*left_out[:_WARNED_OF], f"and {more} more like these"]


def _section(value: Any, wanted: Any, place: str, left_out: list[str]) -> Any:
    """Convert a mapping or list entry by entry, anything else as a whole; UNSET where nothing is left."""
    entry = wanted.__args__[-1 if wanted.__origin__ is dict else 0] if hasattr(wanted, "__origin__") else None
    if isinstance(value, dict) and _is_struct(entry) and wanted.__origin__ is dict:
        kept = {key: _kept(one, entry, f"{place}[{key!r}]", left_out) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one is not msgspec.UNSET}
    if isinstance(value, list) and _is_struct(entry) and wanted.__origin__ is tuple:
        found = [_kept(one, entry, f"{place}[{i}]", left_out) for i, one in enumerate(value)]
        return tuple(one for one in found if one is not msgspec.UNSET)
    return _kept(value, wanted, place, left_out)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _kept(value: Any, wanted: Any, place: str, left_out: list[str]) -> Any:
    """Convert a value; as long as something in it is wrong, say where, and go on without that."""
    while True:
        try:
            return msgspec.convert(value, wanted)
        except msgspec.ValidationError as error:  # noqa: PERF203  a bad value only comes this way
            match = _PLACE.match(str(error))
            assert match is not None  # noqa: S101  it matches any text
            where = match["place"] or ""
            left_out.append(f"{place}{where}: {_said(match['problem'])}")
            if not _remove(value, list(_keys(where))):
                return msgspec.UNSET


def _keys(place: str) -> Iterator[str]:
    """Give the keys that lead to a place, as far as they are named: `.config.meta[...].x` is config, meta."""
    for key in place.lstrip(".").split("."):
        name, bracket, _ = key.partition("[")
        if name:
            yield name
        if bracket or not name:
            return


def _remove(value: Any, keys: list[str]) -> bool:
    if not keys:
        return False
    for key in keys[:-1]:
        value = value[key]
    return isinstance(value, dict) and value.pop(keys[-1], msgspec.UNSET) is not msgspec.UNSET


def _said(problem: str) -> str:
    return problem.replace("Expected", "expected").replace("Object", "object").replace("`", "")


def _kind(value: Any) -> str:
    return {list: "array", str: "str", int: "int", float: "float", bool: "bool"}.get(type(value), "null")
