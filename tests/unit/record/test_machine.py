"""What is read of the machine as a whole, and whether everyone on it may be followed."""

from __future__ import annotations

import os

import pytest

from tracer.record import kernel, machine


def test_this_process_is_among_the_programs() -> None:
    """By the name that the kernel has for it."""
    with open("/proc/self/comm") as file:
        assert machine.programs()[os.getpid()] == file.read().rstrip("\n")


def test_a_machine_is_calm_that_switches_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the limit in a second; one that does not tell is not."""
    counts = iter(
        [(2_000_000_000, 1000 + machine.MOST_SWITCHES), (2_000_000_000, 1001 + machine.MOST_SWITCHES)]
    )
    monkeypatch.setattr(machine, "switches_so_far", lambda: next(counts))
    assert machine.is_calm_since((1_000_000_000, 1000))
    assert not machine.is_calm_since((1_000_000_000, 1000))
    monkeypatch.setattr(machine, "switches_so_far", lambda: (2_000_000_000, 0))
    assert not machine.is_calm_since((1_000_000_000, 0))


def test_in_a_container_nobody_else_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """There every other program has the PID of an idle core."""
    monkeypatch.setattr(machine, "_FIRST_PID_NAMESPACE", 1)
    assert not machine.knows_every_pid()
    assert not kernel.sees_everyone()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (b"processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD  EPYC 7763\nflags\t: fpu\n", "AMD EPYC 7763"),
        (b"processor\t: 0\nBogoMIPS\t: 50.00\n", ""),
    ],
)
def test_a_core_has_a_model(monkeypatch: pytest.MonkeyPatch, told: bytes, name: str) -> None:
    """Where the kernel tells it: `meta.json` says which machine a run was on."""
    monkeypatch.setattr(machine, "read", lambda path, length: told)
    assert machine.cpu_model() == name
