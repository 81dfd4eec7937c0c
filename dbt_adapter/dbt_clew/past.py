"""Runs of dbt that are over, wherever their artifacts lie: a folder, a folder of such folders, a zip, an object store."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from clew.errors import BadArtifact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_RUN_RESULTS = re.compile(r"(?P<before>.*)run_results(?P<after>.*\.json(?:\?.*)?)")
"""Also `run_results.json?step=3` and `1234-run_results.json`, as downloads from dbt Cloud's API are named."""
_OTHERS = ("manifest", "catalog", "sources")
_GENERATED = re.compile(rb'"generated_at"\s*:\s*"([^"]*)"')
_HEAD = 4096


class Store(Protocol):
    """A place with files."""

    shown: str
    """What it is called in messages; without credentials."""

    def files(self) -> Iterable[str]:
        """Return the paths of all files within, with slashes."""

    def head(self, path: str) -> bytes:
        """Return the first bytes of a file."""

    def fetch(self, path: str, to: Path) -> None:
        """Copy a file."""

    def folder(self, path: str) -> Path | None:
        """Return a folder of the store as one of this machine, None where it is none."""


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """The artifacts of one invocation."""

    store: Store
    files: Mapping[str, str]
    """Paths in the store by what dbt calls the file."""

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        inner = self._results()
        folder, name = os.path.split(inner)
        within = folder if name == "run_results.json" else inner
        return f"{self.store.shown.rstrip('/')}/{within}" if within else self.store.shown

    def _results(self) -> str:
        return self.files.get("run_results.json") or self.files["sources.json"]

    def generated_at(self) -> str:
        """Return when dbt wrote its results, as it wrote it; empty where that cannot be read, which sending it will say."""
        found = _GENERATED.search(self.store.head(self._results()))
        return found[1].decode("utf-8", "replace") if found else ""

    @contextmanager
    def target(self) -> Iterator[Path]:
        """Give a target directory with the artifacts.

        Raises:
            BadArtifact: a file cannot be fetched; or, from what is done with the directory, with the run's own place in the message.
        """
        folder = self.store.folder(os.path.dirname(self._results()))  # noqa: PTH120  a path within the store
        if folder is not None and all(name == PurePosixPath(path).name and (folder / name).is_file() for name, path in self.files.items()):
            yield folder
            return
        with tempfile.TemporaryDirectory(prefix="clew-") as made:
            for name, path in self.files.items():
                self.store.fetch(path, Path(made) / name)
            try:
                yield Path(made)
            except BadArtifact as error:
                raise BadArtifact(str(error).replace(made, self.place)) from None


def find(source: str) -> list[PastRun]:
    """Return the runs that lie at a place.

    Args:
        source: a folder, `run_results.json` itself, a zip, or a URL that fsspec understands.

    Raises:
        BadArtifact: there is no run, or the place cannot be read; the message says what to do.
    """
    store = _store(source)
    runs = list(_runs(store))
    if not runs:
        raise BadArtifact(
            f"{store.shown}: no run of dbt: neither it nor a folder in it has a run_results.json. Give dbt's target directory."
        )
    return runs


def age(run: PastRun) -> tuple[str, str]:
    """Return what to sort runs by to have the oldest first."""
    return run.generated_at(), run.place


def _store(source: str) -> Store:
    if "://" in source:
        return _Remote(source)
    path = Path(source)
    if path.is_file() and path.suffix == ".zip":
        return _Zip(path)
    if path.is_file() and not (path.name == "sources.json" or _RUN_RESULTS.fullmatch(path.name)):
        raise BadArtifact(f"{source}: neither a run_results.json nor a zip. Give dbt's target directory.")
    if path.is_file():
        return _Local(path.parent, only=path.name)
    if path.is_dir():
        return _Local(path)
    raise BadArtifact(f"{source}: no such directory. Give dbt's target directory, the one with run_results.json.")


def _runs(store: Store) -> Iterator[PastRun]:
    """Give the run of each run_results.json, except in folders of a target directory."""
    by_folder: dict[str, set[str]] = {}
    for path in store.files():
        folder, name = os.path.split(path)
        by_folder.setdefault(folder, set()).add(name)
    targets = {folder for folder, names in by_folder.items() if "run_results.json" in names}
    for folder, names in by_folder.items():
        if any(above in targets for above in _above(folder)):
            continue
        for name in sorted(names):
            match = _RUN_RESULTS.fullmatch(name)
            if match:
                yield PastRun(store=store, files=_together(folder, name, match, by_folder))
        if _has_checks_alone(store, folder, names):
            yield PastRun(store=store, files=_checks(folder, by_folder))


def _has_checks_alone(store: Store, folder: str, names: set[str]) -> bool:
    """Tell whether a folder has a sources.json of dbt, a name that others use as well, and no run results."""
    if "sources.json" not in names or any(_RUN_RESULTS.fullmatch(name) for name in names):
        return False
    return b"/dbt/sources/" in store.head(os.path.join(folder, "sources.json"))  # noqa: PTH118  a path within the store


def _checks(folder: str, by_folder: Mapping[str, set[str]]) -> dict[str, str]:
    """Return the files of freshness checks that stand alone, as `dbt source freshness` leaves them."""
    match = _RUN_RESULTS.fullmatch("run_results.json")
    assert match is not None  # noqa: S101  it is what the pattern is made for
    found = _together(folder, "run_results.json", match, by_folder)
    del found["run_results.json"]
    return found


def _together(folder: str, name: str, match: re.Match[str], by_folder: Mapping[str, set[str]]) -> dict[str, str]:
    """Return the files of a run: those named alike, else those without more to their name; a manifest may be shared, further up."""
    found = {"run_results.json": os.path.join(folder, name)}  # noqa: PTH118  a path within the store
    for other in _OTHERS:
        wanted = (f"{match['before']}{other}{match['after']}", f"{other}.json")
        places = [folder, *_above(folder)] if other == "manifest" else [folder]
        here = next((os.path.join(f, w) for f in places for w in wanted if w in by_folder.get(f, ())), None)  # noqa: PTH118
        if here is not None:
            found[f"{other}.json"] = here
    return found


def _above(folder: str) -> list[str]:
    """Return the folders that a folder is in, the nearest first."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:length]) for length in range(len(parts) - 1, -1, -1)]


# --- Stores -----------------------------------------------------------------------------------------------------------------------


class _Local:
    """A folder of this machine."""

    def __init__(self, root: Path, only: str | None = None) -> None:
        self._root = root
        self._only = only
        self.shown = str(root)

    def files(self) -> Iterable[str]:
        if self._only is not None:
            names = {self._only, *(n for n in os.listdir(self._root) if not _RUN_RESULTS.fullmatch(n))}  # noqa: PTH208
            return sorted(names)
        return sorted(self._walk())

    def _walk(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._root):
            is_target = "run_results.json" in names
            folders[:] = [] if is_target else [f for f in folders if not f.startswith(".")]
            inner = Path(folder).relative_to(self._root).as_posix()
            yield from (name if inner == "." else f"{inner}/{name}" for name in names)

    def head(self, path: str) -> bytes:
        try:
            with (self._root / path).open("rb") as file:
                return file.read(_HEAD)
        except OSError:
            return b""

    def fetch(self, path: str, to: Path) -> None:
        try:
            shutil.copyfile(self._root / path, to)
        except OSError as error:
            raise BadArtifact(f"{self._root / path}: {error.strerror}. Make it readable.") from None

    def folder(self, path: str) -> Path | None:
        return self._root / path


class _Zip:
    """A zip, as artifacts of CI jobs are downloaded."""

    def __init__(self, file: Path) -> None:
        self.shown = str(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (OSError, zipfile.BadZipFile) as error:
            raise BadArtifact(f"{file}: {error}. Download it again.") from None

    def files(self) -> Iterable[str]:
        return [info.filename for info in self._zip.infolist() if not info.is_dir()]

    def head(self, path: str) -> bytes:
        with self._zip.open(path) as file:
            return file.read(_HEAD)

    def fetch(self, path: str, to: Path) -> None:
        try:
            with self._zip.open(path) as file, to.open("wb") as copy:
                shutil.copyfileobj(file, copy)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:  # encrypted, or packed in an unknown way
            raise BadArtifact(f"{self.shown}/{path}: {error}") from None

    def folder(self, path: str) -> Path | None:  # noqa: ARG002
        return None


class _Remote:
    """An object store, or whatever else fsspec reads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.shown = _without_credentials(url)
        try:
            import fsspec
        except ImportError:
            raise BadArtifact(
                f"{self.shown}: reading from there needs fsspec. Install it, with the store's own package: s3fs, gcsfs, adlfs."
            ) from None
        with self._named():
            self._fs, self._root = fsspec.core.url_to_fs(url)

    def files(self) -> Iterable[str]:
        with self._named():
            if _RUN_RESULTS.fullmatch(self._root.rpartition("/")[2]):
                return self._beside(self._root)
            found = sorted(str(path) for path in self._fs.find(self._root))
            root = self._root.rstrip("/")
        if not found:
            raise BadArtifact(f"{self.shown}: nothing is there. Check the address, and that it may be read.")
        self._root = root
        return [path[len(root) :].lstrip("/") for path in found if path.startswith(root)]

    def _beside(self, file: str) -> list[str]:
        """Return a run results' file and what has its name in the folder that it is in, which need not be listed."""
        self._root, _, name = file.rpartition("/")
        match = _RUN_RESULTS.fullmatch(name)
        alike = [f"{match['before']}{other}{match['after']}" for other in _OTHERS] if match else []
        return [name, *(other for other in alike if self._fs.exists(f"{self._root}/{other}"))]

    def head(self, path: str) -> bytes:
        with self._named():
            with self._fs.open(self._path(path), "rb") as file:
                content: bytes = file.read(_HEAD)
            return content

    def fetch(self, path: str, to: Path) -> None:
        with self._named(path):
            self._fs.get_file(self._path(path), str(to))

    def folder(self, path: str) -> Path | None:  # noqa: ARG002
        return None

    def _path(self, path: str) -> str:
        return f"{self._root}/{path}" if self._root else path

    @contextmanager
    def _named(self, path: str = "") -> Iterator[None]:
        """Turn what a store raises, which is of any type, into our error with the place."""
        try:
            yield
        except BadArtifact:
            raise
        except Exception as error:  # noqa: BLE001  every store has its own
            place = f"{self.shown.rstrip('/')}/{path}" if path else self.shown
            said = str(error).replace(self._url, self.shown) or type(error).__name__
            raise BadArtifact(f"{place}: {said}") from None


def _without_credentials(url: str) -> str:
    return re.sub(r"//[^/@\s]*@", "//", url).partition("?")[0]
