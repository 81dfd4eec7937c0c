"""How large an event and its parts may be."""

FACET_LIMIT = 512 * 1024
"""Bytes of a facet that is sent whole, unless the settings say otherwise."""
