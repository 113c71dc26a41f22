"""Hooks on `multiprocessing.queues`: what is put into queues and taken from them, at both ends.

    put    put() ─ submitted ─► buffer ─ feeder: pickle_start ─ pickle_end ─ the writer's lock ─ write ─ sent
    take   get() ─ wait_start ─ the reader's lock ─ lock_acquired ─ received ─ unpickled: run_start
           the next get() ─ run_end

A queue that serves a pool or a library is left alone (`channels.claim`).
"""

from __future__ import annotations

from functools import partial

from tracer.instrument.core import labels
from tracer.instrument.core.patch import Patches, package_of
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import before, conceal
from tracer.instrument.stdlib import channels, queue_feeder
from tracer.instrument.stdlib.channels import WORTH_NS, here
from tracer.instrument.stdlib.messages import has_stock_methods
from tracer.instrument.stdlib.queue_feeder import Buffer
from tracer.instrument.stdlib.queue_stamps import Following, stamped_put, stamped_take
from tracer.record import session
from tracer.record.clock import clock, core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

CATEGORY = "queue"


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `multiprocessing.queues`, or a copy of it, in place."""
    package, empty = package_of(module), module.Empty
    follow = partial(_follow, package, empty)
    patches.replace(module.Queue, "get", partial(_get, follow))
    patches.replace(module.Queue, "put", partial(_buffered_put, follow))
    patches.replace(module.Queue, "empty", partial(_empty, follow))
    patches.replace(module.Queue, "_start_thread", before(_follow_feeder, follow))
    patches.replace(module.Queue, "_feed", _feed)
    patches.replace(module.JoinableQueue, "put", partial(_joinable_put, follow))
    patches.replace(module.JoinableQueue, "join", partial(_join, follow))
    patches.replace(module.SimpleQueue, "get", partial(_simple_get, follow))
    patches.replace(module.SimpleQueue, "put", partial(_simple_put, follow))
    patches.replace(module.SimpleQueue, "empty", partial(_empty, follow))


def _following(follow: Any, queue: Any) -> Following | None:
    """Return how a queue is followed in this process, None where it is not."""
    current = session.current
    if current is None:
        return None
    known: Following | None = vars(queue).get("_tracer_following")
    if known is None or known.current is not current:
        known = queue._tracer_following = follow(current, queue)
    return known if known.number else None


def _follow(package: ModuleType, empty: Any, current: session.Session, queue: Any) -> Following:
    """Decide about a queue that this process uses for the first time."""
    nothing = Following(current, 0)
    if not channels.is_wanted(current, CATEGORY) or channels.is_claimed(queue):
        return nothing
    reader, writer = queue._reader, queue._writer
    stock = package.connection.Connection
    if type(reader) is not stock or type(writer) is not stock or queue._wlock is None:
        return nothing  # a library has put its own in their place
    if not has_stock_methods(stock, queue):
        return nothing  # the program has
    reader._tracer_claimed = writer._tracer_claimed = True  # the queue is followed, not its pipe
    try:
        identity = channels.identity_of(writer.fileno() if reader.closed else reader.fileno())
    except OSError:
        return nothing
    number = channels.number_of(current, identity, type(queue).__name__, getattr(queue, "_maxsize", 0))
    if not number:
        return nothing
    made = Following(current, number)
    made.take = stamped_take(made, package, queue, empty)
    buffered = hasattr(queue, "_buffer")
    made.put = queue_feeder.stamped_put(made, queue) if buffered else stamped_put(made, package, queue)
    label = labels.message_writer(current, number)
    if label is not None:
        made.put = _labelled(made, label)
    return made


def _labelled(following: Following, label: Any) -> Any:
    """Make what stands for `put` where what is put is labelled."""
    current, stamped = following.current, following.put

    def put(original: Any, queue: Any, item: Any, *how: Any) -> None:
        label(clock(), here(current).tid, item)
        stamped(original, queue, item, *how)

    def wait(original: Any, queue: Any, item: Any, block: bool, timeout: float | None, start: int) -> None:
        label(start, here(current).tid, item)
        stamped.wait(original, queue, item, block, timeout, start)

    put.wait = wait  # type: ignore[attr-defined]
    return put


# The paths of most messages, here and in `_buffered_put`, look the queue up in place: to call `_following`
# costs 0.1 to 0.3 µs more, for each message, also for those that are only counted.
def _get(follow: Any, original: Any) -> Any:
    def get(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        try:
            following = self.__dict__["_tracer_following"]
            if following.current is not session.current:
                following = _following(follow, self)
        except KeyError:
            following = _following(follow, self)
        try:
            if following is None or not following.number:
                return original(self, block, timeout)
            return following.take(original, self, block, timeout)
        except BaseException as error:
            conceal(error)
            raise

    return get


def _simple_get(follow: Any, original: Any) -> Any:
    def get(self: Any) -> Any:
        following = _following(follow, self)
        try:
            return original(self) if following is None else following.take(original, self, True, None)
        except BaseException as error:
            conceal(error)
            raise

    return get


def _buffered_put(follow: Any, original: Any) -> Any:
    def put(self: Any, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        try:
            following = self.__dict__["_tracer_following"]
            if following.current is not session.current:
                following = _following(follow, self)
        except KeyError:
            following = _following(follow, self)
        try:
            if following is None or not following.number:
                original(self, obj, block, timeout)
            else:
                following.put(original, self, obj, block, timeout)
        except BaseException as error:
            conceal(error)
            raise

    return put


def _joinable_put(follow: Any, original: Any) -> Any:
    """`put` that counts what is unfinished, too: the stock one."""

    def put(self: Any, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        following = _following(follow, self)
        try:
            if following is None:
                original(self, obj, block, timeout)
            else:
                following.put.wait(original, self, obj, block, timeout, clock())
        except BaseException as error:
            conceal(error)
            raise

    return put


def _simple_put(follow: Any, original: Any) -> Any:
    def put(self: Any, obj: Any) -> None:
        following = _following(follow, self)
        try:
            if following is None:
                original(self, obj)
            else:
                following.put(original, self, obj)
        except BaseException as error:
            conceal(error)
            raise

    return put


def _empty(follow: Any, original: Any) -> Any:
    def empty(self: Any) -> bool:
        following = _following(follow, self)
        try:
            result = bool(original(self))
        except BaseException as error:
            conceal(error)
            raise
        if result and following is not None:
            channels.poll_began(following.number, following.current)
        return result

    return empty


def _follow_feeder(follow: Any, queue: Any) -> None:
    """Stand in for the buffer from which a queue's feeder, which is about to start, takes the messages."""
    following = _following(follow, queue)
    if following is not None and type(queue._buffer).__name__ == "deque":
        queue._buffer = Buffer(following)


def _feed(original: Any) -> Any:
    def feed(buffer: Any, notempty: Any, send_bytes: Any, writelock: Any, *rest: Any) -> None:
        if type(buffer) is Buffer and hasattr(send_bytes, "__self__"):
            send_bytes, writelock = buffer.stamped(send_bytes, writelock)
        original(buffer, notempty, send_bytes, writelock, *rest)

    return feed


def _join(follow: Any, original: Any) -> Any:
    def join(self: Any) -> None:
        following = _following(follow, self)
        if following is None:
            try:
                original(self)
            except BaseException as error:
                conceal(error)
                raise
            return
        me, start, start_core = here(following.current), clock(), core()
        me.inside += 1
        try:
            original(self)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            me.inside -= 1
            if clock() - start > WORTH_NS and session.current is following.current:
                record_span(following.current, CATEGORY, "join", start, start_core, following.data)

    return join
