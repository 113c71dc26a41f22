"""What a spawned worker pays for being traced before its first line, and how long `--help` takes.

python -m tests.benchmarks.imports
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks import rounds, runs
from tests.benchmarks.report import machine, setting
from tests.benchmarks.rounds import PLAIN, TOOL
from tests.benchmarks.stats import median

STARTUP = str(runs.HERE / "startup.py")
START_TARGET_MS, HELP_TARGET_MS = 15, 80
HEAVY = ("numpy", "pandas", "matplotlib", "pyarrow", "multiprocessing.managers", "dataclasses", "typing")
_IMPORT = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \|( *)(\S+)$", re.MULTILINE)


def start_ms(run: runs.Run) -> float:
    """Milliseconds of a start: the median of those in one program."""
    return float(statistics.median(run.measured["starts_ns"])) / 1e6


def starts(name: str, pairs: int, folder: Path | None) -> str:
    """Return one line of the table of starts, and the modules that the tracer brings."""
    program = [STARTUP, name, "--starts", "5"]
    plain = functools.partial(runs.once, runs.plain, program, folder)
    tool = functools.partial(runs.once, runs.traced, program, folder)
    found = rounds.measure(plain, tool, pairs)
    more = found.difference(start_ms)
    control = median([start_ms(one[rounds.AGAIN]) - start_ms(one[PLAIN]) for one in found.rounds])
    last = found.rounds[-1]
    brought = sorted(set(last[TOOL].measured["modules"]) - set(last[PLAIN].measured["modules"]))
    heavy = [module for module in HEAVY if module in brought]
    plain_ms = found.typical(start_ms, PLAIN)
    text = f"| {name} | {plain_ms:.1f} ms | {more} ms | {control} ms | {START_TARGET_MS} ms |"
    own = [module for module in brought if module.partition(".")[0] == "tracer"]
    others = [module for module in brought if module not in own]
    lists = f"{name}: {len(own)} modules of tracer's; others: {' '.join(others) or 'none'}"
    return f"{text}\n\n{lists}; heavy: {' '.join(heavy) or 'none'}\n"


def import_times(name: str, folder: Path | None) -> str:
    """Return the modules that a traced worker imports beyond a plain one, with the microseconds of each.

    By `-X importtime`, which makes every import slower: shares are worth more than sums.
    """
    found = {}
    for command in (runs.plain, runs.traced):
        os.environ["STARTUP_IMPORTTIME"] = "1"
        try:
            run = runs.once(command, [STARTUP, name, "--starts", "9"], folder)
        finally:
            del os.environ["STARTUP_IMPORTTIME"]
        own: dict[str, list[int]] = {}
        for self_us, _cumulative, _indent, module in _IMPORT.findall(run.stderr):
            own.setdefault(module, []).append(int(self_us))
        found[command] = {module: statistics.median(times) for module, times in own.items()}
    plain, traced = found[runs.plain], found[runs.traced]
    brought = sorted(((us, module) for module, us in traced.items() if module not in plain), reverse=True)
    total = sum(us for us, _ in brought)
    lines = [f"{name}: {len(brought)} modules more, {total / 1000:.1f} ms by importtime"]
    lines += [f"  {us:6.0f} µs  {module}" for us, module in brought[:15]]
    return "\n".join(lines)


def help_ms(pairs: int) -> str:
    """Return one line about `python -m tracer --help` beside `python -c pass`."""
    lines = {
        "pass": [sys.executable, "-c", "pass"],
        "help": [sys.executable, "-m", "tracer", "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in lines}
    for number in range(pairs + 1):
        for name in sorted(lines, reverse=bool(number % 2)):
            started = time.perf_counter()
            subprocess.run(
                lines[name], cwd=runs.ROOT, env=runs.environment(), stdout=subprocess.DEVNULL, check=True
            )
            if number:  # the first fills caches
                times[name].append((time.perf_counter() - started) * 1000)
    help_, nothing = median(times["help"]), median(times["pass"])
    return (
        f"`python -m tracer --help`: {help_} ms, target {HELP_TARGET_MS} ms; `python -c pass`: {nothing} ms"
    )


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=15, metavar="N", help="rounds of each (default 15)")
    parser.add_argument("--dir", type=Path, help="where runs keep their files (default: the system's)")
    given = parser.parse_args()
    runs.adopt_orphans()
    print(setting(machine()), end="\n\n")
    for name in ("process", "pool"):
        print("| start by spawn | plain | more when traced | control | target |\n|---|--:|--:|--:|--:|")
        print(starts(name, given.pairs, given.dir), flush=True)
    for name in ("process", "pool"):
        print(import_times(name, given.dir), end="\n\n", flush=True)
    print(help_ms(given.pairs))


if __name__ == "__main__":
    main()
