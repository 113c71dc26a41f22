"""How often the kernel has killed for want of memory, from files as both versions of cgroups have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracer.memory import oom_kills


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
    assert oom_kills(tmp_path / "cgroup", tmp_path / "mount") == count


def test_absent_files_say_nothing(tmp_path: Path) -> None:
    """No /proc, no mount."""
    assert oom_kills(tmp_path / "none", tmp_path) is None
