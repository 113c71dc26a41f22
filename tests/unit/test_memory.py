"""What the kernel tells of memory that ran out, from files as both versions of cgroups have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracer import memory


@pytest.mark.parametrize(
    ("own", "file", "text", "count"),
    [
        ("0::/user/app", "user/app/memory.events", "low 0\noom 3\noom_kill 2\n", 2),
        ("0::/", "memory.events", "oom_kill 5\n", 5),
        ("4:memory:/app\n0::/", "memory/app/memory.oom_control", "under_oom 0\noom_kill 1\n", 1),
        ("4:cpu,memory:/elsewhere", "memory/memory.oom_control", "oom_kill 7\n", 7),
        ("0::/app", "app/memory.events", "low 0\n", None),
        ("0::/app", "app/memory.events", "oom_kill many\n", None),
        ("nonsense", "memory.events", "oom_kill 1\n", None),
        ("", "memory.events", "oom_kill 1\n", None),
    ],
)
def test_the_count_is_that_of_the_own_group(
    tmp_path: Path, own: str, file: str, text: str, count: object
) -> None:
    """The group that the process is in, or the root of what is mounted in a container."""
    (tmp_path / "cgroup").write_text(own)
    path = tmp_path / "mount" / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert memory.oom_kills(tmp_path / "cgroup", tmp_path / "mount") == count


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        ("0::/user/app", {"user/app/memory.max": "200\n", "user/memory.max": "300\n"}, 200),
        ("0::/user/app", {"user/app/memory.max": "max\n", "user/memory.max": "300\n"}, 300),
        ("0::/elsewhere", {"memory.max": "100\n"}, 100),
        ("4:memory:/app", {"memory/app/memory.limit_in_bytes": "200\n"}, 200),
        ("4:memory:/app", {"memory/app/memory.limit_in_bytes": f"{(1 << 63) - 4096}\n"}, None),
        ("4:cpu:/app", {"memory/app/memory.limit_in_bytes": "200\n"}, None),
        ("0::/app", {"app/memory.max": "many\n"}, None),
    ],
)
def test_the_limit_is_the_least_of_those_around(
    tmp_path: Path, own: str, files: dict[str, str], limit: int | None
) -> None:
    """Of the own group and of those that it is in; "max" and what is next to all there can be are none."""
    (tmp_path / "cgroup").write_text(own)
    for name, text in files.items():
        path = tmp_path / "mount" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert memory.limit(tmp_path / "cgroup", tmp_path / "mount") == limit


def test_absent_files_say_nothing(tmp_path: Path) -> None:
    """No /proc, no mount."""
    assert memory.oom_kills(tmp_path / "none", tmp_path) is None
    assert memory.limit(tmp_path / "none", tmp_path) is None
