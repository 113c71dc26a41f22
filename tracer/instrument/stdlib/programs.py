"""Hooks on `os`: programs that take this one's place (exec), or are started without `subprocess`.

    os.execv, execve (all of exec* and spawn* come through them): the process goes on in the trace as itself
    os.posix_spawn, posix_spawnp, system: a program that joins
    os._exit: how a child that the program has forked by itself ends; os.wait, waitpid, …: its exit code

`os.system` gives its program the environment of this process, so that is changed for as long, where no
other thread could see it: not in a process of many threads.
"""

from __future__ import annotations

import os
from functools import partial

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import concealing
from tracer.record import schema, session
from tracer.record.clock import clock, process_cpu

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_STOPPED, _CONTINUED = 0x7F, 0xFFFF  # wait statuses of a process that has not ended


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `os` in place."""
    patches.replace(module, "execv", partial(_exec, False))
    patches.replace(module, "execve", partial(_exec, True))
    takes_descriptors: set[Any] = module.supports_fd
    if getattr(module.execve, "__wrapped__", None) in takes_descriptors:  # which the program may ask
        takes_descriptors.add(module.execve)
    patches.replace(module, "posix_spawn", _posix_spawn)
    patches.replace(module, "posix_spawnp", _posix_spawn)
    patches.replace(module, "system", _system)
    patches.replace(module, "_exit", _exit)
    for name in ("wait", "waitpid", "wait3", "wait4"):
        patches.replace(module, name, _wait)


def _exec(with_environment: bool, original: Any) -> Any:
    execve = getattr(os.execve, "__wrapped__", os.execve)

    def exec_(path: Any, argv: Any, *env: Any, **named: Any) -> Any:
        from tracer.instrument.core import handing_on

        current = handing_on.joining()
        if current is None or named or len(env) != with_environment:
            return original(path, argv, *env, **named)
        run = {"join": current.plan["folder"], **current.become(handing_on.basename([path]))}
        given = handing_on.for_mapping(env[0] if env else None, argv, run)
        try:
            if given is not None:
                try:  # noqa: SIM105  (contextlib would be an import more)
                    execve(path, argv, given)
                except Exception:
                    pass  # what it says is the original's to say, which may even succeed (too long a list)
            return original(path, argv, *env)
        except BaseException:
            current.stay()
            raise

    return concealing(exec_)


def _posix_spawn(original: Any) -> Any:
    def posix_spawn(path: Any, argv: Any, env: Any, **kwargs: Any) -> int:
        from tracer.instrument.core import handing_on

        current = handing_on.joining()
        if current is None:
            return int(original(path, argv, env, **kwargs))
        birth, run = handing_on.birth_of(current, handing_on.basename([path]))
        given = handing_on.for_mapping(env, argv, run)
        try:
            pid = int(original(path, argv, env if given is None else given, **kwargs))
        except BaseException:
            del current.children[birth]
            raise
        started(current, birth, pid)
        return pid

    return concealing(posix_spawn)


def _system(original: Any) -> Any:
    def system(command: Any) -> int:
        from tracer.instrument.core import handing_on

        current = handing_on.joining()
        if current is None or threads() > 1 or os.environb.get(b"_TRACER_RUN") is not None:
            return int(original(command))
        run = {"join": current.plan["folder"], "birth": None}
        before = handing_on.own_environment()
        added = [pair for pair in handing_on.with_run(before, run) if pair not in before]
        plain = dict(pair.split(b"=", 1) for pair in before if b"=" in pair)
        try:
            for name, value in (pair.split(b"=", 1) for pair in added):
                os.putenv(name, value)
            return int(original(command))
        finally:
            for name, _ in (pair.split(b"=", 1) for pair in added):
                if name in plain:
                    os.putenv(name, plain[name])
                else:
                    os.unsetenv(name)

    return concealing(system)


def threads() -> int:
    """Count the threads that Python has started in this process, and the one that was there before."""
    import _thread

    return _thread._count() + 1


births: dict[int, tuple[session.Session, int]] = {}
"""The programs that this process has started and not reaped, by PID."""


def started(current: session.Session, birth: int, pid: int) -> None:
    """Note that a program has been started."""
    current.child_event(birth, schema.FORKED, pid, clock())
    births[pid] = current, birth


def reaped(pid: int, code: int) -> None:
    """Note that a process has been reaped, if the program has started or forked it by itself."""
    current = session.current
    if current is None:
        return
    owner, birth = births.pop(pid, (None, 0))
    if owner is current and birth in current.children:
        current.child_event(birth, schema.REAPED, code)
        del current.children[birth]  # the journals say all that the Manager list would
    elif owner is None and not any(child.get("pid") == pid for child in list(current.children.values())):
        current.record(schema.CHILD, schema.BY_PID + pid, schema.REAPED, clock(), code)


def _wait(original: Any) -> Any:
    def wait(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        pid, status = result[:2]
        if pid and status & 0xFF != _STOPPED and status != _CONTINUED:
            reaped(pid, os.waitstatus_to_exitcode(status))
        return result

    return concealing(wait)


def _exit(original: Any) -> Any:
    def exit_(*args: Any, **kwargs: Any) -> Any:
        try:  # noqa: SIM105  (contextlib would be an import more)
            leave()
        except Exception:
            pass  # the program's end is the one to come
        return original(*args, **kwargs)

    return exit_


def leave() -> None:
    """Record the end of a child that the program has forked by itself, or of a program that joined.

    Of main, which leaves without its exit handlers, the tasks that it had still kept back.
    """
    current = session.current
    if current is not None and current.pid == os.getpid() and current.identity["role"] == "main":
        current.record_unsent()
    if current is not None and current.pid == os.getpid() and _is_own(current):
        current.record_unsent()
        now = clock()
        if current.identity["start_method"] != schema.SUBPROCESS:
            current.record(schema.STAGE, schema.TARGET_END, now)
        current.record(schema.STAGE, schema.EXITING, now, process_cpu())


def _is_own(current: session.Session) -> bool:
    method = current.identity.get("start_method")
    return method == schema.SUBPROCESS or (method == "fork" and current.identity.get("birth") is None)
