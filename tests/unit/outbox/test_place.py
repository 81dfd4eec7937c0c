from __future__ import annotations

import stat
from pathlib import Path

import pytest

from clew.errors import OutboxUnwritable
from clew.outbox import place

MOUNTS = [
    "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
    "30 22 0:45 / /mnt/share rw,relatime shared:1 - nfs4 server:/export rw",
    "31 22 0:46 / /mnt/share/local rw,relatime - xfs /dev/vdb rw",
    "32 22 0:47 / /mnt/with\\040space rw,relatime - fuse.sshfs host: rw",
    "33 22 0:48 / /mnt/Aufträge rw,relatime - cifs //server/share rw",
    "a line that says nothing",
]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ann/clew", "ext4"),
        ("/mnt/share/clew", "nfs4"),
        ("/mnt/share/local/clew", "xfs"),
        ("/mnt/shared", "ext4"),
        ("/mnt/share", "nfs4"),
        ("/mnt/with space/clew", "fuse.sshfs"),
        ("/mnt/Aufträge/clew", "cifs"),
    ],
)
def test_a_folder_is_on_the_file_system_that_is_mounted_nearest_above_it(folder: str, kind: str) -> None:
    assert place.file_system(Path(folder), MOUNTS) == kind


def test_where_nothing_is_known_of_mounts_nothing_is_said() -> None:
    assert place.file_system(Path("/home"), []) is None


def test_a_home_on_a_network_file_system_is_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_mounts", lambda: [f"30 22 0:45 / {tmp_path} rw - nfs4 server:/export rw"])
    with pytest.raises(OutboxUnwritable, match=r"network file system \(nfs4\).*CLEW_HOME"):
        place.prepare(tmp_path / "clew")


def test_a_home_that_is_made_is_private(tmp_path: Path) -> None:
    place.prepare(tmp_path / "a" / "clew")
    assert stat.S_IMODE((tmp_path / "a" / "clew").stat().st_mode) == 0o700


def test_a_home_that_cannot_be_made_names_the_place_and_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutboxUnwritable, match=r"file/clew.*CLEW_HOME"):
        place.prepare(tmp_path / "file" / "clew")
