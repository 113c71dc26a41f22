"""PyTorch's `DataLoader`, in the version that is installed; torch is large, so no group of ours installs it.

To run these: `pip install torch --index-url https://download.pytorch.org/whl/cpu`, then
`python -m pytest -m '' tests/integration/libraries/test_torch.py`.
"""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.programs import PROGRAMS, Ended, Pair, run, run_both
from tracer.analysis import summarize

pytest.importorskip("torch")

pytestmark = pytest.mark.thorough
METHODS = [m for m in ("fork", "spawn", "forkserver") if m in multiprocessing.get_all_start_methods()]
LIMIT_S = 240.0
"""`import torch` takes seconds, in each worker anew under spawn."""
ORDER = [
    *["submitted", "pickle_start", "pickle_end", "received", "run_start", "run_end"],
    *["result_pickled", "result_received", "result_unpickled", "delivered"],
]

LABELLED = """
from torch.utils.data import DataLoader, Dataset

class Squares(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, number):
        return number * number

if __name__ == "__main__":
    for size, workers in ((4, 2), (None, 1)):
        for _ in DataLoader(Squares(), batch_size=size, num_workers=workers):
            pass
"""


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Run the program with every way of using a loader, by fork."""
    folder = tmp_path_factory.mktemp("loaders")
    return run_both(folder, [str(PROGRAMS / "loaders.py"), "fork", "all"], limit=LIMIT_S)


def tasks_of(ended: Ended, dataset: str) -> pd.DataFrame:
    """Return the tasks of a dataset's class, by name."""
    tasks: pd.DataFrame = ended.trace.tasks
    return tasks[tasks["function"].fillna("").str.startswith(f"{dataset}.")].reset_index(drop=True)


def waits_of(ended: Ended, dataset: str) -> list[Any]:
    """Return what the waits for the batches of a dataset say, in order; None for the end of an epoch."""
    spans = ended.trace.spans
    mine = spans[(spans["category"] == "data wait") & (spans["name"] == f"DataLoader({dataset})")]
    return [json.loads(text) if isinstance(text, str) else None for text in mine.sort_values("start")["data"]]


def test_every_loader_works_as_untraced(every: Pair) -> None:
    """Output, tracebacks and errors are those of the plain run, of a killed worker and a left loop too."""
    assert every.traced.stdout == every.plain.stdout
    assert (every.traced.code, every.traced.stderr) == (every.plain.code, every.plain.stderr) == (0, "")


def test_every_trace_keeps_the_contract(every: Pair) -> None:
    """The contract's checker finds nothing, nothing was lost, and every task is of a loader."""
    assert every.traced.breaches == []
    assert every.traced.trace.meta["losses"] == {}
    assert set(every.traced.trace.tasks["kind"]) == {"DataLoader"}


@pytest.mark.parametrize("method", METHODS)
def test_each_batch_is_a_task_under_each_start_method(method: str, tmp_path: Path) -> None:
    """Four batches of four in two epochs with the same workers: eight tasks with every phase, in order."""
    ended = run(tmp_path, [str(PROGRAMS / "loaders.py"), method], limit=LIMIT_S)
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == "".join(f"{epoch} [1400.0, 12600.0, 36600.0, 73400.0]\n" for epoch in (0, 1))
    tasks = tasks_of(ended, "Squares")
    assert tasks["status"].tolist() == ["ok"] * 8
    assert set(tasks["function"]) == {"Squares.__getitem__"}
    assert tasks["items"].tolist() == [4] * 8
    assert tasks["process"].value_counts().tolist() == [4, 4]
    stamps = tasks[ORDER].astype("int64")
    assert (stamps.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (tasks["args_bytes"] > 0).all()
    assert (tasks["result_bytes"] > 0).all()
    assert (tasks["wait_start"] <= tasks["lock_acquired"]).all()
    workers = ended.trace.processes.query("role == 'worker'")
    assert workers["exitcode"].tolist() == [0, 0]
    assert set(workers["start_method"]) == {method}
    numbers = [wait and wait["batch"] for wait in waits_of(ended, "Squares")]
    assert numbers == [0, 1, 2, 3, None] * 2
    assert {wait["shared_bytes"] for wait in waits_of(ended, "Squares") if wait} == {4 * 100 * 4}
    initialized = ended.trace.spans.query("category == 'initializer'")
    assert initialized["name"].tolist() == ["say_hello"] * 2
    assert ended.breaches == []
    assert ended.trace.meta["losses"] == {}


def test_a_batch_that_an_exhausted_dataset_cannot_give_is_cancelled(every: Pair) -> None:
    """Ten items one by one are ten tasks that went well, in six batches of two six; none is lost."""
    assert set(tasks_of(every.traced, "Stream")["function"]) == {"Stream.__iter__"}
    assert tasks_of(every.traced, "Stream")["status"].value_counts()["ok"] == 10
    assert tasks_of(every.traced, "Chunks")["status"].value_counts()["ok"] == 6
    for dataset in ("Stream", "Chunks"):
        others = tasks_of(every.traced, dataset).query("status != 'ok'")
        assert set(others["status"]) <= {"cancelled"}
        assert others["delivered"].isna().all()


def test_items_are_timed_where_the_fetcher_goes_over_them_one_by_one(every: Pair) -> None:
    """A dataset that takes whole batches gets a list, and is named by that; a subset by what it is of."""
    items = every.traced.trace.items
    assert set(tasks_of(every.traced, "Batched")["function"]) == {"Batched.__getitems__"}
    assert not items["task"].isin(tasks_of(every.traced, "Batched")["task"]).any()
    assert items["task"].isin(tasks_of(every.traced, "Left")["task"]).any()
    assert tasks_of(every.traced, "Pairs")["items"].tolist() == [3, 3]


def test_a_loop_that_leaves_early_loses_nothing(every: Pair) -> None:
    """Batches loaded ahead are no failure: they returned, or were not begun any more."""
    tasks = tasks_of(every.traced, "Left")
    assert set(tasks["status"]) <= {"ok", "cancelled"}
    assert tasks["delivered"].notna().sum() == 4
    assert len(tasks) <= 16 + 4


def test_a_batch_that_came_too_early_is_kept_until_its_turn(every: Pair) -> None:
    """The second arrives first and is delivered second; without order, each as it comes."""
    slow = tasks_of(every.traced, "Slow")
    assert slow["result_unpickled"].iloc[1] < slow["result_received"].iloc[0]
    assert slow["delivered"].is_monotonic_increasing
    assert [wait and wait["batch"] for wait in waits_of(every.traced, "Slow")] == [0, 1, 2, 3, None]
    unordered = tasks_of(every.traced, "Unordered")
    assert unordered.sort_values("delivered").index.tolist() == [1, 3, 0, 2]
    assert [wait and wait["batch"] for wait in waits_of(every.traced, "Unordered")] == [1, 3, 0, 2, None]


def test_an_error_in_the_dataset_is_its_batchs(every: Pair) -> None:
    """The batch with item 5 raised KeyError, and the loop got it."""
    tasks = tasks_of(every.traced, "Failing")
    assert tasks["status"].tolist()[:3] == ["ok", "ok", "error"]
    assert tasks["error"].tolist()[2] == "KeyError"
    assert tasks["delivered"].notna().tolist()[:3] == [True, True, True]


def test_a_killed_worker_loses_the_batch_that_it_held(every: Pair) -> None:
    """The third batch is lost, by SIGKILL."""
    assert tasks_of(every.traced, "Deadly")["status"].tolist()[:3] == ["ok", "ok", "lost"]
    summary = summarize(every.traced.trace)
    assert summary.lost_by == {"SIGKILL": 1}
    assert [one.how for one in summary.failed] == ["SIGKILL"]


def test_the_wait_for_data_is_a_number_of_the_summary(every: Pair) -> None:
    """Without workers too, where the loop loads its batches itself."""
    summary = summarize(every.traced.trace)
    assert summary.data_wait_share is not None
    assert 0 < summary.data_wait_share <= 1
    assert summary.data_wait_ns
    assert [wait and wait["batch"] for wait in waits_of(every.traced, "Numbers")] == [0, 1, None]


PINNING = """
import torch
from torch.utils.data import DataLoader, Dataset, _utils

class Squares(Dataset):
    def __len__(self):
        return 12
    def __getitem__(self, index):
        return index * index

torch.accelerator.is_available = lambda: True
torch.accelerator.current_accelerator = lambda: torch.device("cpu")
torch.accelerator.current_device_index = lambda: 0
torch.accelerator.set_device_index = lambda index: None
_utils.pin_memory.pin_memory = lambda data, device=None: data

if __name__ == "__main__":
    loader = DataLoader(Squares(), batch_size=3, num_workers=2, pin_memory=True, persistent_workers=True)
    for epoch in range(2):
        print([batch.tolist() for batch in loader])
"""


def test_a_thread_that_pins_memory_receives_the_results(tmp_path: Path) -> None:
    """The stamps of receiving are of its thread, which has a role of its own; the loop is delivered to."""
    (tmp_path / "pinning.py").write_text(PINNING)
    pair = run_both(tmp_path, [str(tmp_path / "pinning.py")], limit=LIMIT_S)
    assert (pair.traced.code, pair.traced.stdout, pair.traced.stderr) == (
        0,
        pair.plain.stdout,
        pair.plain.stderr,
    )
    tasks = tasks_of(pair.traced, "Squares")
    assert tasks["status"].tolist() == ["ok"] * 8
    assert (tasks["result_unpickled"] <= tasks["delivered"]).all()
    assert pair.traced.trace.threads["role"].tolist().count("pin_memory") == 1
    assert [wait and wait["batch"] for wait in waits_of(pair.traced, "Squares")] == [0, 1, 2, 3, None] * 2
    assert pair.traced.breaches == []


def test_a_batch_is_labelled_by_its_rows(tmp_path: Path) -> None:
    """By the indices that are asked for; a function that says it gets the data set and them."""
    program = tmp_path / "labelled.py"
    program.write_text(LABELLED)
    ended = run(tmp_path, [str(program)], whole=True, options=("--label", "args"), limit=LIMIT_S)
    assert (ended.code, ended.stderr) == (0, "")
    rows = ["rows 0 … 3", "rows 4 … 7", "rows 8 … 9"]
    assert ended.trace.tasks["label"].tolist() == [*rows, *(f"row {number}" for number in range(10))]
