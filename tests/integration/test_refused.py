"""A kernel that refuses switch events, as a container's seccomp profile makes it: sampled, and said so."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_slices import needs_kernel
from tests.support import contract
from tests.support.programs import LIMIT_S, PROGRAMS, command, place
from tests.support.refused import SKIPPED, refusing
from tracer import run_folder
from tracer.cli.commands import doctor
from tracer.record import kernel, kernel_refusal, sampling


def run_refused(words: list[str], folder: Path, code: int) -> subprocess.CompletedProcess[str]:
    """Run a command whose processes get `code`; skip the test where seccomp itself is not to be had."""
    with place(folder) as here:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=folder,
            env=here.environment(),
            check=False,
            preexec_fn=refusing(code),
        )
        here.assert_nothing_left()
    if done.returncode == SKIPPED:
        pytest.skip("a seccomp filter cannot be set here")
    return done


@needs_kernel
def test_a_run_in_a_container_is_sampled_and_says_why(tmp_path: Path, method: str) -> None:
    """The trace keeps the contract; its source is "sampled", with the kernel's refusal as the reason."""
    words = command(tmp_path / "out", [str(PROGRAMS / "cores.py"), method, "50"])
    done = run_refused(words, tmp_path, errno.EPERM)
    assert (done.returncode, done.stderr) == (0, "")
    trace = run_folder.load(tmp_path / "out")
    assert trace.meta["core_source"] == "sampled"
    assert "perf_event_open is forbidden here" in trace.meta["core_source_why"]
    assert trace.meta["losses"] == {}
    run_folder.save_trace(trace, tmp_path / "out")
    assert contract.breaches(tmp_path / "out" / "trace") == []
    workers = trace.processes["process"][trace.processes["role"] == "worker"]
    assert set(workers) <= set(trace.slices["process"])


@needs_kernel
@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOSYS])
def test_the_doctor_says_what_is_refused_and_what_would_allow_it(tmp_path: Path, code: int) -> None:
    """In a container the level of paranoia is not the reason, and not the remedy."""
    done = run_refused([sys.executable, "-m", "tracer", "doctor"], tmp_path, code)
    assert done.returncode == 0
    told = dict(zip(("core data", "to allow more"), done.stdout.splitlines()[2:4], strict=True))
    assert told["core data"].startswith("core data         sampled, every 10 ms; the kernel's switches: ")
    assert told["to allow more"].startswith("to allow more     in a container, `--cap-add PERFMON`")


def test_the_doctor_names_the_kernel_s_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only that stands in the way; and where samples are not to be had either."""

    def refuse(*_: object) -> int:
        raise kernel_refusal.refusal(errno.EACCES)

    monkeypatch.setattr(kernel_refusal, "paranoid", lambda: 3)
    monkeypatch.setattr(kernel, "open_event", refuse)
    found = dict(doctor.findings())
    assert found["core data"].endswith(
        "kernel.perf_event_paranoid is 3, `sysctl kernel.perf_event_paranoid=2` allows it"
    )
    assert found["to allow more"].startswith("as root, `sysctl kernel.perf_event_paranoid=2`")

    def none(*_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "no /proc")

    monkeypatch.setattr(sampling, "Sampler", none)
    assert dict(doctor.findings())["core data"].startswith("stamps alone; ")


@needs_kernel
def test_the_doctor_says_how_to_get_larger_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel lets a user lock less memory than a busy program's switches need."""
    monkeypatch.setattr(kernel, "ring_bytes", lambda cpus: 1 << 16)
    monkeypatch.setattr(kernel, "sees_everyone", lambda: False)
    found = dict(doctor.findings())
    assert found["core data"] == "kernel: exact switches of the traced program, rings of 64 KB a core"
    assert found["to allow more"].startswith("as root, `sysctl kernel.perf_event_mlock_kb=5")
