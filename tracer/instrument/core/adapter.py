"""What a library's adapter record says: which hooks go on which of its modules, and what pools it makes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from tracer.instrument.core.patch import Patches


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

    `tried` are the versions that the hooks were tried with; None for what comes with Python, where a module
    of the program's own by the same name is left alone.
    """

    __slots__ = ("hooks", "library", "tried")

    def __init__(self, library: str, hooks: dict[str, Hook], tried: str | None = None) -> None:
        self.library, self.hooks, self.tried = library, hooks, tried

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the pools that it makes."""
        return tuple(kind for hook in self.hooks.values() for kind in hook.kinds)
