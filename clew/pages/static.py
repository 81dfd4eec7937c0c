"""Style, scripts and pictures of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.responses import Response

KEPT = "public, max-age=31536000, immutable"


class Static(StaticFiles):
    """Static files; one whose address names its content may be kept for ever."""

    def file_response(self, full_path: Any, stat_result: Any, scope: Any, status_code: int = 200) -> Response:
        """Answer with a file."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = KEPT if scope["query_string"].startswith(b"v=") else "no-cache"
        return answer
