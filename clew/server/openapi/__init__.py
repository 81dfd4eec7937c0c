"""The API's description of itself."""

from clew.server.openapi.document import document

__all__ = ["document"]
