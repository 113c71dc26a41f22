"""`python -m tests.fuzz --seeds N`: how N seeds end, and which fail."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz import corpus, seeds


def main() -> int:
    """Try the seeds; print the failures by kind. Returns 1 where there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--processes", type=int, default=2, help="how many at once (default: 2)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after so long")
    parser.add_argument("--corpus", type=Path, help="keep the runs there, or take those that are there")
    arguments = parser.parse_args()
    tally, begun = seeds.Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tracer-fuzz-") as folder:
        given = corpus.record(arguments.corpus or Path(folder))

        def wanted():
            for seed in range(arguments.first, arguments.first + arguments.seeds):
                if time.monotonic() - begun > 60 * arguments.minutes:
                    return
                yield seed

        for seed, outcome, seconds in seeds.attempt(wanted(), given, arguments.processes):
            tally.add(seed, outcome, seconds)
            if outcome.kind == "failed":
                print(f"seed {seed}: {outcome.why}", file=sys.stderr, flush=True)
            if tally.kinds.total() % 1000 == 0:
                print(f"{tally.kinds.total():,} seeds, {time.monotonic() - begun:.0f} s", file=sys.stderr)
    print(f"{tally.kinds.total():,} seeds:", ", ".join(f"{n:,} {kind}" for kind, n in tally.kinds.items()))
    print(f"the longest took {tally.longest:.2f} s: seed {tally.longest_seed}")
    for why, which in sorted(tally.failures.items(), key=lambda pair: -len(pair[1])):
        print(f"{len(which):5}  {why}  seeds {which[:4]}")
    return int(bool(tally.failures))


if __name__ == "__main__":
    sys.exit(main())
