"""The kinds of pool, the roles of threads and processes: what a trace calls them, and what that means.

    owner    hidden threads: `sending` ─ pickles, writes ─►  a pipe  ─► worker (a process, or a thread)
                             `receiving` ◄─ reads, unpickles ─  a pipe  ◄─

Nothing else compares a kind's name: it asks `kind_of(name)`. A library's kind that behaves unlike `UNKNOWN`
is one more entry of `KINDS`.
"""

from __future__ import annotations

TASK_HANDLER, QUEUE_FEEDER = SENDING = ("task_handler", "queue_feeder")
RESULT_HANDLER, EXECUTOR_MANAGER = RECEIVING = ("result_handler", "executor_manager")
"""Roles of the hidden threads that serve a pool in its owner.

A task handler draws the tasks from the program's iterable; a queue feeder is handed what was submitted.
"""

EVENT_LOOP = "event_loop"
OWN_THREADS = ("user", EVENT_LOOP)
"""Roles of threads that the program starts itself; one that runs an event loop waits for what it is given."""

THREAD_ROLES = (
    *("main", "worker", *OWN_THREADS, *SENDING, *RECEIVING, "worker_handler"),
    *("pin_memory", "native"),
)

DATA_WAIT = "data wait"
"""The category of the spans in which a loop waits for the next batch of a data loader."""
INTERPRETER = "interpreter"
"""The category of the spans in which a worker's own interpreter is made, or taken down."""
IMPORT = "import"
"""The category of the spans in which a thread imports a module, and all that this one needs."""
MAIN_MODULE = "__main__"
"""The name of such a span in which a spawned child runs the program's main module; others lie in it."""
PREPARING = "preparing"
"""The category of the spans in which an owner pickles a process that it starts, and writes it to its pipe."""
SPAN_CATEGORIES = (
    *("user", "join", "initializer", IMPORT, PREPARING, INTERPRETER, DATA_WAIT, "queue", "pipe", "manager"),
    *("lock", "condition", "event", "barrier"),
)
"""Kinds of spans that hooks record, each of which can be left out. Without `queue` what is taken from queues
makes no tasks either; what is taken from a pipe makes none in any case."""

RERAISES = "_helper_reraises_exception"
"""The function of multiprocessing.pool that a task has which raises what the caller's iterable did."""
MANAGER = "manager"
HELPERS = ("forkserver", "resource_tracker")
"""Roles, and names, of processes that multiprocessing starts for itself."""
UNRECORDED = (*HELPERS, "tracer")
"""Roles of processes in which nothing is recorded: they have no journal, no lane and none of the program."""
SERVICES = (MANAGER, *UNRECORDED)
"""Roles of processes that serve the program's own: what runs in them is no work of the program's."""
PROCESS_ROLES = ("main", "process", "worker", "subprocess", *SERVICES)


THREAD_LOCK, PROCESS_LOCK, LOCK = "thread lock", "process lock", "lock"
PIPE_READ, PIPE_WRITE, CHILD = "pipe read", "pipe write", "child"
SOCKET, POLL, SLEEP, SIGNAL, FILE, OTHER = "socket", "poll", "sleep", "signal", "file", "other"
WAITS = (
    *(THREAD_LOCK, PROCESS_LOCK, LOCK, PIPE_READ, PIPE_WRITE, CHILD),
    *(SOCKET, POLL, SLEEP, SIGNAL, FILE, OTHER),
)
"""What a thread that stands waits for, by the system call it is in. `LOCK`: of which kind is not known."""

_BY_SIGTERM = -15


class Kind:
    """What the rest of the code asks of a kind of pool.

    pooled          there is a pool; else the "workers" are what the program started itself, one task each
    threaded        its workers are threads of the owner
    interpreters    each of them has an interpreter of its own, and so no lock (GIL) to share
    piped           tasks and results are pickled and go through a pipe
    sending         the role of the owner's thread that hands tasks to the workers ("": there is none)
    receiving       the same for results
    ahead           so many tasks are sent ahead of those that run; None: as many as there is room for
    ahead_each      and so many more for each worker
    at_once         all workers are started with the pool; else as tasks come
    serves_at_once  the hidden threads begin with the pool; else with its first task
    written         the program's own code puts and takes: of the hidden threads there may be none, and
                    those in the workers make messages of the results
    stopped         exit codes of workers that their pool has ended: what became of them is no failure
    aside           another thread of the worker pickles and writes its results, while it goes on
    window_grows    of the tasks yet to come it keeps so many handed over for each worker, by itself
    loads_ahead     its workers prepare what a loop takes, so many ahead: one that waits for the loop keeps up
    own_start       how its workers start is not for the program to choose
    chunks_by       what sets the number of items a task, as the program writes it; and the number of workers:
    workers_by
    """

    __slots__ = (
        *("name", "pooled", "threaded", "interpreters", "piped", "sending", "receiving"),
        *("ahead", "ahead_each", "at_once", "serves_at_once", "written", "stopped", "aside"),
        *("window_grows", "loads_ahead", "own_start", "chunks_by", "workers_by"),
    )

    def __init__(
        self,
        name: str,
        *,
        pooled: bool = True,
        threaded: bool = False,
        interpreters: bool = False,
        sending: str = "",
        receiving: str = "",
        ahead: int | None = None,
        ahead_each: int = 1,
        at_once: bool = False,
        serves_at_once: bool = False,
        written: bool = False,
        stopped: tuple[int, ...] = (),
        aside: bool = False,
        window_grows: bool = False,
        loads_ahead: bool = False,
        own_start: bool = False,
        chunks_by: str = "chunksize",
        workers_by: str = "workers",
    ) -> None:
        self.name, self.pooled = name, pooled
        self.threaded, self.piped, self.interpreters = threaded, not threaded, interpreters
        self.sending, self.receiving = sending, receiving
        self.ahead, self.ahead_each = ahead, ahead_each
        self.at_once, self.serves_at_once = at_once, serves_at_once
        self.written = written
        self.stopped = (_BY_SIGTERM, *stopped)
        self.aside = aside
        self.window_grows = window_grows
        self.loads_ahead, self.own_start = loads_ahead, own_start
        self.chunks_by, self.workers_by = chunks_by, workers_by

    @property
    def takes_turns(self) -> bool:
        """Whether its workers take turns at one interpreter's lock (GIL) where they compute."""
        return self.threaded and not self.interpreters


PYTEST = "pytest"
"""The tests of a session of pytest-xdist, which its workers run."""
POOL, THREAD_POOL = "Pool", "ThreadPool"
QUEUE = "Queue"
"""No pool of a library's: what hand-written processes take from a queue."""
PROCESSES, THREADS = "processes", "threads"
"""Plain processes, and the program's own threads, where they are treated as the workers of a pool."""

_EXTRA_QUEUED_CALLS = 1  # of `concurrent.futures.process`: so many beside one for each worker

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            POOL,
            sending=TASK_HANDLER,
            receiving=RESULT_HANDLER,
            at_once=True,
            serves_at_once=True,
        ),
        Kind(PYTEST, at_once=True),
        Kind(
            THREAD_POOL,
            threaded=True,
            sending=TASK_HANDLER,
            receiving=RESULT_HANDLER,
            at_once=True,
            serves_at_once=True,
        ),
        Kind(
            "ProcessPoolExecutor",
            sending=QUEUE_FEEDER,
            receiving=EXECUTOR_MANAGER,
            ahead=_EXTRA_QUEUED_CALLS,
        ),
        Kind(
            "billiard",
            sending=TASK_HANDLER,
            receiving=RESULT_HANDLER,
            at_once=True,
            serves_at_once=True,
            stopped=(15, 155),  # by SIGTERM, and after so many tasks
        ),
        Kind(
            "mpire",
            sending=QUEUE_FEEDER,
            receiving=RESULT_HANDLER,
            at_once=True,
        ),
        Kind("mpire threads", threaded=True),
        Kind(
            "multiprocess",
            sending=TASK_HANDLER,
            receiving=RESULT_HANDLER,
            at_once=True,
            serves_at_once=True,
        ),
        Kind(
            "multiprocess threads",
            threaded=True,
            sending=TASK_HANDLER,
            receiving=RESULT_HANDLER,
            at_once=True,
            serves_at_once=True,
        ),
        Kind(
            "pebble",
            sending=TASK_HANDLER,
            receiving=RESULT_HANDLER,
            at_once=True,
            serves_at_once=True,
            stopped=(15,),  # its workers exit with the number of the signal
        ),
        Kind("pebble threads", threaded=True),
        *(
            Kind(
                name,
                sending=QUEUE_FEEDER,
                receiving=EXECUTOR_MANAGER,
                ahead=_EXTRA_QUEUED_CALLS,
                ahead_each=2,
                window_grows=name == "joblib",  # pre_dispatch: 2 * n_jobs
                own_start=True,
                chunks_by="batch_size" if name == "joblib" else "chunksize",
                workers_by="n_jobs" if name == "joblib" else "workers",
            )
            for name in ("loky", "joblib")
        ),
        Kind("ThreadPoolExecutor", threaded=True),
        Kind("InterpreterPoolExecutor", threaded=True, interpreters=True),
        Kind(
            "DataLoader",
            sending=QUEUE_FEEDER,
            at_once=True,
            aside=True,
            loads_ahead=True,
            chunks_by="batch_size",
            workers_by="num_workers",
        ),
        Kind(QUEUE, sending=QUEUE_FEEDER, written=True),
        Kind(PROCESSES, pooled=False),
        Kind(THREADS, pooled=False, threaded=True),
    )
}

UNKNOWN = Kind("", sending=TASK_HANDLER, receiving=RESULT_HANDLER, serves_at_once=True)
"""A kind that this version does not know, taken for processes behind a pipe; when they start is not said."""


def kind_of(name: object) -> Kind:
    """Look a kind of pool up; `UNKNOWN` for one of a newer tracer, or where the name was lost."""
    return KINDS.get(str(name), UNKNOWN)
