"""dbt's YAML files: `dbt_project.yml` and `profiles.yml`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from clew.errors import BadArtifact

if TYPE_CHECKING:
    from pathlib import Path

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: the one in Python takes as long as a hundred models."""


def read(file: Path) -> Any:
    """Return what a YAML file says; not to be changed, since whoever asks next gets the same.

    Raises:
        BadArtifact: it cannot be read, or is no YAML.
    """
    try:
        return _parsed(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadArtifact(f"{file}: {error}") from None


@lru_cache(maxsize=4)  # a profile is asked for its target, its connection and its default
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader
