"""Records a program as `python -m tracer run` does, and stops there: tables and figures cost seconds.

    python recorder.py [--cores=SOURCE] OUT PROGRAM ARGS…

The journals stay in OUT, for the test to read. It uses the command's own parts, in the command's own order.
"""

import contextlib
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from tracer import recording  # noqa: E402
from tracer.cli import supervise  # noqa: E402


def main() -> int:
    """Record; return the program's exit code as the command would."""
    words = sys.argv[1:]
    cores = words.pop(0).removeprefix("--cores=") if words[0].startswith("--cores=") else "auto"
    out, program = Path(words[0]), words[1:]
    run = recording.begin(out, "run test", program, cores=cores)
    end = supervise.run(program, run.collector, contextlib.nullcontext())
    if not run.collector.wait(10):
        return 99
    run.end(end)
    code = end["exitcode"]
    return code if code >= 0 else 128 - code


sys.exit(main())
