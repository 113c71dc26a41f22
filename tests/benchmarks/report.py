"""Comparisons → Markdown for the README, and JSON with every single run."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.rounds import AGAIN, PLAIN, TOOL, Measure, Rounds
from tests.benchmarks.runs import ROOT, Run
from tests.benchmarks.stats import Median


def wall(run: Run) -> float:
    """Seconds from the opening of the pool until it is closed, inside the program."""
    return float(run.measured["wall_ns"]) / 1e9


def until_results(run: Run) -> float:
    """Seconds from the opening of the pool until all results are there."""
    return float(run.measured["map_ns"]) / 1e9


def cpu(run: Run) -> float:
    """CPU seconds of all processes of the program, start-up included."""
    return float(run.measured["cpu_ns"]) / 1e9


def section_cpu(run: Run) -> float:
    """CPU seconds of all processes of the program from the opening of the pool on."""
    return float(run.measured["section_cpu_ns"]) / 1e9


def command(run: Run) -> float:
    """Seconds of the whole command: start, program, and what a tool does afterwards."""
    return run.command_s


def beside(run: Run) -> float:
    """CPU seconds of a tool's own processes."""
    return run.beside_s


MEASURES: list[Measure] = [wall, until_results, cpu, section_cpu, command, beside]


@dataclass(frozen=True)
class Comparison:
    """A tool on a workload: `plain` and `tool` name programs, the targets are ratios (None: no target)."""

    name: str
    label: str
    items: int
    rounds: Rounds
    wall_target: float | None = None
    cpu_target: float | None = None


def verdict(ratio: Median, control: Median, target: float | None, is_valid: bool) -> str:
    """Say whether a target is met: only where the control says that the machine was quiet enough."""
    if target is None:
        return ""
    if not is_valid:
        return f"≤ {target:.2f}: open, control not within ±2 %"
    return f"≤ {target:.2f}: {'met' if ratio.value <= target else 'missed'}"


def _judged(one: Comparison, measure: Measure, target: float | None) -> tuple[str, str, str]:
    ratio, control = one.rounds.ratio(measure), one.rounds.control(measure)
    return str(ratio), str(control), verdict(ratio, control, target, one.rounds.valid(measure))


def own_table(comparisons: Sequence[Comparison]) -> str:
    """Return the table of this tracer's cost: two lines a workload, wall and CPU time."""
    lines = [
        "| workload | of | traced ÷ plain | plain ÷ plain | target | plain | more an item | rounds |",
        "|---|---|---|---|---|--:|--:|--:|",
    ]
    for one in comparisons:
        for name, measure, target in (("wall", wall, one.wall_target), ("CPU", cpu, one.cpu_target)):
            more_us = one.rounds.difference(measure).value / one.items * 1e6
            cells = [
                one.label if name == "wall" else "",
                name,
                *_judged(one, measure, target),
                f"{one.rounds.typical(measure, PLAIN):.3f} s",
                f"{more_us:+.2f} µs",
                str(len(one.rounds.rounds)),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def commands_table(comparisons: Sequence[Comparison]) -> str:
    """Return the table of whole commands: start, program, tables and figures."""
    lines = [
        "| workload | `python program` | `python -m tracer run program` | CPU of the collector |",
        "|---|--:|--:|--:|",
    ]
    for one in comparisons:
        plain, tool, extra = (
            one.rounds.typical(command, PLAIN),
            one.rounds.typical(command, TOOL),
            one.rounds.typical(beside, TOOL),
        )
        lines.append(f"| {one.label} | {plain:.2f} s | {tool:.2f} s | {extra:.2f} s |")
    return "\n".join(lines)


def rivals_table(comparisons: Sequence[Comparison]) -> str:
    """Return the table of tools side by side, each against its own plain run.

    "Until results" leaves out what a tool saves when the workers end, which this tracer does elsewhere.
    """
    lines = [
        "| tool | wall until results | control | wall until closed | control | CPU | control | rounds |",
        "|---|---|---|---|---|---|---|--:|",
    ]
    for one in comparisons:
        cells = [one.label]
        for measure in (until_results, wall, section_cpu):
            cells += [str(one.rounds.ratio(measure)), str(one.rounds.control(measure))]
        lines.append(f"| {' | '.join(cells)} | {len(one.rounds.rounds)} |")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Return where and when this is."""
    git = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return {
        "when": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "commit": git.stdout.strip(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": os.getloadavg(),
        "start_method": multiprocessing.get_start_method(),
    }


def setting(facts: dict[str, Any]) -> str:
    """Return one line about the machine."""
    load = facts["load"][0]
    return (
        f"CPython {facts['python']}, {facts['cores']} cores, {facts['platform']}, commit {facts['commit']}, "
        f"{facts['when']}, load before {load:.2f}"
    )


def to_dict(one: Comparison) -> dict[str, Any]:
    """Return everything known of a comparison as plain values."""
    summary = {
        measure.__name__: {
            "ratio": dataclasses.asdict(one.rounds.ratio(measure)),
            "control": dataclasses.asdict(one.rounds.control(measure)),
            "valid": one.rounds.valid(measure),
            "plain_s": one.rounds.typical(measure, PLAIN),
            "tool_s": one.rounds.typical(measure, TOOL),
            "more_s": one.rounds.difference(measure).value,
        }
        for measure in MEASURES
        if measure is not beside
    }
    runs = [
        {
            name: {
                **found[which].measured,
                "command_s": found[which].command_s,
                "beside_s": found[which].beside_s,
            }
            for name, which in (("plain", PLAIN), ("tool", TOOL), ("again", AGAIN))
        }
        for found in one.rounds.rounds
    ]
    targets = {"wall_target": one.wall_target, "cpu_target": one.cpu_target}
    return {
        "name": one.name,
        "label": one.label,
        "items": one.items,
        **targets,
        "summary": summary,
        "rounds": runs,
    }


def write_json(path: Path, facts: dict[str, Any], comparisons: Sequence[Comparison]) -> None:
    """Write everything to a file."""
    everything = {"machine": facts, "comparisons": [to_dict(one) for one in comparisons]}
    path.write_text(json.dumps(everything, indent=1) + "\n")
