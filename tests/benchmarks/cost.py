"""What tracing costs: each workload plain, traced, and plain again, in rounds. See README.md here.

python -m tests.benchmarks.cost                          everything, 15 rounds each
python -m tests.benchmarks.cost --until-valid 600        … and on until each control is within ±2 %
python -m tests.benchmarks.cost --only pool_empty --pairs 41 --json cost.json
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import report, rounds, runs
from tests.benchmarks.workload import BY_NAME, SIZES


@dataclass(frozen=True)
class Case:
    """What is compared: `workload` plain against `tool_workload` (default: the same) under `tool`."""

    name: str
    label: str
    workload: str
    tool: runs.Command = runs.recorded
    tool_workload: str | None = None
    wall_target: float | None = None
    cpu_target: float | None = None
    needs: str | None = None


OWN = [
    Case("pool_empty", "20,000 empty tasks, `Pool`", "pool_empty", wall_target=1.05, cpu_target=1.15),
    Case(
        "executor_empty",
        "the same, `ProcessPoolExecutor`",
        "executor_empty",
        wall_target=1.05,
        cpu_target=1.15,
    ),
    Case("pool_1ms", "2,000 tasks of 1 ms, `Pool`", "pool_1ms", wall_target=1.01),
    Case("pool_1mb", "200 × 1 MB in and out, `Pool`", "pool_1mb", wall_target=1.02),
    Case("pool_chunks", "1,000,000 empty items, default chunks", "pool_chunks", wall_target=1.05),
]
LIBRARIES = [
    Case(
        "joblib_empty",
        "20,000 empty tasks, joblib (loky), batches of one",
        "joblib_empty",
        cpu_target=1.10,
        needs="joblib",
    ),
    Case(
        "loader_batches",
        "2,000 batches of PyTorch's `DataLoader`",
        "loader_batches",
        cpu_target=1.10,
        needs="torch",
    ),
]
RIVALS = [
    Case("viztracer", "VizTracer", "pool_empty", runs.viztracer(), needs="viztracer"),
    Case(
        "viztracer_sparse",
        "VizTracer, `--log_sparse`",
        "viztracer_sparse",
        runs.viztracer("--log_sparse"),
        needs="viztracer",
    ),
    Case(
        "mpire",
        "mpire with insights (against mpire)",
        "mpire_plain",
        runs.plain,
        "mpire_insights",
        needs="mpire",
    ),
    Case("manager", "a Manager append a task", "pool_empty", runs.plain, "manager_append"),
]


def main() -> None:
    """Measure, print Markdown, and write JSON where asked."""
    given = _parse()
    runs.adopt_orphans()
    if given.pin:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if given.apart and len(os.sched_getaffinity(0)) < 2:
        sys.exit("--apart: this needs two cores")
    loops = runs.loops_for(0.001)
    facts = report.machine()
    found: dict[str, report.Comparison] = {}
    for case in [*OWN, *LIBRARIES, *RIVALS]:
        if given.only and case.name not in given.only:
            continue
        if not runs.installed(case.needs):
            print(f"{case.name}: skipped, {case.needs} is not installed", file=sys.stderr)
            continue
        try:
            found[case.name] = _compare(case, given, loops)
        except RuntimeError as error:
            print(f"{case.name}: failed: {error}", file=sys.stderr)
        if given.json:
            report.write_json(given.json, facts, list(found.values()))  # what is done is kept
    own = [found[case.name] for case in (*OWN, *LIBRARIES) if case.name in found]
    rivals = [found[case.name] for case in RIVALS if case.name in found]
    print(report.setting(facts), end="\n\n" if given.scale == 1 else f"; SIZES × {given.scale}, A TRIAL\n\n")
    if own:
        print(report.own_table(own), end="\n\n")
        print(report.commands_table(own), end="\n\n")
    if rivals:
        ours = [one for one in own if one.name == "pool_empty"]
        print(report.rivals_table([*ours, *rivals]))
    if len(found) < len(given.only or OWN):
        sys.exit(1)


def _parse() -> argparse.Namespace:
    names = [case.name for case in (*OWN, *LIBRARIES, *RIVALS)]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=15, metavar="N", help="rounds of each (default 15)")
    parser.add_argument(
        "--until-valid",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="go on until the controls of wall and CPU time lie within ±2 %%, at most so long a case",
    )
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"of: {', '.join(names)}")
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the items, to try things out")
    parser.add_argument(
        "--pin", action="store_true", help="all on one core: wall and CPU time are the same, and steadier"
    )
    parser.add_argument("--dir", type=Path, help="where runs keep their files (default: the system's)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run there too")
    parser.add_argument(
        "--apart", action="store_true", help="the program on one core, its workers on another: also steadier"
    )
    parser.add_argument(
        "--cores", default="auto", choices=("auto", "stamps"), help="stamps: without the kernel's slices"
    )
    given = parser.parse_args()
    if given.pairs < 1:
        parser.error("--pairs: at least 1")
    return given


def _compare(case: Case, given: argparse.Namespace, loops: int) -> report.Comparison:
    size = max(int(SIZES[BY_NAME[case.workload]] * given.scale), 2)
    options = ["--size", str(size), "--loops", str(loops), *(["--apart"] if given.apart else [])]
    programs = [
        [runs.WORKLOAD, name, *options] for name in (case.workload, case.tool_workload or case.workload)
    ]
    plain = functools.partial(runs.once, runs.plain, programs[0], given.dir)
    command = functools.partial(case.tool, cores=given.cores) if case.tool is runs.recorded else case.tool
    tool = functools.partial(_run_tool, command, programs[1], size, given.dir)
    measures = (report.wall, report.cpu)
    found = rounds.measure(
        plain, tool, given.pairs, given.until_valid, measures, functools.partial(_tell, case.name)
    )
    print(file=sys.stderr)
    return report.Comparison(case.name, case.label, size, found, case.wall_target, case.cpu_target)


def _run_tool(command: runs.Command, program: list[str], size: int, folder: Path | None) -> runs.Run:
    run = runs.once(command, program, folder)
    if run.recorded and run.recorded["items"] != size:
        raise RuntimeError(f"{run.recorded['items']} items recorded of {size}")
    return run


def _tell(name: str, found: rounds.Rounds) -> None:
    """Keep one line on stderr about how far a case is."""
    wall, control = found.ratio(report.wall), found.control(report.wall)
    line = f"{name}: {len(found.rounds)} rounds, wall {wall}, control {control}"
    print(f"\r{line:<100}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
