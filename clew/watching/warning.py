"""Warns of what went wrong in watching: once, since a loop may run into it a million times."""

from __future__ import annotations

import logging

log = logging.getLogger("clew")
_said: set[str] = set()


def say_once(what: str, error: Exception) -> None:
    """Warn of a thing that went wrong, once in this process."""
    if what not in _said:
        _said.add(what)
        log.warning("%s: %s: %s", what, type(error).__name__, error)


def cannot_see(look: object, error: Exception) -> None:
    """Warn that a function of ours could not look at what a call did: the call was the user's, and it went well."""
    say_once(f"clew could not see what {getattr(look, '__module__', look)} looks at", error)
