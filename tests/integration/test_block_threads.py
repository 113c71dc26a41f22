"""`tracer.trace()` from several threads at once: one trace at a time, whoever comes first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import contract
from tests.support.programs import run

PROGRAM = """\
import json, sys, threading, time
import tracer
from tracer import TracerError

together = threading.Barrier(3, timeout=30)
told = threading.Semaphore(0)
won, refused = [], []

def work(number):
    together.wait()
    before = time.monotonic()
    try:
        with tracer.trace(f"{sys.argv[1]}/{number}"):
            for _ in range(2):  # the others have been told
                assert told.acquire(timeout=30)
            with tracer.span("mine"):
                pass
            won.append(number)
    except TracerError as error:
        refused.append([number, str(error), time.monotonic() - before])
        told.release()

threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
with tracer.trace(f"{sys.argv[1]}/after"):
    pass
print(json.dumps([won, refused]))
"""


@pytest.mark.parametrize("attempt", range(3))
def test_one_thread_wins_and_the_others_are_told_at_once(tmp_path: Path, attempt: int) -> None:
    """Of three threads one traces; the others get TracerError while it does, and leave no folder."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    out = tmp_path / "out"
    ended = run(tmp_path / "run", [str(script), str(out)], traced=False)
    assert (ended.code, ended.stderr) == (0, "")
    won, refused = json.loads(ended.stdout)
    assert len(won) == 1
    assert len(refused) == 2
    for _, message, seconds in refused:
        assert "one trace at a time" in message
        assert seconds < 5
    assert {path.name for path in out.iterdir()} == {str(won[0]), "after"}
    assert contract.breaches(out / str(won[0]) / "trace") == []
