"""What waking a reader costs is measured once, kept, and whatever the cache holds is no error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracer.cli import wakeups

NUMBERS = {"write_ns": 10.0, "latency_ns": 50.0, "busy_latency_ns": 90.0}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tracer" / "wakeups.json"


def test_it_is_measured_and_kept(cache: Path) -> None:
    """A real measurement gives three numbers, at least 0, which are in the file afterwards."""
    found = wakeups.wakeups()
    assert found is not None
    assert min(found.write_ns, found.latency_ns, found.busy_latency_ns) >= 0
    assert list(json.loads(cache.read_text()).values()) == [vars(found)]


def test_it_is_measured_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is taken; `renew` measures again, and other machines' numbers stay."""
    measured = [dict(NUMBERS), NUMBERS | {"write_ns": 20.0}]
    monkeypatch.setattr(wakeups, "_measure", lambda: measured.pop(0))
    cache.parent.mkdir()
    cache.write_text(json.dumps({"another": NUMBERS}))
    first, again, renewed = wakeups.wakeups(), wakeups.wakeups(), wakeups.wakeups(renew=True)
    assert first is not None
    assert renewed is not None
    assert (first, renewed.write_ns) == (again, 20.0)
    assert "another" in json.loads(cache.read_text())


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 1}', "\x00", '{"KEY": {"write_ns": NaN}}'])
def test_a_broken_cache_is_written_anew(cache: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Whatever is in the file."""
    monkeypatch.setattr(wakeups, "_measure", lambda: dict(NUMBERS))
    cache.parent.mkdir()
    cache.write_text(text.replace("KEY", wakeups._key()))
    found = wakeups.wakeups()
    assert found is not None
    assert vars(found) == NUMBERS


def test_a_run_has_what_is_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is measured for it, and nothing said where nothing is known."""
    monkeypatch.setattr(wakeups, "_measure", lambda: pytest.fail("measured"))
    nothing: dict[str, object] = {}
    wakeups.note(nothing)
    cache.parent.mkdir()
    cache.write_text(json.dumps({wakeups._key(): NUMBERS}))
    meta: dict[str, object] = {}
    wakeups.note(meta)
    assert (nothing, meta) == ({}, {"wakeups": NUMBERS})


def test_where_nothing_can_be_kept_it_is_measured_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder that is a file."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(wakeups, "_measure", lambda: dict(NUMBERS))
    assert wakeups.wakeups() is not None


def test_where_it_cannot_be_measured_there_is_none(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept then."""
    monkeypatch.setattr(wakeups, "_measure", lambda: None)
    assert wakeups.wakeups() is None
    assert not cache.exists()
