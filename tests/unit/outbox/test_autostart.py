from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from clew.errors import OutboxFull
from clew.outbox import Outbox, autostart, emit, lock, start_relay
from clew.outbox.lock import Holder
from clew.settings import Settings, load
from tests.events import event


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The homes for which a relay was started; none really is."""
    homes: list[Path] = []
    monkeypatch.setattr(autostart, "_spawn", lambda _, home, __: homes.append(home))
    return homes


def written(home: Path, holder: Holder) -> None:
    held = lock.acquire(home)
    assert held is not None
    held.write(holder)
    held.release()


def settings(home: Path, **more: object) -> Settings:
    return Settings(home=home, url="http://127.0.0.1:1", **more)


def test_what_is_appended_gets_a_relay(tmp_path: Path, started: list[Path]) -> None:
    emit(settings(tmp_path), [event()])
    assert started == [tmp_path]


@pytest.mark.parametrize("how", [{"relay": False}, {"url": None}, {"enabled": False}])
def test_without_a_destination_or_where_it_is_turned_off_no_relay_is_started(tmp_path: Path, started: list[Path], how: dict) -> None:
    emit(Settings(**{"home": tmp_path, "url": "http://127.0.0.1:1", **how}), [event()])
    assert started == []


def test_where_clew_is_turned_off_nothing_is_kept(tmp_path: Path, started: list[Path]) -> None:
    emit(settings(tmp_path, enabled=False), [event()])
    assert list(tmp_path.iterdir()) == []


def test_a_full_outbox_gets_a_relay_as_well(tmp_path: Path, started: list[Path]) -> None:
    with pytest.raises(OutboxFull):
        emit(settings(tmp_path, outbox_limit=1), [event()])
    assert started == [tmp_path]


def test_where_a_relay_runs_no_other_is_started(tmp_path: Path, started: list[Path]) -> None:
    held = lock.acquire(tmp_path)
    assert held is not None
    emit(settings(tmp_path), [event()])
    assert started == []
    held.release()


def test_after_a_relay_that_ended_by_itself_the_next_is_started_at_once(tmp_path: Path, started: list[Path]) -> None:
    written(tmp_path, Holder(since=time.time(), ended="idle"))
    emit(settings(tmp_path), [event()])
    assert started == [tmp_path]


def test_a_relay_that_dies_young_does_not_cost_every_append_a_process(tmp_path: Path, started: list[Path]) -> None:
    written(tmp_path, Holder(pid=1, since=time.time()))
    emit(settings(tmp_path), [event()])
    assert started == []
    written(tmp_path, Holder(pid=1, since=time.time() - autostart.CRASHED - 1))
    emit(settings(tmp_path), [event()])
    assert started == [tmp_path]


def test_a_relay_that_found_no_backend_is_followed_by_one_that_is_asked_for(tmp_path: Path, started: list[Path]) -> None:
    written(tmp_path, Holder(since=time.time(), ended="unreachable"))
    emit(settings(tmp_path), [event()])
    assert started == []
    assert start_relay(settings(tmp_path))
    assert started == [tmp_path]


def test_where_relays_may_not_start_by_themselves_none_is_started(tmp_path: Path, started: list[Path]) -> None:
    """Neither by an event nor by `clew up`, which asks for one as soon as it listens."""
    alone = replace(settings(tmp_path), relay=False)
    emit(alone, [event()])
    assert not start_relay(alone)
    assert started == []


def test_where_nothing_waits_no_relay_is_started(tmp_path: Path, started: list[Path]) -> None:
    assert not start_relay(settings(tmp_path))
    assert started == []


def test_a_relay_that_cannot_be_started_leaves_the_lock_free_and_the_event_in_the_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(autostart, "SHELL", "/no/such/shell")
    emit(settings(tmp_path), [event()])
    assert "could not start a relay" in caplog.text
    assert "`clew relay` delivers them" in caplog.text
    assert lock.current(tmp_path) is None
    assert not Outbox(tmp_path).is_empty()


def test_the_child_works_with_the_settings_in_force_of_its_parent(tmp_path: Path) -> None:
    mine = Settings(
        home=Path("/elsewhere"),
        url="http://u:p@h:1",
        api_key="k",
        outbox_limit=5,
        facet_limit=6,
        relay_threads=7,
        timeout=8.5,
        namespace="n",
    )
    theirs = load(autostart.environment(mine, tmp_path))
    assert theirs == Settings(
        home=tmp_path, url="http://u:p@h:1", api_key="k", outbox_limit=5, facet_limit=6, relay_threads=7, timeout=8.5, namespace="n"
    )


@pytest.mark.parametrize("rules", [(), ("vars.secret_*", "sql-literals")])
def test_a_setting_of_several_words_reaches_the_child(tmp_path: Path, rules: tuple[str, ...]) -> None:
    assert load(autostart.environment(Settings(dbt_redact=rules), tmp_path)).dbt_redact == rules


def test_the_log_of_relays_is_private_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    (tmp_path / autostart.LOG).write_bytes(b"x" * (autostart.LOG_BYTES + 1))
    with autostart._log_file(tmp_path) as log:
        log.write(b"new")
    assert (tmp_path / autostart.LOG).read_bytes() == b"new"
    assert (tmp_path / autostart.LOG).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / f"{autostart.LOG}.1").stat().st_size > autostart.LOG_BYTES
