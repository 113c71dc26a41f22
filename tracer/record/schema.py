"""The binary layout of a journal: the one place where the recording and the reading side meet.

A journal segment is a file: a header of 2048 bytes, then records of 64 bytes, each eight native 64-bit words.
The last word is the commit word. It is written last, by a store of its own, so a record counts once its
commit word is not zero, and a process that is killed between any two stores leaves either a whole record or
none. Two words may be filled in later, each by one store (`LATE`): zero means "not yet".

    header   word 0 magic   1 version   2 records dropped   3 segment number   4 length of the identity
             5 when the task arrived that its worker is unpickling (0: none); a BEGIN with the same `received`
             says which it was, and where none does, the worker died of it
             6 journals of the same process that could not be opened
             from byte 64: the identity, JSON: which process and thread wrote this
    commit   bits 0-7 kind   8-23 core   24-31 status   32-55 pool, numbered within its process
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAGIC = 0x4C414E52554F4A74  # "tJOURNAL" in memory order
VERSION = 1

WORD = 8
RECORD_WORDS = 8
RECORD_BYTES = WORD * RECORD_WORDS
COMMIT = RECORD_WORDS - 1
HEADER_BYTES = 2048
IDENTITY_AT = 64

HEADER_MAGIC, HEADER_VERSION, HEADER_DROPPED, HEADER_SEGMENT, HEADER_IDENTITY_BYTES = range(5)
HEADER_HELD, HEADER_UNOPENED = 5, 6

FIRST_SEGMENT_BYTES = 4 * 1024  # enough for a short process
SECOND_SEGMENT_BYTES = 64 * 1024  # main's first, because it may not open another later (setuid)
LAST_SEGMENT_BYTES = 4 * 1024 * 1024  # made in less than a millisecond
GROWTH = 4  # of what follows the second

JOURNAL_SUFFIX = ".journal"
SWITCHES_SUFFIX = ".switches"  # what the kernel's ring of one core held, raw
CUT_SUFFIX = ".cut" + SWITCHES_SUFFIX  # the same, where records may be missing after the last
SAMPLES_SUFFIX = ".samples"  # of threads: SAMPLE_WORDS words each
SAMPLE_WORDS = 6  # time, pid, tid, core, time on cores so far, 1 if running or runnable
FAILED_SUFFIX = ".failed"  # in place of a journal that could not be opened
JOURNAL_FOLDER = "journals"
ROSTER_FILE = "roster.json"
SESSION_FILE = "session.json"
STANDING_FILE = "standing.json"  # where threads stood when they were last looked at
PLAN_FILE = "plan"  # what a process that joins must know: a Python literal

CORE_SHIFT = 8
CORE_UNKNOWN = 0xFFFF
STATUS_SHIFT = 24
POOL_SHIFT = 32
NAME_SHIFT = 32  # of the function in a HAND_OVER

# Kinds of records, and what their words hold.
NAME = 1  # name number, bytes in all, 40 bytes of UTF-8; the parts of a long name follow one another
POOL = 2  # opened, kind (name), workers, how many tasks were submitted so far (late; 0: it does not count)
SUBMIT = 3  # job, submitted, function (name), items (0: the worker counts them), tasks (0: not known yet)
DISPATCH = 4  # job, index, pickle_start, pickle_end, sent, args_bytes
HAND_OVER = 5  # job, submitted, pickle_start, pickle_end, sent, args_bytes, function << 32 | items
BEGIN = 6  # job, index, wait_start, lock_acquired, received, run_start, items (0: not said)
DONE = 7  # run_end, result_pickled, result_sent (late), result_bytes, cpu_ns + 1, runq_ns + 1, error (name)
RESULT = 8  # job, index, result_received, result_unpickled, delivered (late), error (name): see below
ITEM = 9  # number in the chunk, start, end, core_end; belongs to the last BEGIN of its journal
SPAN = 10  # start, end, name (name), data (name), core_end, category (name), batch
THREAD = 11  # started, tid, name (name), role (name), library (name); what follows is of this thread
THREAD_END = 12  # ended, error (name; 0: none): the type of the one that nothing in the thread caught
STAGE = 13  # stage of this process (below), time, cpu_ns
CHILD = 14  # birth, what happened to the child (below), time, value, name (name), start method (name)
CANCEL = 15  # job, time
BROKEN = 16  # time
EXHAUSTED = 17  # job, time: the caller's iterable has given all it has; a job without tasks by then has none
UNFOLLOWED = 18  # time, library (name), version (name): one whose inside is not known
AWAITED = 19  # job, coroutine (name): it handed the job over
CHANNEL = 20  # identity, what it is (name), room, its form; the pool's place holds its number here
PIPE = 21  # identities of the two ends of a pipe that goes both ways: what one end writes the other reads
CLAIM = 22  # identity of a channel that serves a library, whose own hooks tell of its tasks
PUT = 23  # submitted, pickle_start, pickle_end, write_start, sent (late), bytes, mark << 32 | tid of who put
TAKE = 24  # wait_start, lock_acquired, received, run_start, run_end (late), bytes, mark
SKIPPED = 25  # since, how many (late) messages were only counted; status: of a PUT (0) or a TAKE (1)
ANSWER = 26  # job, index, result_pickled, result_sent, result_bytes: where a worker's other thread sends it
EARLIER = 27  # time, kind (name), a number: a pool that gets tasks, and was made before the trace began
LABEL = 28  # job, index, item (0: the task itself; else from 1), label (name): what it works on
PUT_LABEL = 29  # time, tid, label (name; 0: none) of what this thread puts next on this queue

# An owner that has given a task up (it took too long, its worker died) answers in the worker's place: a
# RESULT that was never received, with the error that the program is given.

BEGIN_RECEIVED = 4
POOL_SUBMITTED, SUBMIT_TASKS = 3, 4
DONE_PICKLED, DONE_BYTES = 1, 3  # late too, where a thread of its own pickles results
SKIPPED_COUNT = 1
NO_ITEM = 1 << 32  # the items of a BEGIN that carries none: it raises what the caller's iterable did
LATE = {DONE: 2, RESULT: 4, PUT: 4, TAKE: 4}
MARK_SHIFT = 32  # of a message's mark in a PUT
BATCH_BITS = 24  # the batch that a SPAN is of, counted from 1 (0: none); above, its bytes in shared memory

# Statuses of a DONE, DISPATCH, PUT or TAKE, in the commit word.
OK, ERROR, UNPICKLABLE = range(3)

# Forms of a channel.
QUEUE_OF_OWN, PIPE_ALONE, MANAGERS_QUEUE = range(3)
NONE_BYTES, NONE_MARK = 4, 0x2E4E0480
"""What a message that is None looks like, pickled; the mark up to the version of the protocol."""

# Stages of a process's life, in STAGE records. In place of cpu_ns TARGET_START has a name (the function), so
# has AFFINITY (the cores), NATIVE (the libraries with threads of their own that are loaded, a blank between),
# and BECOMES (the program that takes this one's place by exec; 0: it could not).
# FAILED has the type of the error (name; 0 where it is not known), and then in which part (below) it was.
STARTED, TARGET_START, TARGET_END, EXITING, AFFINITY, BECOMES, FAILED, NATIVE = range(8)

IN_FUNCTION, IN_INITIALIZER, IN_IMPORT, UNGUARDED = range(4)
"""Where a process failed: in its target, in a worker's initializer, in the import of the main module, or
there because that starts processes in children too: it lacks `if __name__ == "__main__":`."""

# What a parent saw of its child, in CHILD records; `value` is the PID, the exit code, or the number of the
# signal by which the parent (its pool, `terminate()`, `kill()`) has ended it.
START_CALLED, FORKED, REAPED, STOPPED = range(4)

BY_PID = 1 << 39
"""In place of a birth, with the PID added: a child that the program has forked by itself."""

SUBPROCESS = "subprocess"
"""The start method, and the role, of a program that another one starts: any program, a Python or not."""


def read_identity(header: bytes) -> dict[str, Any] | None:
    """Tell who wrote a journal from the first bytes of a segment; None where they are no whole header."""
    import json  # 2.5 ms that no worker pays

    if len(header) < HEADER_BYTES:
        return None  # its writer was killed while making it
    words = memoryview(header[:IDENTITY_AT]).cast("q")
    length = words[HEADER_IDENTITY_BYTES]
    if words[HEADER_MAGIC] != MAGIC or words[HEADER_VERSION] != VERSION:
        return None
    if not 0 < length <= HEADER_BYTES - IDENTITY_AT:
        return None
    try:
        identity = json.loads(header[IDENTITY_AT : IDENTITY_AT + length])
    except (ValueError, RecursionError):
        return None
    return identity if isinstance(identity, dict) else None
