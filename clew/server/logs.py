"""What the server logs: lines for people, or one JSON object a line for what collects logs."""

from __future__ import annotations

import logging
import sys
from datetime import datetime, timezone

import msgspec

REQUESTS = logging.getLogger("clew.server.requests")

_FIELDS = ("method", "path", "status", "seconds", "client")


class Lines(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")


class Objects(logging.Formatter):
    """A JSON object: time (UTC), level, logger, message, and of a request its method, path, status, seconds and client."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as one line."""
        told = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: getattr(record, name) for name in _FIELDS if hasattr(record, name)},
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(told).decode()


def configure(form: str, *, requests: bool) -> None:
    """Log to stderr, as `text` or `json`: warnings and errors, and each request where that is asked for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Objects() if form == "json" else Lines())
    for name in ("clew", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.WARNING)
    REQUESTS.setLevel(logging.INFO if requests else logging.WARNING)


def request(method: str, path: str, status: int, seconds: float, client: str) -> None:
    """Log a request that was answered."""
    if REQUESTS.isEnabledFor(logging.INFO):
        told = {"method": method, "path": path, "status": status, "seconds": round(seconds, 6), "client": client}
        REQUESTS.info("%s %s %d %.1f ms", method, _printable(path), status, seconds * 1000, extra=told)


def _printable(path: str) -> str:
    """Return a path in which nothing can pretend to be a line of its own, or a command of the terminal."""
    return path.encode("unicode_escape").decode()
