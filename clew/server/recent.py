"""What was used lately, so that it need not be made or asked for again."""

from __future__ import annotations

from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """Remembers values in two generations; when the younger is full it becomes the older, and what nobody used since is forgotten.

    Threads may share one: what goes wrong between two of them is at most that something is forgotten.
    """

    def __init__(self, most: int) -> None:
        """Remember up to `most` in each generation: values, or what `put` says that they weigh."""
        self._most = most
        self._weight = 0
        self._young: dict[_Key, tuple[_Value, int]] = {}
        self._old: dict[_Key, tuple[_Value, int]] = {}

    def get(self, key: _Key) -> _Value | None:
        """Return what is remembered under the key, or None."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
            self.put(key, *found)
        return found[0]

    def put(self, key: _Key, value: _Value, weight: int = 1) -> None:
        """Remember a value."""
        if self._weight + weight > self._most:
            self._old, self._young, self._weight = self._young, {}, 0
        self._young[key] = value, weight
        self._weight += weight

    def forget(self, key: _Key) -> None:
        """Forget what is remembered under the key."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._old, self._young, self._weight = {}, {}, 0
