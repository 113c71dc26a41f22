"""Whatever raises below a hook, and wherever: no frame of the tracer's is in what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.test_manners import assert_same
from tests.support.programs import PROGRAMS, run_both

# What raises, and words of what the plain program prints; by what else than 1 it ends.
CASES = {
    "map_unpicklable": "_ForkingPickler.dumps(obj)",
    "map_no_iterable": "TypeError: 'int' object is not iterable",
    "imap_no_arguments": "missing 2 required positional arguments",
    "imap_chunksize": "ValueError: Chunksize must be 1+",
    "apply_closed": "ValueError: Pool not running",
    "apply_async_closed": "ValueError: Pool not running",
    "map_closed": "ValueError: Pool not running",
    "starmap_closed": "ValueError: Pool not running",
    "imap_closed": "ValueError: Pool not running",
    "logged": "ERROR:root:closed",
    "pool_argument": "return _ForkingPickler.loads(res)",
    "pool_result": "MaybeEncodingError",
    "pool_exception": "MaybeEncodingError",
    "pool_exception_arrives": "return _ForkingPickler.loads(buf.getbuffer())",
    "worker_reading": "chunk = read(handle, ",
    "worker_locking": "return self._semlock.__enter__()",
    "worker_writing": "n = write(self._handle, buf)",
    "worker_writing_much": "self._send(header)",
    "start_unpicklable": "ForkingPickler(file, protocol).dump(obj)",
    "start_twice": "cannot start a process twice",
    "start_without_init": "no attribute '_closed'",
    "start_with_argument": "takes 1 positional argument but 2 were given",
    "start_from_daemon": "daemonic processes are not allowed to have children",
    "join": "pid, sts = os.waitpid(self.pid, flag)",
    "join_at_exit": "p.join()",
    "lock": "KeyboardInterrupt",
    "executor_argument": "return _ForkingPickler.loads(res)",
    "executor_unpicklable": "obj = _ForkingPickler.dumps(obj)",
    "executor_result": "obj = _ForkingPickler.dumps(obj)",
    "executor_exception": "TypeError: not this one",
    "executor_exception_arrives": "return _ForkingPickler.loads(buf.getbuffer())",
    "executor_reading": "chunk = read(handle, ",
    "executor_submit": "cannot schedule new futures after shutdown",
    "executor_map": "cannot schedule new futures after shutdown",
    "executor_workers": "max_workers must be greater than 0",
    "thread_submit": "cannot schedule new futures after shutdown",
    "thread_executor": "max_workers must be greater than 0",
    "future": "InvalidStateError",
    "future_exception": "InvalidStateError",
}
ENDS = {
    **dict.fromkeys(("logged", "pool_argument", "pool_exception_arrives", "start_from_daemon"), 0),
    **dict.fromkeys(("worker_reading", "worker_locking", "join_at_exit", "executor_reading"), 0),
    **dict.fromkeys(("worker_writing", "worker_writing_much"), -9),
    **dict.fromkeys(("join", "lock"), -2),
}


@pytest.mark.parametrize("case", CASES)
def test_a_traceback_is_the_stock_one(tmp_path: Path, case: str) -> None:
    """Output, down to every frame of every traceback, and exit code are those of the plain program."""
    pair = run_both(tmp_path, [str(PROGRAMS / "raising.py"), case])
    assert CASES[case] in pair.plain.stderr
    assert pair.plain.code == ENDS.get(case, 1)
    assert_same(pair)
