"""What an `openlineage.yml` says of the backend, for people who have one already.

Source: OpenLineage's Python client looks at `OPENLINEAGE_CONFIG`, then `openlineage.yml` in the working directory, then
`~/.openlineage/openlineage.yml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Mapping


def settings(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return `url` and `api_key` of a plain HTTP transport, each with the place where it stands and as text; or nothing.

    Raises:
        BadSetting: the file is no YAML.
    """
    file = find(environ)
    found = {} if file is None else transport(file)
    if found.get("type") != "http" or not found.get("url"):
        return {}
    told = {"url": str(found["url"]), "api_key": api_key(found.get("auth"))}
    return {key: (f"{key} of the transport in {file}", text) for key, text in told.items() if text}


def transport(file: Path) -> dict[str, Any]:
    """Return the transport that a file configures, of whatever type; empty where it has none.

    Raises:
        BadSetting: the file is no YAML.
    """
    found = _read(file).get("transport")
    return found if isinstance(found, dict) else {}


def find(environ: Mapping[str, str]) -> Path | None:
    """Return the file that OpenLineage's client would read, or None."""
    candidates = [Path("openlineage.yml")]
    if environ.get("OPENLINEAGE_CONFIG"):
        candidates.insert(0, Path(environ["OPENLINEAGE_CONFIG"]))
    if environ.get("HOME"):
        candidates.append(Path(environ["HOME"]) / ".openlineage" / "openlineage.yml")
    return next((c for c in candidates if c.is_file()), None)


def _read(file: Path) -> dict[str, Any]:
    import yaml  # every process of Airflow asks whether there is a file; few have one

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSetting(f"{file}: {error}. Mend the file, or set CLEW_URL.") from None
    return content if isinstance(content, dict) else {}


def api_key(auth: Any) -> str | None:
    """Return the key of an `auth` of type `api_key`, or None."""
    if not isinstance(auth, dict) or auth.get("type") != "api_key":
        return None
    key = auth.get("apiKey") or auth.get("api_key")
    return str(key) if key else None
