"""A library's adapter record; putting its hooks in place, as its modules are loaded, and taking them out."""

from __future__ import annotations

import sys

from tracer.instrument.core.versions import is_tried, step_aside, version_of
from tracer.record import session
from tracer.record.standard import is_standard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    from tracer.instrument.core.versions import Tried

_ABSENT = object()
_OURS = __name__.partition(".")[0] + ".instrument."


def package_of(module: ModuleType) -> ModuleType:
    """Find the package that a module is part of, whose other modules are its attributes."""
    return sys.modules[module.__name__.rpartition(".")[0]]


def stock(method: Any) -> Any:
    """Return the method that was there before a hook of ours, for its tracebacks; or the method itself."""
    while getattr(method, "__globals__", {}).get("__name__", "").startswith(_OURS):
        method = method.__wrapped__
    return method


def unhooked(method: Any) -> Any:
    """Return a bound method as it is without a hook of ours: what is stamped elsewhere pays for none."""
    function = getattr(method, "__func__", None)
    return method if function is None else stock(function).__get__(method.__self__)


def is_replaced(owner: type, *names: str) -> bool:
    """Tell whether the program has put functions of its own in the place of methods of a library's class.

    Methods of a subclass of the program's own are no such functions.
    """
    homes = {base.__module__ for base in owner.__mro__}
    return any(
        getattr(stock(getattr(owner, name, None)), "__globals__", {}).get("__name__") not in homes
        for name in names
    )


class Patches:
    """The replaced attributes of classes and modules, to be put back in reverse order."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any, Any]] = []

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace `owner.name` by `make(original)`; a version that lacks the name is left alone."""
        original = getattr(owner, name, _ABSENT)
        if original is _ABSENT:
            return
        own = vars(owner).get(name, _ABSENT)
        new = make(original)
        new.__wrapped__ = original
        for attribute in ("__name__", "__qualname__", "__doc__", "__module__"):
            setattr(new, attribute, getattr(original, attribute, None))
        put = staticmethod(new) if isinstance(own, staticmethod) else new
        self._undo.append((owner, name, own, put))
        setattr(owner, name, put)

    def __len__(self) -> int:
        return len(self._undo)

    def restore(self, kept: int = 0) -> None:
        """Put every original back, but for the first `kept`, and for what the program has replaced since."""
        while len(self._undo) > kept:
            owner, name, own, put = self._undo.pop()
            if vars(owner).get(name) is not put:
                continue
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)


def replace_known(patches: Patches, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace `owner.name`, which a library is known to have. Raises AttributeError where it has not."""
    getattr(owner, name)
    patches.replace(owner, name, make)


class Hook:
    """Calls the function `hook` of `home`, a module of ours that is loaded only when its hooks are wanted.

    `kinds` are those of the pools that it records (`tracer.record.kinds`), handed on in this order.
    """

    __slots__ = ("home", "kinds")

    def __init__(self, home: str, *kinds: str) -> None:
        self.home, self.kinds = home, kinds

    def __call__(self, patches: Patches, module: ModuleType) -> None:
        """Put the hooks on `module` in place."""
        __import__(self.home, fromlist=["hook"]).hook(patches, module, *self.kinds)


class Adapter:
    """One library: `hooks` by the module whose import triggers them.

    `tried` are the oldest and the newest version that the hooks were tried with; what is outside is not
    followed, which the trace says. None for what comes with Python, where a module of the program's own by
    the same name is left alone.
    """

    __slots__ = ("hooks", "library", "tried")

    def __init__(self, library: str, hooks: dict[str, Hook], tried: Tried | None = None) -> None:
        self.library, self.hooks, self.tried = library, hooks, tried

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the pools that it makes."""
        return tuple(kind for hook in self.hooks.values() for kind in hook.kinds)


class ImportWatch:
    """A finder that puts each adapter's hooks in place as soon as their module is loaded.

    So the program loads only what it would without us.
    """

    def __init__(self, patches: Patches, adapters: list[Adapter]) -> None:
        self._patches = patches
        self._waiting: dict[str, tuple[Adapter, Hook]] = {}
        for adapter in adapters:
            for name, hook in adapter.hooks.items():
                module = sys.modules.get(name)
                if module is not None:
                    self._put(adapter, hook, module)
                # Also where it is loaded: what we alone have needed (3.14's ctypes loads threading) is
                # forgotten again, and the program's own import gives another module.
                self._waiting[name] = adapter, hook
        if self._waiting:
            sys.meta_path.insert(0, self)

    def _put(self, adapter: Adapter, hook: Hook, module: ModuleType) -> None:
        if adapter.tried is None:
            if is_standard(module):
                hook(self._patches, module)
            return
        version, before = version_of(module), len(self._patches)
        if not is_tried(version, adapter.tried):
            step_aside(adapter.library, version)
            return
        try:
            hook(self._patches, module)
        except Exception:  # a name that it stands on is gone: this inside is another
            self._patches.restore(before)
            step_aside(adapter.library, version)

    def close(self) -> None:
        """Stop watching."""
        self._waiting.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Let the other finders find a module that is waited for, and run its hooks after it."""
        waiting = self._waiting.pop(fullname, None)
        if waiting is None:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if finder is not self and find else None
            if spec is not None:
                if spec.loader is not None:
                    self._run_after(spec.loader, *waiting)
                return spec
        return None

    def _run_after(self, loader: Any, adapter: Adapter, hook: Hook) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            try:
                execute(module)
            except BaseException as error:
                from tracer.instrument.core.tracebacks import conceal

                conceal(error)
                raise
            self._put(adapter, hook, module)

        loader.exec_module = exec_module


def named_only(thing: object) -> bool:
    """Tell whether `thing` must be left alone: this trace follows named objects only, and it is not one."""
    current = session.current
    return (
        current is not None
        and bool(current.plan.get("named_only"))
        and not getattr(thing, "_traced_by_name", False)
    )
