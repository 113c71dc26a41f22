"""What one process knows of the trace it belongs to: where journals go, who it is, what it has named.

    main ──ticket (memory under fork, preparation data under spawn and forkserver)──► child ──► its children

There is one session a process, `current`; None means that nothing is traced. It holds no lock, and a child
made by fork gets a session of its own before it runs a line (`_after_fork`).
"""

from __future__ import annotations

import itertools
import os
import sys
from _thread import _local

from tracer.record import clock, roster, schema
from tracer.record.journal import Bin, Journal
from tracer.record.lifeline import Lifeline
from tracer.record.threads import get_ident as get_ident
from tracer.record.threads import present_thread, thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Ticket = dict[str, Any]
    """What a child must know to record: JSON-able; see `Session.ticket_for`."""
    Unsent = tuple[str, int, int, int, int, int]
    """A task that was handed to an executor: session, pool, job, submitted, function's name, items."""

_FORK = "fork"
_NAME_PART_BYTES = 40
_LONGEST_NAME = 200
_FRAMES = 6  # from a fork to who called it


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
    was given and has not sent; `names` the numbers of names, `channels` of queues and pipes.

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
        self._local = _local()
        self._free: list[Journal] = []
        self._opened: list[Journal] = []
        self._unopened = itertools.count(1)
        self.names: dict[str, int] = {}
        self.channels: dict[int, int] = {}
        self._numbered = [itertools.count(first) for first in numbers or (0, 1, 1, 1)]
        self._journals, self._name_numbers, self._births, self._pools = self._numbered
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

    def end_thread(self) -> None:
        """Mark the end of the calling thread, if it recorded anything, and hand its journal on."""
        journal = self._local.__dict__.pop("journal", None)
        if journal is not None:
            journal.append(schema.THREAD_END, clock.clock())
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
        self.record(schema.POOL | pool << schema.POOL_SHIFT, clock.clock(), self.name(kind), workers)
        return pool

    def ticket_for(self, child: dict[str, Any], pool: tuple[str, int] | None) -> Ticket:
        """Return the ticket of a child that is about to be started, and enter the child here.

        `child` holds `name`, `role` and `start_method`; `pool` names the pool it will work for.
        """
        birth = next(self._births)
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
                self.record(schema.SUBMIT | pool << schema.POOL_SHIFT, job, submitted, name, items)

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


current: Session | None = None
"""The session of this process, or None."""

pending: dict[int, Ticket | None] = {}
"""Tickets of children that a thread (by its ident) is starting at this moment by fork; None for one that is
to become another program at once."""

forked_at: dict[int, int] = {}
"""When the child that a thread (by its ident) is starting had come to be."""


def open_main(plan: dict[str, Any], life: int | None = None) -> Session:
    """Begin to trace this process as a main process. `life`: the descriptor whose closing ends the trace."""
    global current
    _watch_forks()
    current = Session(plan, {"role": "main", "name": "MainProcess", "start_method": None}, life)
    return current


def open_child(ticket: Ticket) -> Session:
    """Begin to trace this process as a child, with the ticket from its parent."""
    global current
    _watch_forks()
    current = Session(ticket["plan"], ticket["identity"])
    return current


def open_joined(
    plan: dict[str, Any], identity: dict[str, Any], life: int | None = None, numbers: Sequence[int] = ()
) -> Session:
    """Begin to trace this process, a program that a traced one has started or become (`Session`)."""
    global current
    _watch_forks()
    current = Session(plan, identity, life, numbers)
    return current


def leave_joined() -> None:
    """End the recording of this process, if it has joined a trace that another process began."""
    if current is not None and current.identity["start_method"] == schema.SUBPROCESS:
        close()


def close() -> None:
    """End the recording of this process."""
    global current
    session, current = current, None
    if session is not None:
        session.let_go()


def _after_fork() -> None:
    """In a child made by fork: drop what is the parent's, and begin anew."""
    global current
    parent, current = current, None
    if parent is None:
        return
    parent.let_go()
    parent.disown()
    me = get_ident()
    ticket, known = pending.get(me), me in pending
    pending.clear()
    forked_at.clear()
    if ticket is None and (known or parent.plan.get("named_only")):
        return  # it is no process of this program's, or not made by name
    current = Session(parent.plan, ticket["identity"] if ticket else _forked(parent))
    if ticket is None:  # it goes on where it was, at once
        current.record(schema.STAGE, schema.TARGET_START, current.started)


def _forked(parent: Session) -> dict[str, Any]:
    """Return who a child is that the program has forked by itself."""
    name = f"{_FORK}-{next(parent._births)}"
    who = {"role": "process", "name": name, "start_method": "fork", "birth": None}
    library = _copy_of_multiprocessing()
    return {**who, "library": library} if library else who


def _copy_of_multiprocessing() -> str:
    """Return the copy of multiprocessing that has forked here, "" where it was the program itself.

    One that is not followed: what its processes do is work of its pools, not the program's own.
    """
    frame = sys._getframe(1)
    for _ in range(_FRAMES):
        name = frame.f_globals.get("__name__")
        if isinstance(name, str) and name.endswith(".popen_fork"):
            return shorten(name.partition(".")[0], 40)
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""


def _after_fork_in_parent() -> None:
    me = get_ident()
    if me in pending:
        forked_at[me] = clock.clock()
    elif current is not None:
        next(current._births)  # which the child has, as its number


_watching = False


def _watch_forks() -> None:
    global _watching
    if not _watching and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork, after_in_parent=_after_fork_in_parent)
        _watching = True
