"""The stand-ins for the queues of PyTorch's `DataLoader`, on queues of ours: torch is not needed."""

from __future__ import annotations

import multiprocessing.connection
import pickle
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from typing import Any

import pytest

from tracer.instrument.core import names
from tracer.instrument.libraries import torch, torch_worker
from tracer.instrument.libraries.torch_worker import EPOCH_SHIFT, Numbering, Timed, count
from tracer.record import schema, session
from tracer.tables.journals import read


class Resume:
    """Stands for `_ResumeIteration`."""


class Stop:
    """Stands for `_IterableDatasetStopIteration`."""


class Wrapper:
    """Stands for `ExceptionWrapper`."""

    exc_type = KeyError


MODULE = SimpleNamespace(
    _ResumeIteration=Resume, _IterableDatasetStopIteration=Stop, ExceptionWrapper=Wrapper
)
NOT_YET = object()


class Queue:
    """A queue whose messages are given beforehand; `NOT_YET` is a poll in vain."""

    def __init__(self, messages: list[Any]) -> None:
        self.messages, self.sent = messages, list[Any]()
        self._poll, self._recv_bytes = lambda *_: True, lambda: b""
        self._writer = SimpleNamespace(_send_bytes=self.sent.append)

    def get(self, timeout: float | None = None) -> Any:
        """Give the next message, as `multiprocessing.Queue` does."""
        self._poll(timeout)
        message = self.messages.pop(0)
        if message is NOT_YET:
            raise Empty
        self._recv_bytes()
        return message

    def put(self, message: Any) -> None:
        """Take a message."""
        self.sent.append(message)


class Items:
    """A dataset of items."""

    def __getitem__(self, index: int) -> int:
        return index


class Batches(Items):
    """A dataset that takes whole batches."""

    def __getitems__(self, indices: list[int]) -> list[int]:
        return indices


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a maker of workers, `worker(messages, dataset)`, which gives its queues."""
    current = session.Session({"folder": str(tmp_path)}, {"role": "worker", "name": "w"})
    monkeypatch.setattr(session, "current", current)

    def make(messages: list[Any], dataset: object = None) -> tuple[Queue, Queue]:
        indices, results = Queue(messages), Queue([])
        given = indices, results, 0, dataset or Items(), True, None
        torch_worker.attach(current, multiprocessing, MODULE, *given)  # type: ignore[arg-type]
        return indices, results

    make.records = lambda kind: read(tmp_path).kind(kind).words.tolist()  # type: ignore[attr-defined]
    return make


def test_polls_in_vain_are_one_wait(worker: Any) -> None:
    """Torch asks anew every five seconds: the wait began at the first time."""
    indices, results = worker([NOT_YET, NOT_YET, (0, [1, 2, 3])])
    for _ in range(2):
        with pytest.raises(Empty):
            indices.get(timeout=5)
    number, index = indices.get(timeout=5)
    assert (number, list(index)) == (0, [1, 2, 3])
    results.put((0, "data"))
    (begin,) = worker.records(schema.BEGIN)
    assert begin[2] < begin[3] < begin[4] < begin[5]
    assert begin[6] == 3


def test_each_epoch_has_numbers_of_its_own(worker: Any) -> None:
    """Batch 0 after `_ResumeIteration` is another job than batch 0 before."""
    indices, results = worker([(0, [1]), Resume(), (0, [1]), None])
    indices.get()
    results.put((0, "data"))
    indices.get()
    results.put((Resume(), None))
    indices.get()
    results.put((0, "data"))
    indices.get()
    assert [begin[0] for begin in worker.records(schema.BEGIN)] == [0, 1 << EPOCH_SHIFT]
    assert len(worker.records(schema.DONE)) == 2
    assert results.sent[0] == (0, "data")


def test_what_is_not_wanted_any_more_is_cancelled(worker: Any) -> None:
    """A message without an answer was skipped; one that an exhausted dataset answers was no batch."""
    indices, results = worker([(0, [1]), (1, [2]), None])
    indices.get()
    results.put((0, Stop()))
    indices.get()
    indices.get()
    assert [cancel[0] for cancel in worker.records(schema.CANCEL)] == [0, 1]
    assert len(worker.records(schema.DONE)) == 2


def test_an_error_is_named(worker: Any) -> None:
    """By the type that torch wraps."""
    indices, results = worker([(0, [1])])
    indices.get()
    results.put((0, Wrapper()))
    (done,) = worker.records(schema.DONE)
    assert done[schema.COMMIT] >> schema.STATUS_SHIFT & 0xFF == schema.ERROR
    assert session.current is not None
    assert done[6] == session.current.names["KeyError"]


def test_a_dataset_that_takes_batches_gets_the_list_itself(worker: Any) -> None:
    """What goes over a list of indices one by one gets one that times its items, once."""
    index = [1, 2, 3]
    indices, _ = worker([(0, index)], Batches())
    assert indices.get()[1] is index
    indices, _ = worker([(0, index)])
    timed = indices.get()[1]
    assert type(timed) is Timed
    assert timed == index
    assert [*timed] == [*timed] == index
    assert type(pickle.loads(pickle.dumps(timed))) is list


def test_items_that_are_not_worth_it_are_left_untimed_for_some_batches(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a batch of short items the next 16 are handed out as they are, and then one is timed again."""
    monkeypatch.setattr(torch_worker, "WORTH_NS", 1 << 40)
    indices, results = worker([(number, [1, 2, 3]) for number in range(18)])
    kinds = []
    for number in range(18):
        kinds.append(type(indices.get()[1]))
        results.put((number, "data"))
    assert kinds == [Timed, *[list] * 16, Timed]


def test_a_queues_buffer_tells_each_batchs_number() -> None:
    """By the messages that go through it, in their order."""
    buffer = Numbering(Resume)
    buffer.extend([(0, [1]), (1, [2]), Resume(), (0, [1]), (Resume(), None), (3, "data"), None])
    numbers = []
    while buffer:
        buffer.popleft()
        numbers.append(buffer.work_id)
    assert numbers == [0, 1, None, 1 << EPOCH_SHIFT, None, 2 << EPOCH_SHIFT | 3, None]


@pytest.mark.parametrize(
    ("kind", "dataset", "name"),
    [
        (0, Items(), "Items.__getitem__"),
        (0, Batches(), "Batches.__getitems__"),
        (1, Items(), "Items.__iter__"),
        (0, SimpleNamespace(dataset=Items()), "Items.__getitem__"),
    ],
)
def test_a_batch_is_named_by_its_dataset(
    kind: int, dataset: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subset by what it is of."""
    monkeypatch.setitem(names.WRAPPED, ("types", "SimpleNamespace"), lambda subset: subset.dataset)
    assert torch._function(kind, dataset) == name


@pytest.mark.parametrize(("index", "items"), [([1, 2], 2), ((1, 2, 3), 3), (7, 1), ([], 1), ("key", 1)])
def test_a_batch_has_as_many_items_as_indices(index: object, items: int) -> None:
    """One where the sampler gives a single index, of whatever type."""
    assert count(index) == items


def test_queues_of_another_make_are_left_alone(worker: Any) -> None:
    """A process whose arguments are others, in another version, is started as it is."""
    process = SimpleNamespace(_args=(0, Items(), object(), object(), None, True), _parent_pid=0)
    assert torch._given("DataLoader", MODULE, process) == (None,)  # type: ignore[arg-type]
