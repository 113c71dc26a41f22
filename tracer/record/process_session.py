"""The recording of one process: where its journals go, who it is, what it has named and started."""

from __future__ import annotations

import itertools
import os
from _thread import _local

from tracer.record import clock, roster, schema
from tracer.record.journal import Bin, Journal
from tracer.record.lifeline import Lifeline
from tracer.record.threads import present_thread, thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Ticket = dict[str, Any]
    """What a child must know to record: JSON-able; see `Session.ticket_for`."""
    Unsent = tuple[str, int, int, int, int, int]
    """A task that was handed to an executor: session, pool, job, submitted, function's name, items."""

_NAME_PART_BYTES = 40
_LONGEST_NAME = 200


def shorten(name: object, longest: int = _LONGEST_NAME) -> str:
    """Return the name as text that fits a journal: at most `longest` characters."""
    text = str(name)
    return text if len(text) <= longest else text[: longest - 3] + "..."


def mark_of(folder: str) -> tuple[int, int] | None:
    """Return what tells a run in a folder of journals from a later one in the same folder; None: nothing."""
    try:
        status = os.stat(os.path.join(folder, schema.PLAN_FILE))
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


class Session:
    """The recording of one process.

    `plan` says what all processes of the trace share: `folder` (of the journals), `roster` (how to reach the
    Manager list), `named_only` (trace only what was made by name), `mark` (`mark_of`), `no_spans` (here
    `silent`: the categories of spans that are left out). `unsent` holds, for each executor, by job, what it
    was given and has not sent; `submitted` the word in which each pool may say how many tasks it was given;
    `names` the numbers of names, `channels` of queues and pipes.

    `numbers` are those that the process has used already, where another program of ours has been in it
    before (exec): its `identity` is whole then.
    """

    def __init__(
        self,
        plan: dict[str, Any],
        identity: dict[str, Any],
        life: int | None = None,
        numbers: Sequence[int] = (),
    ) -> None:
        self.plan = plan
        self.silent = frozenset(plan.get("no_spans", ()))
        self.pid = os.getpid()
        self.started = clock.clock()
        self._life = None if life is None else Lifeline(life)
        whole = {
            "process": f"{self.pid}-{self.started:x}",
            "pid": self.pid,
            "ppid": os.getppid(),
            "host": shorten(clock.hostname(), 40),
            "affinity": clock.ranges(clock.affinity()),
        }
        self.identity = {**identity} if numbers else {**identity, **whole}
        self.uid: str = self.identity["process"]
        self.children: dict[int, dict[str, Any]] = {}
        self.unsent: list[dict[int, Unsent]] = []
        self.submitted: dict[int, tuple[memoryview, int]] = {}
        self._local = _local()
        self._free: list[Journal] = []
        self._opened: list[Journal] = []
        self._unopened = itertools.count(1)
        self.names: dict[str, int] = {}
        self.initializing = False  # a worker that has not come through its initializer
        self.channels: dict[int, int] = {}
        self._numbered = [itertools.count(first) for first in numbers or (0, 1, 1, 1)]
        self._journals, self._name_numbers, self.births, self._pools = self._numbered
        if not numbers:
            self.journal().append(schema.STAGE, schema.STARTED, self.started)

    # Journals

    def journal(self) -> Journal:
        """Return the calling thread's journal, opened at the first call.

        Where none can be opened (full disk, no descriptors, another user by now) it is a bin, which counts as
        a loss.
        """
        try:
            journal: Journal = self._local.journal
        except AttributeError:
            journal = self._local.journal = self._open_journal()
        return journal

    def _open_journal(self) -> Journal:
        first, main = not self._opened, self.identity["role"] == "main"
        try:
            journal = self._free.pop()  # of a thread that has ended: one file serves many short threads
        except IndexError:
            path = os.path.join(self.plan["folder"], f"{self.uid}-{next(self._journals)}")
            mark = self.plan.get("mark") and mark_of(self.plan["folder"])
            if mark and mark != self.plan["mark"]:
                return Bin()  # this process has outlived its run, and there is another
            try:
                size = schema.SECOND_SEGMENT_BYTES if first and main else None
                journal = Journal(path, self.identity, size)
            except OSError:
                self._count_unopened(path)
                return Bin()
            self._opened.append(journal)
        began = self._local.__dict__.get("began")
        if began is None:  # there before the trace, not started by Python; or a child's first, whoever forked
            began = 0, *(("main", "MainThread") if first and not main else present_thread()), ""
        started, role, name, library = began
        numbers = self._numbers(journal, shorten(name), role, *([library] if library else []))
        journal.append(schema.THREAD, started, thread_id(), *numbers)
        return journal

    def _count_unopened(self, path: str) -> None:
        """Count a journal that could not be opened: where there is none to say so, by a file beside it."""
        if self._opened:
            self._opened[0].header[schema.HEADER_UNOPENED] = next(self._unopened)
            return
        try:  # noqa: SIM105  (contextlib would be an import more in every worker)
            os.close(os.open(path + schema.FAILED_SUFFIX, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError:
            pass

    def begin_thread(self, role: str, name: str, library: str = "") -> None:
        """Mark the start of the calling thread, whose part in the program is `role`: "user", "worker", …

        `library` is the installed package whose code it runs, "" where that is the program's own.
        """
        self._local.began = (clock.clock(), role, name, library)
        self.journal()

    def end_thread(self, error: str = "") -> None:
        """Mark the end of the calling thread, if it recorded anything, and hand its journal on.

        `error` is the type of the exception that ended it, "" for none.
        """
        number = self.name(error) if error else 0
        journal = self._local.__dict__.pop("journal", None)
        if journal is not None:
            journal.append(schema.THREAD_END, clock.clock(), number)
            self._free.append(journal)

    def record(self, commit: int, *body: int) -> None:
        """Write one record into the calling thread's journal. For paths that are not hot."""
        self.journal().append(commit, *body)

    def submitting(self) -> list[Any]:
        """Return the calls in progress that hand over tasks in this thread: (instant, function) each."""
        try:
            calls: list[Any] = self._local.submitting
        except AttributeError:
            calls = self._local.submitting = []
        return calls

    # Names

    def name(self, text: object) -> int:
        """Return the number of a name in this process, writing it down when it is new."""
        key = str(text)
        number = self.names.get(key)
        return self._write_name(self.journal(), key) if number is None else number

    def _numbers(self, journal: Journal, *texts: str) -> list[int]:
        return [self.names.get(text) or self._write_name(journal, text) for text in texts]

    def _write_name(self, journal: Journal, key: str) -> int:
        number = next(self._name_numbers)
        encoded = key.encode("utf-8", "backslashreplace")
        for at in range(0, max(len(encoded), 1), _NAME_PART_BYTES):
            part = encoded[at : at + _NAME_PART_BYTES].ljust(_NAME_PART_BYTES, b"\0")
            words = memoryview(part).cast("q").tolist()
            journal.append(schema.NAME, number, len(encoded), *words)
        self.names[key] = number  # only now: another thread that finds it may rely on the journal
        return number

    # Pools and children

    def open_pool(self, kind: str, workers: int) -> int:
        """Number a pool of this process and write it down."""
        pool = next(self._pools)
        name, commit = self.name(kind), schema.POOL | pool << schema.POOL_SHIFT
        words, at = self.journal().append(commit, clock.clock(), name, workers)
        self.submitted[pool] = words, at + schema.POOL_SUBMITTED
        return pool

    def ticket_for(self, child: dict[str, Any], pool: tuple[str, int] | None) -> Ticket:
        """Return the ticket of a child that is about to be started, and enter the child here.

        `child` holds `name`, `role` and `start_method`; `pool` names the pool it will work for.
        """
        birth = next(self.births)
        self.children[birth] = {**child, "parent": self.uid, "birth": birth}
        identity = {**child, "birth": [self.uid, birth], "pool": pool}
        return {"plan": self.plan, "identity": identity}

    def child_event(self, birth: int, event: int, value: int = 0, at: int | None = None) -> None:
        """Record what this process saw of a child (`schema.START_CALLED` …), now or `at` an earlier instant.

        `value` is the PID, or the exit code.
        """
        now = clock.clock() if at is None else at
        child = self.children[birth]
        names = [self.name(child["name"]), self.name(child["start_method"] or "")]
        self.record(schema.CHILD, birth, event, now, value, *names)
        if event == schema.FORKED:
            child["pid"] = value
        elif event == schema.REAPED:
            child |= {"exitcode": value, "reaped": now}

    def note_affinity(self) -> None:
        """Record the cores that this process may use, if they are others than when it started."""
        allowed = clock.ranges(clock.affinity())
        if allowed is not None and allowed != self.identity["affinity"]:
            self.identity["affinity"] = allowed
            self.record(schema.STAGE, schema.AFFINITY, clock.clock(), self.name(allowed))

    def record_unsent(self) -> None:
        """Record the tasks that were handed to executors and never left the process; at its end."""
        for tasks in self.unsent:
            for _, pool, job, submitted, name, items in list(tasks.values()):
                self.record(schema.SUBMIT | pool << schema.POOL_SHIFT, job, submitted, name, items, 1)

    def enter_children(self) -> None:
        """Enter this process's children (and a main process itself) in the Manager list, all at once.

        At the end of the process, where nobody waits; a roster that cannot be reached is no error, because
        the collector completes the list from the journals.
        """
        entries = [dict(child) for child in self.children.values()]
        if self.identity["role"] == "main":
            entries.insert(0, {**self.identity, "birth": None})
        if entries:
            roster.enter(self.plan["roster"], entries)

    def become(self, name: str) -> dict[str, Any]:
        """Record that another program takes this one's place; return what that must know to go on as this.

        A main process's trace goes on until the process ends, whatever program it is.
        """
        self.record_unsent()
        self.record(schema.STAGE, schema.BECOMES, clock.clock(), self.name(shorten(name)))
        life = None if self._life is None else self._life.keep(self.pid)
        return {"identity": self.identity, "numbers": [next(one) for one in self._numbered], "life": life}

    def stay(self) -> None:
        """Take back `become`: there is no such program."""
        if self._life is not None:
            self._life.keep(0)
        self.record(schema.STAGE, schema.BECOMES, clock.clock(), 0)

    def disown(self) -> None:
        """In a child made by fork: see to it that a hook which still holds on to this writes nothing."""
        for journal in self._opened:
            journal.disown()

    def let_go(self) -> None:
        """Close the descriptor whose closing ends the trace."""
        life, self._life = self._life, None
        if life is not None:
            life.let_go()

    def __reduce__(self) -> Any:
        raise TypeError("a session belongs to one process")
