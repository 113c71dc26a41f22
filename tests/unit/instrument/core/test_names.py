"""Names of functions and exceptions, as people read them."""

from __future__ import annotations

from functools import partial
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from typing import Any

import pytest

from tracer.instrument.core.names import WRAPPED, error_name, function_name, label


class Callable_:
    """An object that can be called."""

    def __call__(self) -> None:
        """Do nothing."""

    def method(self) -> None:
        """Do nothing."""


class Hostile:
    """Raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (len, "len"),
        (Callable_.method, "Callable_.method"),
        (Callable_().method, "Callable_.method"),
        (Callable_(), "Callable_"),
        (Callable_, "Callable_"),
        (partial(len), "len"),
        (partial(partial(len), [1]), "len"),
        (partial(Callable_()), "Callable_"),
        (None, "NoneType"),
    ],
)
def test_a_callable_is_named_by_what_it_calls(function: object, expected: str) -> None:
    """A partial by its function, an object by its class."""
    assert label(function) == expected


def test_an_object_that_raises_whatever_is_asked_of_it_is_named_by_its_class() -> None:
    """Naming must not hurt the program."""
    assert label(Hostile()) == "Hostile"


def test_an_exception_that_a_pool_has_wrapped_is_named_by_its_own_type() -> None:
    """The wrapper that carries a traceback to the parent is not what the task raised."""
    error = KeyError("k")
    assert error_name(error) == "KeyError"
    assert error_name(ExceptionWithTraceback(error, None)) == "KeyError"


class Names:
    """Stands for a session: numbers names."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def name(self, text: str) -> int:
        """Number it."""
        return self.names.setdefault(text, len(self.names) + 1)


def test_a_functions_name_is_numbered_once() -> None:
    """The same function and a partial of it have one number; a long name is shortened to what fits."""
    names: Any = Names()

    def function() -> None: ...

    function.__qualname__ = "f" * 500
    first = function_name(names, function)
    assert function_name(names, function) == first
    assert function_name(names, partial(function)) == first
    (text,) = names.names
    assert len(text) == 200


class Carrier:
    """Stands for what a library wraps around the program's function."""

    def __init__(self, inner: object) -> None:
        self.inner = inner

    def __call__(self) -> None:
        """Do nothing."""


def test_a_librarys_wrapper_is_named_by_what_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """However deep, partials between; what has no inside, or only itself, keeps its own name."""
    monkeypatch.setitem(WRAPPED, (__name__, "Carrier"), lambda carrier: carrier.inner)
    assert label(Carrier(partial(Carrier(len)))) == "len"
    assert label(Carrier(None)) == "Carrier"
    assert label(Carrier(1 / 2)) == "float"
    endless = Carrier(None)
    endless.inner = endless
    assert label(endless) == "Carrier"
    del endless.inner
    assert label(endless) == "Carrier"
