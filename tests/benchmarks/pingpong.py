"""A program whose processes take turns on a core: `python pingpong.py PER_SECOND SECONDS [hold]`.

    main ─── waits; with `hold` in one C call that keeps the GIL, and a core, all the while
    a ◄──pipe──► b    on one core: each message makes one leave it and the other get it

It begins when a line comes on stdin, and prints how long it took and how often its children left a core, as
the system counts it. PER_SECOND 0 is as fast as it goes.
"""

import itertools
import json
import os
import resource
import sys
import time

_BURSTS = 500  # a second


def _turns(read: int, write: int, turns: int) -> None:
    for _ in range(turns):
        os.write(write, b"x")
        os.read(read, 1)


def _first(read: int, write: int, per_second: int, seconds: float) -> None:
    """Send and await, in bursts that keep to the pace; then close, which ends the other."""
    start = time.monotonic()
    # A turn is two switches; so is the sleep between two bursts, whose end takes the core from nobody.
    turns = max(per_second // (2 * _BURSTS), 1) if per_second else 100
    for burst in itertools.count(1):
        _turns(read, write, turns)
        now = time.monotonic() - start
        if now > seconds:
            return
        if per_second and (early := burst / _BURSTS - now) > 0:
            time.sleep(early)


def _second(read: int, write: int) -> None:
    while os.read(read, 1):
        os.write(write, b"x")


def _fork_pair(per_second: int, seconds: float) -> list[int]:
    core = min(os.sched_getaffinity(0))
    there_read, there_write = os.pipe()
    back_read, back_write = os.pipe()
    pids = [os.fork()]
    if pids[0] == 0:
        os.sched_setaffinity(0, {core})
        os.close(there_read)
        os.close(back_write)
        _first(back_read, there_write, per_second, seconds)
        os._exit(0)
    pids.append(os.fork())
    if pids[1] == 0:
        os.sched_setaffinity(0, {core})
        os.close(there_write)
        os.close(back_read)
        _second(there_read, back_write)
        os._exit(0)
    for end in (there_read, there_write, back_read, back_write):
        os.close(end)
    return pids


def _hold(seconds: float) -> None:
    """Stay in one C call for about so long: nobody else gets the GIL."""
    some = 2_000_000
    start = time.perf_counter()
    sum(itertools.repeat(1, some))
    sum(itertools.repeat(1, int(some * seconds / (time.perf_counter() - start))))


def main() -> None:
    per_second, seconds, hold = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:] == ["hold"]
    sys.stdin.readline()
    start = time.monotonic()
    pids = _fork_pair(per_second, seconds)
    if hold:
        _hold(seconds)
    for pid in pids:
        os.waitpid(pid, 0)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {"seconds": time.monotonic() - start, "left": used.ru_nvcsw + used.ru_nivcsw, "pids": pids}
        )
    )


if __name__ == "__main__":
    main()
