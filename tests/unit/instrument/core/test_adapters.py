"""The adapter records: that each names what is there."""

from __future__ import annotations

import importlib
import inspect

import pytest

from tracer.instrument import install, libraries, stdlib
from tracer.instrument.core.patch import Adapter
from tracer.instrument.stdlib import like_multiprocessing
from tracer.record.kinds import KINDS

ADAPTERS = {adapter.library: adapter for adapter in install.adapters()}


def test_all_records_are_put_in_place_the_standard_librarys_first() -> None:
    """No library is named twice, and no module has the hooks of two."""
    assert install.adapters() == [*stdlib.ADAPTERS, *libraries.ADAPTERS]
    assert len(ADAPTERS) == len(install.adapters()) >= 3
    modules = [module for adapter in ADAPTERS.values() for module in adapter.hooks]
    assert len(modules) == len(set(modules))


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=list(ADAPTERS))
def test_a_record_names_hooks_that_take_what_it_gives(adapter: Adapter) -> None:
    """Every home has a `hook` of patches, module and as many kinds as the record has."""
    for module, hook in adapter.hooks.items():
        assert module.startswith(adapter.library)
        function = importlib.import_module(hook.home).hook
        inspect.signature(function).bind(None, None, *hook.kinds)


def test_the_standard_librarys_kinds_are_in_the_table() -> None:
    """What a stock pool is recorded as is known to those who read it."""
    kinds = [kind for adapter in stdlib.ADAPTERS for kind in adapter.kinds]
    executors = ["ProcessPoolExecutor", "ThreadPoolExecutor", "InterpreterPoolExecutor"]
    assert kinds == ["Pool", "ThreadPool", *executors]
    assert set(kinds) <= set(KINDS)
    assert all(adapter.tried is None for adapter in stdlib.ADAPTERS)


def test_a_copy_of_multiprocessing_is_hooked_where_the_original_is() -> None:
    """Its record names the same modules of another package, and kinds of its own."""
    copy, original = like_multiprocessing("billiard", "b", "bt", ("4.0", "4.2")), ADAPTERS["multiprocessing"]
    assert [name.removeprefix("billiard") for name in copy.hooks] == [
        name.removeprefix("multiprocessing") for name in original.hooks
    ]
    assert (copy.kinds, copy.tried) == (("b", "bt"), ("4.0", "4.2"))
