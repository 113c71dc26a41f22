"""What it costs on this machine to wake a reader of a pipe: measured once, kept, and renewed by `doctor`.

    cache folder/tracer/wakeups.json     {key: {"write_ns": …, "latency_ns": …, "busy_latency_ns": …}}

The measurement is a program of its own, of a quarter of a second: two processes with a pipe between them,
then the same beside a busy loop for each core. It is made by `whatif`, `sweep` and `doctor`, never beside a
traced program; what is known of a machine goes into the `meta.json` of the runs on it, for all predictions.
Where the folder cannot be written it is made again next time.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.record import temporary_folders

if TYPE_CHECKING:
    from tracer.analysis.model.waking import Waking

_SECONDS = 20.0
_FIELDS = ("write_ns", "latency_ns", "busy_latency_ns")
_PROBE = """
import json, os, signal, statistics, struct, time
clock, cores = time.monotonic_ns, len(os.sched_getaffinity(0))
def lower(values):  # other programs only make it longer: the quicker ones are this machine's own
    return statistics.quantiles(values, n=4)[0]
def awake(count):
    writes, reads, (ask, asks) = [], [], os.pipe()
    for _ in range(count):
        begun = clock()
        os.write(asks, b".")
        done = clock()
        os.read(ask, 1)
        reads.append(clock() - done)
        writes.append(done - begun)
    return lower(writes), lower(reads)
def asleep(count, limit_s):
    (ask, asks), (answers, answer) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(asks)
        while os.read(ask, 1):
            os.write(answer, struct.pack("q", clock()))
        os._exit(0)
    os.close(ask)
    writes, latencies, until = [], [], time.monotonic() + limit_s
    while len(writes) < 5 or (len(writes) < count and time.monotonic() < until):
        time.sleep(0.0003)
        begun = clock()
        os.write(asks, b".")
        done = clock()
        latencies.append(struct.unpack("q", os.read(answers, 8))[0] - begun)
        writes.append(done - begun)
    os.close(asks)
    os.waitpid(pid, 0)
    return writes, latencies
write, read = awake(200)
writes, latencies = asleep(80, 0.1)
busy = []
for _ in range(cores):
    pid = os.fork()
    if not pid:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            pass
        os._exit(0)
    busy.append(pid)
try:
    late = asleep(40, 0.1)[1]
finally:
    for pid in busy:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
print(json.dumps({"write_ns": lower(writes) - write, "latency_ns": lower(latencies) - write - read,
                  "busy_latency_ns": statistics.median(late) - write - read}))
"""


def wakeups(renew: bool = False) -> Waking | None:
    """Return what waking costs here, from the cache or measured now; None where it cannot be told."""
    found = None if renew else _kept()
    if found is None:
        found = _measure()
        if found is not None:
            _keep(_read() | {_key(): found})
    if found is None:
        return None
    from tracer.analysis.model.waking import Waking

    return Waking(**found)


def note(meta: dict[str, Any]) -> None:
    """Write what is known of this machine into a run's `meta`; nothing is measured now."""
    if known := _kept():
        meta["wakeups"] = known


def _kept() -> dict[str, float] | None:
    return _checked(_read().get(_key()))


def path() -> Path:
    """Return the file of the cache, after the XDG Base Directory Specification."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(given) if given and Path(given).is_absolute() else Path.home() / ".cache"
    return folder / "tracer" / "wakeups.json"


def _key() -> str:
    """Return what the numbers hold for: this machine, its kernel and cores, this Python."""
    system = platform.uname()
    cores = os.cpu_count() or 0
    return f"{system.node} {system.system} {system.release} {system.machine} {cores} {sys.version.split()[0]}"


def _measure() -> dict[str, float] | None:
    with temporary_folders.folder() as folder:
        script = folder / "wakeups.py"
        script.write_text(_PROBE)
        command = [sys.executable, "-I", str(script)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
            return _checked(json.loads(done.stdout))
        except (OSError, subprocess.SubprocessError, ValueError):
            return None


def _checked(found: object) -> dict[str, float] | None:
    """Return the numbers, whole and at least 0; None where a file or a program holds anything else."""
    if not isinstance(found, dict) or not all(type(found.get(name)) in (int, float) for name in _FIELDS):
        return None
    numbers = {name: max(float(found[name]), 0.0) for name in _FIELDS}
    return numbers if all(math.isfinite(number) for number in numbers.values()) else None


def _read() -> dict[str, object]:
    with suppress(OSError, ValueError, RuntimeError):
        found = json.loads(path().read_text())
        if isinstance(found, dict):
            return found
    return {}


def _keep(known: dict[str, object]) -> None:
    """Write the cache in one step; what cannot be kept is measured again."""
    with suppress(OSError, RuntimeError):
        file = path()
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        beside.write_text(json.dumps(known, indent=1))
        beside.replace(file)
