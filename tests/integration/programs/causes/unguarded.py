"""Cause: worker-died, process-failed. The main module starts workers in each worker too.

By construction: under spawn each worker imports this module, comes to the same line, and is refused. The pool
replaces it until main has waited for 1.5 s. `import`: what the workers die of is an import that fails there.
`process`: a plain process in place of a pool. Fix: `if __name__ == "__main__":`.
"""

import multiprocessing
import sys

CONTEXT = multiprocessing.get_context("spawn")
WHAT = sys.argv[1] if len(sys.argv) > 1 else "pool"


def part(number: int) -> int:
    """Return something."""
    return number


if WHAT == "import" and __name__ != "__main__":
    raise ImportError("not in a worker")
if WHAT == "process":
    child = CONTEXT.Process(target=part, args=(1,))
    child.start()
    child.join()
    print(child.exitcode)
else:
    with CONTEXT.Pool(1) as pool:
        try:
            print(pool.map_async(part, range(4)).get(timeout=1.5))
        except multiprocessing.TimeoutError:
            print("gave up")
