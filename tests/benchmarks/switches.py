"""What the kernel's switch events cost, and whether they keep up. See README.md here.

python -m tests.benchmarks.switches                              everything
python -m tests.benchmarks.switches --only tasks --pairs 41      empty tasks, kernel slices ÷ stamps alone

drain   CPU time of the collector's process while a program switches 10,000 times a second
hold    the same as often as 40,000 times and as fast as it goes, with main in one C call that keeps the GIL
decode  a million slices, from the raw bytes to the table
tasks   20,000 empty tasks of a `Pool` with kernel slices, with stamps alone, and again, all on one core: with
        the events of every program where that is allowed, then (as root) with those of its own threads
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks import report, rounds, runs
from tests.benchmarks.workload import SIZES, pool_empty
from tracer.record import collector, schema
from tracer.record.kernel import sees_everyone
from tracer.tables import processes, slices
from tracer.tables.records import Lifetime
from tracer.tables.switches import read_switches

_PINGPONG = str(runs.HERE / "pingpong.py")
_LIMIT_S = 60.0
_SLICES = 1_000_000
_LESS = "-perfmon,-sys_admin"
_WITHOUT_RIGHTS = ["setpriv", f"--bounding-set={_LESS}", f"--inh-caps={_LESS}"]


@dataclass(frozen=True)
class Followed:
    """A program that switched, and the collector that followed it."""

    per_second: float
    share: float
    seen: float
    losses: dict[str, int]

    def __str__(self) -> str:
        told = ", ".join(f"{count} {kind}" for kind, count in self.losses.items() if count) or "none"
        return (
            f"{self.per_second:8,.0f} switches/s: collector {self.share:.2%} of a core; "
            f"slices ÷ switches that the system counted {self.seen:.5f}; losses: {told}"
        )


def follow(per_second: int, seconds: float, hold: bool) -> Followed:
    """Run `pingpong.py` followed by a collector of its own, with no other part of the tracer."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        here = collector.start(folder, "kernel")
        words = [sys.executable, _PINGPONG, str(per_second), str(seconds), *["hold"] * hold]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdin is not None
            os.write(here.life, b"%d 0\n" % program.pid)
            if not select.select([here.ready], [], [], _LIMIT_S)[0]:
                raise RuntimeError("the collector does not answer")
            os.read(here.ready, 1)
            clock_of_collector = (~_collector() << 3) | 2  # clock_getcpuclockid(3)
            before = time.clock_gettime_ns(clock_of_collector)
            out, _ = program.communicate("\n", timeout=_LIMIT_S)
            spent = time.clock_gettime_ns(clock_of_collector) - before
        here.wait(_LIMIT_S)
        runs._reap()
        ran = json.loads(out)
        cores = json.loads((folder / schema.ROSTER_FILE).read_text())["cores"]
        if cores["source"] != "kernel":
            raise RuntimeError(f"no switch events: {cores['why']}")
        found = read_switches(folder)
        slices_seen = sum(int(np.isin(one.pid, ran["pids"]).sum()) for one in found.slices)
        losses = {
            "records": found.lost,
            "rings found full": cores["full"],
            "threads not followed": cores["failed"],
        }
        share = spent / 1e9 / ran["seconds"]
        return Followed(ran["left"] / ran["seconds"], share, slices_seen / ran["left"], losses)


def _collector() -> int:
    """Return the collector's PID: an orphan that this process has adopted."""
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        if b"tracer.record.collecting" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return int(pid)
    raise RuntimeError("the collector is not among the children of this process")


def drain(given: argparse.Namespace) -> None:
    """Print the collector's share of a core at 10,000 switches a second."""
    many = []
    for _ in range(given.repeat):
        many.append(follow(10_000, given.seconds, False))
        print(f"drain  {many[-1]}")
    median = statistics.median(one.share for one in many)
    print(f"drain  median of {len(many)}: {median:.2%} of a core; target 0.50 %")


def hold(given: argparse.Namespace) -> None:
    """Print what was lost while main kept the GIL and a core."""
    for per_second in (40_000, 0):
        for _ in range(given.repeat):
            print(f"hold   {follow(per_second, given.seconds, True)}")


def decode(given: argparse.Namespace) -> None:
    """Print how long a million slices take from the raw bytes to the table."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder, rng = Path(name), np.random.default_rng(1)
        pids = np.arange(1000, 1016)
        for core in range(2):
            (folder / f"cpu-{core}{schema.SWITCHES_SUFFIX}").write_bytes(
                records(core, _SLICES // 2, pids, rng)
            )
        for _ in range(given.repeat):
            people = [{"pid": int(pid), "host": "here", "role": "worker", "started": 1} for pid in pids]
            started = time.process_time()
            found = slices.read_cores(folder, people, False, Lifetime())
            read = time.process_time()
            table = slices.table(found, processes.table(people, 0), 0, 2**50, False)
            ended = time.process_time()
            print(
                f"decode {len(table):,} slices: {ended - started:.2f} s of CPU time "
                f"({read - started:.2f} s records, {ended - read:.2f} s table); target 1 s"
            )


def records(core: int, count: int, pids: np.ndarray, rng: np.random.Generator) -> bytes:
    """Return the records of `count` slices of a core, with a fork and an exit after every 1000."""
    words = np.zeros((count, 2, 4), np.uint64)
    kind, out, preempted = 14 | 32 << 48, 1 << 45, 1 << 46
    left = np.where(rng.random(count) < 0.3, kind | out | preempted, kind | out)
    words[:, 0, 0], words[:, 1, 0] = kind, left
    tids = rng.choice(pids, count).astype(np.uint64)
    words[:, :, 1] = (tids | tids << np.uint64(32))[:, None]
    words[:, :, 2] = np.cumsum(rng.integers(500, 5000, (count, 2))).reshape(count, 2) + core
    words[:, :, 3] = core
    parts = []
    for start in range(0, count, 1000):
        block = words[start : start + 1000]
        pid, now = int(pids[0]), int(block[-1, 1, 2])
        body = struct.pack("IIIIQ", pid, pid, 10**6 + start, pid, now)
        end = struct.pack("IIQII", pid, pid, now, core, 0)
        parts += [block.tobytes(), *(struct.pack("IHH", one, 0, 56) + body + end for one in (7, 4))]
    return b"".join(parts)


def tasks(given: argparse.Namespace) -> None:
    """Print kernel slices ÷ stamps alone, and stamps ÷ stamps, for 20,000 empty tasks on one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    program = [runs.WORKLOAD, "pool_empty", "--size", str(SIZES[pool_empty])]
    ways = {"every program": [], "own threads": _WITHOUT_RIGHTS} if sees_everyone() else {"own threads": []}
    for way, rights in ways.items():
        stamps, kernel = (
            functools.partial(runs.once, functools.partial(_recorded, rights, source), program)
            for source in ("stamps", "kernel")
        )
        found = rounds.measure(stamps, kernel, given.pairs, given.until_valid, (report.wall, report.cpu))
        for name, measure in (("wall", report.wall), ("CPU", report.cpu)):
            print(
                f"tasks  {way}: {name:4} kernel ÷ stamps {found.ratio(measure)}, stamps ÷ stamps "
                f"{found.control(measure)}, {len(found.rounds)} rounds; target 1.02"
            )


def _recorded(rights: list[str], source: str, program: list[str], scratch: Path) -> list[str]:
    here = [sys.executable, "-m", "tests.benchmarks.switches", "record", source, str(scratch)]
    return [*rights, *here, *program]


def _record() -> None:
    """Record a program with a source of core data that is named, and draw nothing."""
    import contextlib

    from tracer import recording
    from tracer.cli import supervise

    source, out, program = sys.argv[2], Path(sys.argv[3]), sys.argv[4:]
    run = recording.begin(out / "out", f"run {program[1]}", program, cores=source)
    end = supervise.run(program, run.collector, contextlib.nullcontext())
    run.collector.wait(_LIMIT_S)
    cores = json.loads((run.journals / schema.ROSTER_FILE).read_text())["cores"]
    if end["exitcode"] or cores["source"] != source or cores.get("full"):
        raise RuntimeError(f"{program}: {end}, {cores}")


PARTS = {"drain": drain, "hold": hold, "decode": decode, "tasks": tasks}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--repeat", type=int, default=5, help="runs of all but tasks (default 5)")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run that switches")
    parser.add_argument("--pairs", type=int, default=15, help="rounds of tasks (default 15)")
    parser.add_argument(
        "--until-valid", type=float, default=0.0, metavar="SECONDS", help="as in `cost`: for tasks"
    )
    given = parser.parse_args()
    runs.adopt_orphans()
    print(report.setting(report.machine()), end="\n\n")
    for name, part in PARTS.items():
        if not given.only or name in given.only:
            part(given)


if __name__ == "__main__":
    _record() if sys.argv[1:2] == ["record"] else main()
