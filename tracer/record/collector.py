"""The collector: the process that holds the Manager list, and outlives the traced program by a moment.

    starter (the command, or tracer.trace())          collector                        traced main
    start() ──subprocess, detached────────────────► serve the Manager list
       ◄──ready pipe: how to reach the list────────    │
       └─────────────────────life pipe, write end──────┼─────────────────────────────────►│
                                                       │  ◄──life pipe: its PID───────────┤ at its start
                                     attach to it, ────┼──ready pipe: which source────────►
                                     drain the rings   │  ◄──extend(entries)──────────────┤ at its end
                                                       ▼  read: EOF, however main died ◄──┘
       ◄──ready pipe closes: it is gone────────────  complete the list from the journals, write roster.json

It is no child of the traced program (`active_children()`, `os.wait()` and the children's names stay as they
are), it sits in a session of its own, so that no signal of the terminal reaches it, and never imports the
user's `__main__`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tracer.record import alive, clock, schema
from tracer.record.kernel import Switches
from tracer.record.sampling import EVERY_SECONDS, Sampler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_START = "import sys; sys.path.append(sys.argv[1]); from tracer.record.collector import main; main()"
_START_SECONDS = 30.0
_KILLED_SECONDS = 1.0
_SOURCES = {"auto": ["kernel", "sampled"], "kernel": ["kernel"], "sampled": ["sampled"], "stamps": []}
_PAUSES = {"kernel": 0.05, "sampled": EVERY_SECONDS}


@dataclass
class Collector:
    """A running collector, seen from the process that started it.

    `plan` is what the traced processes must know; `life` the descriptor whose closing, in every process that
    holds it, ends the trace; `pid` and `start` say which process it is (`tracer.record.alive`).
    """

    plan: dict[str, Any]
    life: int
    ready: int
    pid: int
    start: int | None

    def hand_over_life(self) -> None:
        """Close the starter's own copy of `life`, once the traced main has it."""
        if self.life >= 0:
            os.close(self.life)
            self.life = -1

    def wait(self, seconds: float) -> bool:
        """Wait until the collector has gone by itself, at most `seconds`; return whether it has.

        It is gone afterwards in any case, and has left nothing. One that was stopped is let go on.
        """
        self.hand_over_life()
        if self.ready < 0:
            return True
        alive.send(self.pid, self.start, signal.SIGCONT)
        gone = _await_end(self.ready, seconds)
        if not gone:
            alive.send(self.pid, self.start, signal.SIGKILL)
            _await_end(self.ready, _KILLED_SECONDS)
        os.close(self.ready)
        self.ready = -1
        _remove_socket(self.plan["roster"]["address"])
        return gone


def start(folder: Path, source: str, **plan: Any) -> Collector:
    """Start a collector for journals in `folder`; `plan` is passed on to every traced process.

    `source` says where core data comes from: "kernel", "sampled", "stamps", or "auto", the best there is.

    Raises OSError where it cannot be started.
    """
    life_read, life = os.pipe()
    ready, ready_write = os.pipe()
    root = str(Path(__file__).resolve().parents[2])
    try:
        subprocess.run(
            [
                *(sys.executable, "-I", "-S", "-c", _START, root),
                *(str(life_read), str(ready_write), str(folder), source),
            ],
            pass_fds=(life_read, ready_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
            timeout=_START_SECONDS,
        )
    except BaseException as error:
        os.close(life)
        os.close(ready)
        if isinstance(error, subprocess.CalledProcessError):
            raise OSError(f"the collector did not start (exit code {error.returncode})") from error
        if isinstance(error, subprocess.TimeoutExpired):
            raise OSError("the collector did not start") from error
        raise
    finally:
        os.close(life_read)
        os.close(ready_write)
    line = _read_line(ready, _START_SECONDS)
    if not line:
        os.close(life)
        os.close(ready)
        raise OSError("the collector did not start")
    where = json.loads(line)
    return Collector(
        {**plan, "folder": str(folder), "roster": where}, life, ready, where["pid"], where["start"]
    )


def _await_end(ready: int, seconds: float) -> bool:
    """Wait until the other end of `ready` is closed, at most `seconds`; return whether it is."""
    deadline = time.monotonic() + seconds
    while select.select([ready], [], [], max(deadline - time.monotonic(), 0))[0]:
        with contextlib.suppress(BlockingIOError):  # the traced main, which reads here too, was quicker
            if not os.read(ready, 4096):
                return True
    return False


def _remove_socket(address: str) -> None:
    if not address.startswith("\0"):
        shutil.rmtree(os.path.dirname(address), ignore_errors=True)


def _read_line(descriptor: int, seconds: float) -> bytes:
    line = b""
    while not line.endswith(b"\n") and select.select([descriptor], [], [], seconds)[0]:
        part = os.read(descriptor, 4096)
        if not part:
            return b""
        line += part
    return line


# The other end: what runs in the collector's process.


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
    address, authkey = _address(), os.urandom(32)
    try:
        server = SyncManager(address, authkey).get_server()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ident, _exposed = server.create(None, "list")  # type: ignore[arg-type]
        where: dict[str, Any] = {"address": address, "authkey": authkey.hex(), "ident": ident}
        where |= {"pid": os.getpid(), "start": alive.started(os.getpid())}
        os.write(ready, json.dumps(where).encode() + b"\n")
        cores = _follow(life, ready, folder, source)
        roster: list[dict[str, Any]] = list(server.id_to_obj[ident][0])
        roster += complete(roster, folder)
        roster.append(_own_entry(started))
        _write(folder / schema.ROSTER_FILE, json.dumps({"processes": roster, "cores": cores}))
    except OSError:
        pass  # no room, or the folder is gone: the command finds no list, and counts that
    finally:
        _remove_socket(address)


def _address() -> str:
    """Return the address for the Manager's socket, which nobody can use without the key.

    On Linux a name in the kernel alone, which goes with the collector, whatever it dies of, and which a
    process that has given up its user's rights reaches, too. Elsewhere a file in a folder of our own.
    """
    if sys.platform == "linux":
        return f"\0tracer-{os.getpid()}-{os.urandom(8).hex()}"
    import tempfile

    return os.path.join(tempfile.mkdtemp(prefix="tracer-"), "roster")


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


def _follow(life: int, ready: int, folder: Path, source: str) -> dict[str, Any]:
    """Follow the traced main on its cores from when it asks until the life pipe closes; say how it went."""
    follower: Switches | Sampler | None = None
    cores: dict[str, Any] = {"source": "stamps", "why": "asked for"}
    while True:
        pause = None if follower is None else _PAUSES[cores["source"]]
        if select.select([life], [], [], pause)[0]:
            request = os.read(life, 4096)
            if not request:
                break
            pids = [int(pid) for pid in request.split() if pid != b"0"]
            follower, cores = _begin_to_follow(folder, pids, source)
            os.write(ready, b"\n")
        if follower is not None:
            follower.drain()
    if follower is not None:
        follower.close()
    if isinstance(follower, Switches):
        cores |= {"full": follower.full, "failed": follower.failed}
    return cores


def _begin_to_follow(
    folder: Path, pids: list[int], source: str
) -> tuple[Switches | Sampler | None, dict[str, Any]]:
    """Return what follows the processes `pids`: the best that `source` allows; which it is, and why."""
    followers: dict[str, type[Switches] | type[Sampler]] = {"kernel": Switches, "sampled": Sampler}
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
    with contextlib.suppress(OSError, ValueError), open(path, "rb") as file:
        header = file.read(schema.HEADER_BYTES)
        if len(header) < schema.HEADER_BYTES:
            return None  # its writer was killed while making it
        words = memoryview(header[: schema.IDENTITY_AT]).cast("q")
        if words[schema.HEADER_MAGIC] == schema.MAGIC and words[schema.HEADER_VERSION] == schema.VERSION:
            length = words[schema.HEADER_IDENTITY_BYTES]
            identity: dict[str, Any] = json.loads(header[schema.IDENTITY_AT :][:length])
            return identity
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
