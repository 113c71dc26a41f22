"""When workers of a start method reach their first line, measured on this machine."""

from __future__ import annotations

import json
import subprocess
import sys

from tracer.errors import TracerError
from tracer.record import temporary_folders
from tracer.record.kinds import kind_of

_PROBE_SECONDS = 60.0
# Its main module is empty: what the user's own imports comes on top.
_PROBE = """
import json, multiprocessing, sys, time
def first_line(queue, begun):
    queue.put(time.monotonic_ns() - begun)
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    queue, begun = context.SimpleQueue(), time.monotonic_ns()
    children = [context.Process(target=first_line, args=(queue, begun)) for _ in range(int(sys.argv[2]))]
    for child in children:
        child.start()
    all_started = time.monotonic_ns() - begun
    ready = [queue.get() for _ in children]
    for child in children:
        child.join()
    print(json.dumps({"ready": sorted(ready), "all_started": all_started}))
"""


def probe(method: str, workers: int, kind: str) -> list[float]:
    """Return when so many workers of a kind of pool were there, measured here. Raises TracerError.

    In nanoseconds after the first submission: a `Pool` has called the start of all of them before that, an
    executor starts them at it.
    """
    with temporary_folders.folder() as folder:
        script = folder / "probe.py"
        script.write_text(_PROBE)
        command = [sys.executable, "-I", str(script), method, str(workers)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise TracerError(f"cannot start workers by {method} here: {error}") from error
    found = json.loads(done.stdout)
    submitted = found["all_started"] if kind_of(kind).at_once else 0
    return [float(ready - submitted) for ready in found["ready"]]
