"""Cause: imports. Before its pool the program imports a module that takes long.

By construction: the module `slow_to_import`, which is written beside the run, takes 0.5 s of CPU time to
import; six tasks of 20 ms follow on two workers, which are forked and need not import anything.
Fix: do without the module (`--fixed`).
"""

import sys
import tempfile
from multiprocessing import Pool
from pathlib import Path

from work import compute, options, timed

SOURCE = "from work import compute\n\ncompute(500.0)\n"


def main() -> None:
    """Import, then run the tasks."""
    chosen = options(__doc__)
    with timed(), tempfile.TemporaryDirectory() as folder:
        if not chosen.fixed:
            Path(folder, "slow_to_import.py").write_text(SOURCE)
            sys.path.insert(0, folder)
            __import__("slow_to_import")
        with Pool(2) as pool:
            pool.map(compute, [20.0] * 6, chunksize=1)


if __name__ == "__main__":
    main()
