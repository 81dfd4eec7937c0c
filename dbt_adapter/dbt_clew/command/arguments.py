"""What we need to know of a dbt command line: the command, and a few options. dbt gets it as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NO_COLUMN_LINEAGE = "--no-column-lineage"
REDACT = "--redact"
"""Options of our own, which dbt does not see."""

_COMMANDS = (
    "build", "clean", "clone", "compile", "debug", "deps", "docs", "init", "list", "ls", "parse", "retry", "run", "run-operation",
    "seed", "show", "snapshot", "source", "test",
)  # fmt: skip
_OPTIONS = {
    "--project-dir": "project_dir",
    "--profiles-dir": "profiles_dir",
    "--profile": "profile",
    "--target": "target",
    "-t": "target",
    "--target-path": "target_path",
    "--log-path": "log_path",
    "--otel-file-name": "otel_file_name",
}
_VARIABLES = {
    "project_dir": "DBT_PROJECT_DIR",
    "profile": "DBT_PROFILE",
    "target": "DBT_TARGET",
    "log_path": "DBT_LOG_PATH",
    "otel_file_name": "DBT_OTEL_FILE_NAME",
}


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What was asked of dbt."""

    command: str | None = None
    """dbt's own name of it (`flags.WHICH`), None where there is none."""
    project_dir: str | None = None
    profiles_dir: str | None = None
    profile: str | None = None
    target: str | None = None
    target_path: str | None = None
    log_path: str | None = None
    otel_file_name: str | None = None
    """File that Fusion writes its telemetry to, below its log path."""
    quiet: bool = False


def take(option: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Take an option out of a command line, wherever it stands; return its values, empty where one lacks, and what is left."""
    values: list[str] = []
    left: list[str] = []
    following = iter(words)
    for word in following:
        name, equals, value = word.partition("=")
        if name == option:
            values.append(value if equals else next(following, ""))
        else:
            left.append(word)
            if word == "--":
                left.extend(following)
    return values, left


def read(words: Sequence[str], environ: Mapping[str, str]) -> Arguments:
    """Read a command line, and the variables of the environment that dbt reads where an option is absent."""
    options: dict[str, str] = {}
    command: str | None = None
    following = iter(words)
    for word in following:
        name, equals, value = word.partition("=")
        if name in _OPTIONS:
            options[_OPTIONS[name]] = value if equals else next(following, "")
        elif command is None and word in _COMMANDS:
            command = word
        elif command in {"source", "docs"} and not word.startswith("-"):
            command = word  # dbt's own names: `source freshness` is `freshness`, `docs generate` is `generate`
    for key, variable in _VARIABLES.items():
        if not options.get(key) and environ.get(variable):
            options[key] = environ[variable]
    quiet = bool({"-q", "--quiet"} & set(words)) or environ.get("DBT_QUIET", "").lower() in {"1", "true"}
    return Arguments(command=command, quiet=quiet, **{k: v for k, v in options.items() if v})
