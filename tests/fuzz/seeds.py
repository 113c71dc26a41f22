"""Trying seeds: each in a process of limited memory, for a limited time, many one after another."""

from __future__ import annotations

import collections
import multiprocessing
import resource
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from types import FrameType

from tests.fuzz import corpus, journals, names, tables
from tests.fuzz.answers import Outcome, answer, ask
from tests.fuzz.corpus import Corpus
from tracer import figures
from tracer.tables import store

SECONDS = 5.0
"""What one seed may take of a core: on a machine that does much else, it takes longer."""
BYTES = 1 << 30
"""What a process may take beside what it has when it begins."""
STUCK_SECONDS = 30.0
"""A process that says nothing for so long is killed: not even the alarm reaches it."""


@dataclass
class Tally:
    """How many seeds ended how; `failures` by what went wrong, with their seeds; `longest` in seconds."""

    kinds: collections.Counter[str] = field(default_factory=collections.Counter)
    failures: dict[str, list[int]] = field(default_factory=lambda: collections.defaultdict(list))
    longest: float = 0.0
    longest_seed: int = -1

    def add(self, seed: int, outcome: Outcome, seconds: float) -> None:
        """Count one."""
        self.kinds[outcome.kind] += 1
        if outcome.kind == "failed":
            self.failures[outcome.why].append(seed)
        if seconds > self.longest:
            self.longest, self.longest_seed = seconds, seed


def one(seed: int, given: Corpus, work: Path) -> Outcome:
    """Do what a seed stands for: change a copy of a run, and ask a command about it."""
    random, run, other = Random(seed), work / "run", given.tables[0]
    files = random.choice((tables, journals, journals, None, None, None))
    if files is not None:
        corpus.copied(random.choice(given.journals if files is journals else given.tables), run)
        files.change(random, run)
        return answer(random, run, other)
    what = random.choice((tables, tables, names))
    trace = what.changed(random, corpus.loaded(random.choice(given.tables)))
    if random.random() < 0.8:  # what a table holds is the same before it is written
        run.mkdir(exist_ok=True)
        return answer(random, run, other, trace)
    store.save(trace, corpus.emptied(run) / "trace")
    return answer(random, run, other)


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"takes longer than {SECONDS:g} s")


def _serve(seeds: Connection, given: Corpus, work: Path) -> None:
    """Answer for one seed after another."""
    figures.FORMATS = ("svg",)  # type: ignore[assignment]  # `compare` draws all that there are, and PDF takes half a second
    run = corpus.copied(given.tables[0], work / "run")
    for words in (["diagnose"], ["figure", "--draw", "gantt,account,phases"]):
        ask([words[0], str(run), *words[1:]])  # what is loaded late counts for no seed
    _limit()
    signal.signal(signal.SIGPROF, _too_long)
    while (seed := seeds.recv()) is not None:
        begun = time.monotonic()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcome = one(seed, given, work)
        except TimeoutError as error:
            outcome = Outcome("failed", str(error))
        except Exception as error:  # of the fuzzer's own
            outcome = Outcome("failed", f"fuzzer: {error!r}"[:200])
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        seeds.send((seed, outcome, time.monotonic() - begun))


class _Worker:
    """A process that takes seeds, and what it is at."""

    def __init__(self, given: Corpus) -> None:
        self.work = Path(tempfile.mkdtemp(prefix="tracer-fuzz-"))
        self.pipe, other = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=_serve, args=(other, given, self.work), daemon=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, since 3.12
            self.process.start()
        other.close()
        self.seed, self.since = -1, 0.0

    def give(self, seed: int) -> None:
        self.seed, self.since = seed, time.monotonic()
        self.pipe.send(seed)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()
        shutil.rmtree(self.work, ignore_errors=True)


def attempt(seeds: Iterable[int], given: Corpus, processes: int = 2) -> Iterator[tuple[int, Outcome, float]]:
    """Try the seeds; yield what came of each, as it comes."""
    waiting = iter(seeds)
    workers: list[_Worker] = []

    def next_for(worker: _Worker) -> None:
        seed = next(waiting, None)
        if seed is None:
            workers.remove(worker)
            worker.end()
        else:
            worker.give(seed)

    try:
        for _ in range(processes):
            workers.append(_Worker(given))
            next_for(workers[-1])
        while workers:
            ready = wait([worker.pipe for worker in workers], timeout=1.0)
            for worker in list(workers):
                outcome = None
                if worker.pipe in ready:
                    try:
                        outcome = worker.pipe.recv()
                    except EOFError:
                        worker.process.join()
                        died = Outcome("failed", f"the process died with {worker.process.exitcode}")
                        yield worker.seed, died, time.monotonic() - worker.since
                elif time.monotonic() - worker.since > STUCK_SECONDS:
                    yield worker.seed, Outcome("failed", "stands still"), time.monotonic() - worker.since
                else:
                    continue
                if outcome is None:  # another takes its place
                    workers.remove(worker)
                    worker.end()
                    worker = _Worker(given)
                    workers.append(worker)
                else:
                    yield outcome
                next_for(worker)
    finally:
        for worker in workers:
            worker.end()
