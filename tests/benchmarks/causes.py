"""The table of first findings: programs whose cause is known, some rounds each, quiet and beside others.

    python -m tests.benchmarks.causes --rounds 20 --load 0,4,8,14 [--only gil_bound,healthy]

For each program and load it prints in how many rounds its cause came first, in how many after `machine-busy`
(`healthy` is replaced by it), and what was said in the others.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tests.support.causes import CASES, Case, record, said_first
from tests.support.load import busy
from tracer.analysis.findings import diagnose


def codes(case: Case) -> list[str]:
    """Run a program traced, and return the codes of its findings in their order."""
    with tempfile.TemporaryDirectory(prefix="tracer-causes-") as folder:
        return [finding.code for finding in diagnose(record(Path(folder), case.program, *case.options).trace)]


def row(case: Case, rounds: int, load: int) -> str:
    """Return a row of the table: how often it was first, after `machine-busy`, and what else came."""
    with busy(load):
        found = [codes(case) for _ in range(rounds)]
    first = sum(one[:1] == [case.code] for one in found)
    after = sum(one[:1] == ["machine-busy"] and said_first(one, case) for one in found)
    wrong = Counter(", ".join(one[:2]) or "nothing" for one in found if not said_first(one, case))
    others = "; ".join(f"{name} × {number}" for name, number in wrong.items())
    return f"| {case.name} | {load} | {first} | {after} | {others} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--load", default="0,4,8,14", help="how many processes compute beside the program")
    parser.add_argument("--only", default="", help="names of programs, with commas between")
    chosen = parser.parse_args()
    only = [name for name in chosen.only.split(",") if name]
    print("| program | load | first | after machine-busy | otherwise |\n|---|---|---|---|---|")
    for load in map(int, chosen.load.split(",")):
        for case in CASES:
            if not only or case.name in only:
                print(row(case, chosen.rounds, load), flush=True)


if __name__ == "__main__":
    main()
