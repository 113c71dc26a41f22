"""What runs in the collector's process (`tracer.record.collector` starts it, and draws who tells whom what).

    life pipe: "PID" ─► follow it on its cores    Manager list ◄─ entries    life pipe closes ─► roster.json
    SIGUSR1: the program is about to be told to end ─► look where it stands

It has only its arguments, and a `sys.path` of the standard library with the tracer's folder last.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from functools import partial
from pathlib import Path

from tracer.record import alive, clock, machine, schema
from tracer.record.collector import LOOK, remove_socket
from tracer.record.kernel import Switches
from tracer.record.sampling import EVERY_SECONDS, Sampler
from tracer.record.standing import EVERY_SECONDS as LOOK_SECONDS
from tracer.record.standing import Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SOURCES = {"auto": ["kernel", "sampled"], "kernel": ["kernel"], "sampled": ["sampled"], "stamps": []}
_PAUSES = {"kernel": 0.05, "sampled": EVERY_SECONDS}
_OTHER_SECONDS = 0.05
"""So often it is looked whether a main that became another program is still there."""


def main() -> None:
    """Be the collector: detach, serve the list until the life pipe closes, write the roster, go."""
    _root, life, ready, folder, source = sys.argv[1:]
    if os.fork():
        os._exit(0)  # the starter reaps this one; the collector is init's child
    try:
        _collect(int(life), int(ready), Path(folder), source)
    finally:
        os._exit(0)  # the Manager's threads are daemons; nothing of ours waits for them


def _collect(life: int, ready: int, folder: Path, source: str) -> None:
    import threading
    from multiprocessing.managers import SyncManager

    started = clock.clock()
    asked = _asked()
    address, authkey = _address(), os.urandom(32)
    try:
        server = SyncManager(address, authkey).get_server()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ident, _exposed = server.create(None, "list")  # type: ignore[arg-type]
        where: dict[str, Any] = {"address": address, "authkey": authkey.hex(), "ident": ident}
        where |= {"pid": os.getpid(), "start": alive.started(os.getpid())}
        os.write(ready, json.dumps(where).encode() + b"\n")
        cores = _follow(life, ready, asked, folder, source)
        roster: list[dict[str, Any]] = list(server.id_to_obj[ident][0])
        roster += complete(roster, folder)
        roster.append(_own_entry(started))
        _write(folder / schema.ROSTER_FILE, json.dumps({"processes": roster, "cores": cores}))
    except OSError:
        pass  # no room, or the folder is gone: the command finds no list, and counts that
    finally:
        remove_socket(address)


def _asked() -> int:
    """Return a descriptor from which there is something to read once `collector.LOOK` was sent."""
    asked, ask = os.pipe()
    os.set_blocking(ask, False)
    signal.set_wakeup_fd(ask, warn_on_full_buffer=False)
    signal.signal(LOOK, lambda *_: None)
    return asked


def _address() -> str:
    """Return the address for the Manager's socket, which nobody can use without the key.

    On Linux a name in the kernel alone, which goes with the collector, whatever it dies of, and which a
    process that has given up its user's rights reaches, too. Elsewhere a file in a folder of our own,
    which the next collector removes where this one was killed.
    """
    if sys.platform == "linux":
        return f"\0tracer-{os.getpid()}-{os.urandom(8).hex()}"
    from tracer.record import temporary_folders

    return os.path.join(temporary_folders.make(), "roster")


def _write(path: Path, text: str) -> None:
    """Write a file of the user's own, whole or not at all. Raises OSError."""
    partial = path.with_name(f".{path.name}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        partial.rename(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _follow(life: int, ready: int, asked: int, folder: Path, source: str) -> dict[str, Any]:
    """Follow the traced main on its cores from when it asks until the life pipe closes; say how it went."""
    follower: Switches | Sampler | None = None
    cores: dict[str, Any] = {"source": "stamps", "why": "asked for"}
    other, standing, begun = _Other(), Standing(folder), False
    switches = machine.switches_so_far()
    while True:
        pause = LOOK_SECONDS if begun else None
        if follower is not None:
            pause = _PAUSES[cores["source"]]
        if other.pid:
            pause = min(pause or _OTHER_SECONDS, _OTHER_SECONDS)
        if life < 0:
            pause = pause or _OTHER_SECONDS
        awaited = select.select([asked, life] if life >= 0 else [asked], [], [], pause)[0]
        if asked in awaited:
            os.read(asked, 4096)
            standing.look_twice()
        if life in awaited:
            request = os.read(life, 4096)
            if not request and not other.pid:
                break
            if not request:
                os.close(life)
                life = -1
            for number in map(int, request.split()):
                if number <= 0:
                    other = _Other(-number)
            pids = [int(pid) for pid in request.split() if int(pid) > 0]
            if pids:
                begun = True
                follower, cores = _begin_to_follow(folder, pids, source, machine.is_calm_since(switches))
                os.write(ready, b"\n")
                if isinstance(follower, Switches) and follower.everyone:
                    cores["programs"] = machine.programs()
        if follower is not None:
            follower.drain()
        if begun:
            standing.look()
        if other.pid and not alive.is_alive(other.pid, other.start):
            break
    standing.close()
    if follower is not None:
        follower.close()
    if isinstance(follower, Switches):
        cores |= {"full": follower.full, "failed": follower.failed}
    return cores


class _Other:
    """The traced main, which has become another program (exec): its end is the trace's. `pid` 0: it has not.

    That program may close the life pipe, which it does not know, or hand it on.
    """

    def __init__(self, pid: int = 0) -> None:
        self.pid, self.start = pid, alive.started(pid) if pid else None


def _begin_to_follow(
    folder: Path, pids: list[int], source: str, calm: bool = False
) -> tuple[Switches | Sampler | None, dict[str, Any]]:
    """Return what follows the processes `pids`: the best that `source` allows; which it is, and why.

    Of a machine that is `calm` the kernel tells of every program, where it may.
    """
    followers: dict[str, Callable[[Path, list[int]], Switches | Sampler]]
    followers = {"kernel": partial(Switches, everyone=calm), "sampled": Sampler}
    refused = []
    for name in _SOURCES[source]:
        try:
            follower = followers[name](folder, pids)
        except OSError as error:
            refused.append(error.strerror or str(error))
        else:
            return follower, {"source": name, "why": "; ".join(refused), "attached": follower.attached}
    return None, {"source": "stamps", "why": "; ".join(refused) or "asked for"}


def complete(roster: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Return entries for the processes that wrote journals in `folder` but are not in the list.

    Those whose parent was killed before it could enter them, and main itself when it was.
    """
    known = {(entry.get("parent"), entry.get("birth")) for entry in roster if entry.get("birth")}
    mains = {entry.get("process") for entry in roster}
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob(f"*.0{schema.JOURNAL_SUFFIX}")):
        identity = read_identity(path)
        if identity is None or identity["process"] in mains:
            continue
        birth = identity.pop("birth", None)
        if birth is None or tuple(birth) not in known:
            parent, number = birth or (None, None)
            found[identity["process"]] = {**identity, "parent": parent, "birth": number}
    return list(found.values())


def read_identity(path: Path) -> dict[str, Any] | None:
    """Read who wrote the journal at `path`; None where its header is not whole."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return schema.read_identity(file.read(schema.HEADER_BYTES))
    return None


def _own_entry(started: int) -> dict[str, Any]:
    return {
        "role": "tracer",
        "name": "collector",
        "process": f"{os.getpid()}-{started:x}",
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "host": clock.hostname(),
        "started": started,
        "ended": clock.clock(),
    }
