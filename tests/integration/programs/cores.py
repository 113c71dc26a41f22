"""Thousands of tasks of about a millisecond, more workers than cores; then threads that fight for the GIL.

python cores.py fork|spawn|forkserver TASKS

The last line is what the machine's host took away while the first part ran, and what its workers have used.
"""

import multiprocessing
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def compute(milliseconds):
    end = time.thread_time() + milliseconds / 1000
    number = 0
    while time.thread_time() < end:
        number += 1
    return number > 0


def spin(milliseconds):
    return compute(milliseconds)


def stolen():
    """Return for how many nanoseconds a virtual machine's host has kept cores from who could run."""
    with open("/proc/stat") as file:
        return int(file.readline().split()[8]) * 10**9 // os.sysconf("SC_CLK_TCK")


def main():
    before = stolen()
    workers = 2 * len(os.sched_getaffinity(0))
    with multiprocessing.get_context(sys.argv[1]).Pool(workers) as pool:
        print(sum(pool.map(compute, [1.4] * int(sys.argv[2]), chunksize=1)))
        pool.close()
        pool.join()
    used, lost = resource.getrusage(resource.RUSAGE_CHILDREN), stolen() - before
    with ThreadPoolExecutor(3) as threads:
        print(sum(threads.map(spin, [30] * 6)))
    subprocess.run([sys.executable, "-c", "sum(range(10**5))"], check=True)
    print(lost, round((used.ru_utime + used.ru_stime) * 1e9))


if __name__ == "__main__":
    main()
