"""The categories of the account: every nanosecond of a lane's life is in exactly one of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """One kind of time: `name` in tables and JSON, `title` for people, and what it is in one line."""

    name: str
    title: str
    meaning: str


CATEGORIES = (
    Category("start_up", "start-up", "from the call that starts it until it first waits for a task"),
    Category("starved", "starved", "waiting for a task, and none was there for it"),
    Category("lock_wait", "waiting for the pipe", "another worker was reading its task from the pipe"),
    Category("receiving", "receiving", "reading a message from the pipe"),
    Category("unpickling", "unpickling", "making objects of bytes"),
    Category("on_core", "running", "in the function, on a core"),
    Category("no_core", "without a core", "in the function, ready to run, and its siblings held the cores"),
    Category("other_programs", "without a core: other programs", "likewise, and other programs held a core"),
    Category("blocked", "blocked", "in the function, waiting for a lock, the GIL, I/O or a sleep"),
    Category(
        "running",
        "in the function",
        "in the function; whether it had a core was not recorded",
    ),
    Category("pickling", "pickling", "making bytes of objects"),
    Category("sending", "sending", "writing a message to the pipe"),
    Category(
        "pipe_full", "held up at the pipe", "in a write or read: pipe full, empty or in use, or no core"
    ),
    Category("producing", "producing", "the program's iterable made the next task, or the pool cut a chunk"),
    Category("delivering", "delivering", "setting results and running callbacks"),
    Category("bookkeeping", "pool's own work", "the pool's code between one task and the next"),
    Category("idle", "idle", "nothing to do yet, or any more"),
    Category("stopping", "stopping", "from the end of its work to its exit"),
    Category("waiting", "waiting", "the program's own thread, off the cores"),
    Category("unexplained", "unexplained", "what no stamp accounts for"),
)
"""In the order of a task's way; `unexplained` is what the others leave."""

NUMBER = {category.name: place for place, category in enumerate(CATEGORIES)}
TITLE = {category.name: category.title for category in CATEGORIES}
RUN = ("on_core", "no_core", "other_programs", "blocked", "running")
"""What a run is made of."""
WITHOUT = ("no_core", "other_programs")
"""Its time without a core, by who held the cores."""
