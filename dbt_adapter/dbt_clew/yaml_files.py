"""dbt's YAML files: `dbt_project.yml`, `vars.yml` and `profiles.yml`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from clew.errors import BadArtifact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ENV_VAR = re.compile(
    r"\{\{-?\s*env_var\(\s*(?P<q>['\"])(?P<name>[^'\"]+)(?P=q)\s*(?:,\s*(?P<p>['\"])(?P<default>[^'\"]*)(?P=p)\s*)?\)\s*(?:\|\s*\w+\s*)*-?\}\}"
)
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


@lru_cache(maxsize=64)  # past runs of a project have the same profile, project and packages
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader


def rendered(value: Any, place: str, file: Path, environ: Mapping[str, str]) -> str:
    """Return a value with its `{{ env_var('NAME') }}` rendered, with a default and simple filters: the one Jinja that Clew reads.

    Raises:
        BadArtifact: a variable is not set, or there is other Jinja; the message names the place.
    """

    def of_environ(match: re.Match[str]) -> str:
        found = environ.get(match["name"], match["default"])
        if found is None:
            raise BadArtifact(f"{place}: the environment variable {match['name']} is not set ({file})")
        return found

    text = _ENV_VAR.sub(of_environ, str(value))
    if "{{" in text or "{%" in text:
        raise BadArtifact(f"{place}: Clew renders env_var alone, and this is {value!r} ({file})")
    return text
