"""billiard's pool, and a celery worker's prefork pool, which is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.followed import PIPED, assert_phases, counted, errors, followed, strangers
from tracer import run_folder
from tracer.analysis import summarize

pytest.importorskip("billiard")

PROGRAM = """
import os
import sys
import time
from billiard import get_context

def square(number):
    return number * number

def fail(number):
    raise ValueError(number)

def give_lambda(number):
    return lambda: number

def sleep(number):
    time.sleep(60)

def leave(number):
    os._exit(7)

def initialize():
    pass

def show(call):
    try:
        print(call())
    except BaseException as error:
        print(type(error).__name__)

def calls(context):
    pool = context.Pool(2, initializer=initialize)
    print(pool.map(square, range(10), chunksize=2))
    print(list(pool.imap(square, range(4))), list(pool.imap_unordered(square, range(4), chunksize=4)))
    print(pool.map(square, []), pool.starmap(pow, [(2, 3), (3, 2)], 1))
    show(lambda: pool.apply(fail, (1,)))
    show(lambda: pool.apply(give_lambda, (1,)))
    show(lambda: pool.apply_async(square, (3,)).get())
    pool.close()
    pool.join()

def recycled(context):
    pool = context.Pool(2, maxtasksperchild=2)
    print([pool.apply(square, (number,)) for number in range(6)])
    pool.terminate()
    pool.join()

def limits(context):
    pool = context.Pool(2, timeout=60)
    show(lambda: pool.apply_async(sleep, (1,), soft_timeout=0.3).get())
    show(lambda: pool.apply_async(sleep, (1,), timeout=0.3).get())
    show(lambda: pool.apply_async(leave, (1,), lost_worker_timeout=1).get())
    pool.terminate()
    pool.join()

if __name__ == "__main__":
    globals()[sys.argv[2]](get_context(sys.argv[1]))
"""
CALLS = {
    ("billiard", "square", "ok"): 5 + 4 + 1 + 1,
    ("billiard", "pow", "ok"): 2,
    ("billiard", "fail", "error"): 1,
    ("billiard", "give_lambda", "unpicklable"): 1,
}


def assert_calls(folder: Path, method: str) -> None:
    """Every call is seen, with every stamp at both ends, and items of chunks."""
    ended = followed(folder, PROGRAM, method, "calls")
    assert counted(ended) == CALLS
    assert_phases(ended, PIPED)
    assert errors(ended, "fail") == ["ValueError"]
    trace = ended.trace
    assert trace.tasks["items"].sum() == 10 + 4 + 4 + 2 + 3
    assert trace.spans["category"].eq("initializer").sum() == 2
    workers = trace.processes[trace.processes["role"] == "worker"]
    assert len(workers) == 2
    assert workers["target_end"].notna().all()
    assert not strangers(ended)


def test_calls_of_a_pool_are_seen_under_fork(tmp_path: Path) -> None:
    """Its workers speak another language than multiprocessing's, and the tables are the same."""
    assert_calls(tmp_path, "fork")


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_calls_of_a_pool_are_seen(tmp_path: Path, method: str) -> None:
    """What its workers are given is pickled: nothing of ours is."""
    assert_calls(tmp_path, method)


@pytest.mark.thorough
def test_recycled_workers_are_no_failures(tmp_path: Path) -> None:
    """Workers that leave after so many tasks are followed by others, and end as they should."""
    ended = followed(tmp_path, PROGRAM, "fork", "recycled")
    assert counted(ended) == {("billiard", "square", "ok"): 6}
    assert (ended.trace.processes["role"] == "worker").sum() >= 3
    assert summarize(ended.trace).failed == ()


@pytest.mark.thorough
def test_tasks_that_took_too_long_say_by_whose_word_they_ended(tmp_path: Path) -> None:
    """A soft limit raises in the task; a hard one costs the worker, as its own death does."""
    ended = followed(tmp_path, PROGRAM, "fork", "limits")
    assert counted(ended) == {
        ("billiard", "sleep", "error"): 1,
        ("billiard", "sleep", "lost"): 1,
        ("billiard", "leave", "lost"): 1,
    }
    assert errors(ended, "sleep") == ["SoftTimeLimitExceeded", "TimeLimitExceeded"]
    assert errors(ended, "leave") == ["WorkerLostError"]
    summary = summarize(ended.trace)
    assert (summary.lost_by, summary.stopped_by) == ({"exit code 7": 1}, {"TimeLimitExceeded": 1})
    assert [one.how for one in summary.failed] == ["exit code 7"]


CELERY = """
import os
import pathlib
import sys
from celery import Celery
from celery.contrib.testing.worker import start_worker

here = pathlib.Path(sys.argv[1])
for name in "queue", "results":
    (here / name).mkdir(exist_ok=True)
app = Celery("shop", broker="filesystem://", backend=f"file://{here / 'results'}")
app.conf.broker_transport_options = {
    "data_folder_in": str(here / "queue"),
    "data_folder_out": str(here / "queue"),
}
app.conf.worker_hijack_root_logger = False

@app.task(name="shop.pay")
def pay(amount):
    return amount * 2

@app.task(name="shop.refuse")
def refuse(amount):
    raise ValueError(amount)

def main():
    options = {"pool": "prefork", "concurrency": 2, "loglevel": "CRITICAL", "perform_ping_check": False}
    with start_worker(app, shutdown_timeout=30, **options):
        results = [pay.delay(amount) for amount in range(8)]
        print([one.get(timeout=40, disable_sync_subtasks=False) for one in results])
        try:
            refuse.delay(1).get(timeout=40, disable_sync_subtasks=False)
        except ValueError as error:
            print(repr(error))

if __name__ == "__main__":
    main()
"""


@pytest.mark.thorough
def test_a_celery_workers_tasks_bear_their_own_names(tmp_path: Path) -> None:
    """What its pool runs is celery's; the task in it, and what became of that, is the program's."""
    pytest.importorskip("celery")
    for run in ("plain", "traced"):
        (tmp_path / run).mkdir()
    ended = followed(tmp_path, CELERY, ".", limit=120)
    assert counted(ended) == {("billiard", "shop.pay", "ok"): 8, ("billiard", "shop.refuse", "error"): 1}
    assert errors(ended, "shop.refuse") == ["ValueError"]
    assert_phases(ended, PIPED)
    assert run_folder.load(ended.out).processes["role"].eq("worker").sum() == 2


ASYNCHRONOUS = """
import os
import time
from celery.concurrency.asynpool import AsynPool
from kombu.asynchronous import Hub, set_event_loop

def square(number):
    return number * number

def main():
    hub = Hub()
    set_event_loop(hub)
    pool = AsynPool(2, threads=False)
    pool.register_with_event_loop(hub)
    done = []
    for number in range(6):
        pool.apply_async(square, (number,), callback=done.append)
    loop, deadline = hub.create_loop(), time.monotonic() + 30
    while len(done) < 6 and time.monotonic() < deadline:
        next(loop)
    print(sorted(done), flush=True)
    pool.close()
    pool.join()

if __name__ == "__main__":
    main()
"""


@pytest.mark.thorough
def test_a_pool_that_an_event_loop_serves_is_followed(tmp_path: Path) -> None:
    """Main pickles, writes when it can, and reads: all but when a write returned is there."""
    pytest.importorskip("celery")
    ended = followed(tmp_path, ASYNCHRONOUS)
    assert counted(ended) == {("billiard", "square", "ok"): 6}
    assert_phases(ended, tuple(name for name in PIPED if name != "sent"))
