"""Data loaders of PyTorch: `loaders.py METHOD [all]`. With `all`: every way of using them."""

import gc
import os
import re
import signal
import sys
import traceback

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, get_worker_info


class Numbers(Dataset):
    """0, 1, 2, … as tensors."""

    def __init__(self, size=16):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return torch.full((100,), float(index))


class Squares(Numbers):
    def __getitem__(self, index):
        return torch.full((100,), float(index * index))


class Batched(Numbers):
    """Takes all indices of a batch at once."""

    def __getitems__(self, indices):
        assert type(indices) is list
        return [index * 10 for index in indices]


class Pairs(Numbers):
    def __getitem__(self, index):
        return {"index": index, "name": f"n{index}"}


class Failing(Numbers):
    def __getitem__(self, index):
        if index == 5:
            raise KeyError("five")
        return index


class Deadly(Numbers):
    def __getitem__(self, index):
        if index == 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return index


class Left(Numbers):
    pass


class Mark:
    """An item that lets the first batch go when the process with the loop unpickles it."""

    def __init__(self, index):
        self.index = index

    def __reduce__(self):
        return let_go, (self.index,)


def let_go(index):
    Slow.go.set()
    return index


class Slow(Numbers):
    """Its first batch comes after the second."""

    go = None
    last = 7

    def __getitem__(self, index):
        if index == 0:
            assert self.go.wait(60)
        return Mark(index) if index == self.last else index


class Unordered(Slow):
    """Its first batch comes after all of the other worker."""

    last = 15


class Stream(IterableDataset):
    """Each worker has a part of 0 … 9; the parts are of different length."""

    def __iter__(self):
        info = get_worker_info()
        return iter(range(7) if info.id == 0 else range(7, 10))


class Chunks(Stream):
    pass


def say_hello(number):
    torch.manual_seed(number)


def usual(method):
    loader = DataLoader(
        Squares(),
        batch_size=4,
        num_workers=2,
        persistent_workers=True,
        multiprocessing_context=method,
        worker_init_fn=say_hello,
    )
    for epoch in range(2):
        print(epoch, [float(batch.sum()) for batch in loader])


def every():
    print("in turn", list(DataLoader(Numbers(4), batch_size=2))[1].shape)
    print("one by one", list(DataLoader(Stream(), batch_size=None, num_workers=2)))
    print("chunks", [batch.tolist() for batch in DataLoader(Chunks(), batch_size=2, num_workers=2)])
    print("batched", [batch.tolist() for batch in DataLoader(Batched(), batch_size=4, num_workers=1)])
    pairs = DataLoader(Subset(Pairs(), range(2, 8)), batch_size=3, num_workers=1, prefetch_factor=1)
    print("pairs", [batch["name"] for batch in pairs])
    for number, batch in enumerate(DataLoader(Left(256), batch_size=4, num_workers=2, prefetch_factor=8)):
        if number == 3:
            print("left", float(batch.sum()))
            break
    Slow.go = torch.multiprocessing.Event()
    print("slow", *DataLoader(Slow(), batch_size=4, num_workers=2, collate_fn=list))
    Slow.go.clear()
    print(
        "unordered",
        *DataLoader(Unordered(), batch_size=4, num_workers=2, collate_fn=list, in_order=False),
    )
    for dataset in (Failing(), Deadly()):
        try:
            for batch in DataLoader(dataset, batch_size=2, num_workers=1, prefetch_factor=1):
                print(type(dataset).__name__, batch.tolist())
        except (KeyError, RuntimeError):
            print(re.sub(r"pid(\(s\))? \d+", "pid N", traceback.format_exc()))
        gc.collect()  # of what is in the traceback, which else a worker of the next loader collects


if __name__ == "__main__":
    usual(sys.argv[1])
    if sys.argv[2:]:
        every()
