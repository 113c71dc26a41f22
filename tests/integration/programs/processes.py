"""Processes of every kind and their ends; prints exit codes and what the children said.

python processes.py fork|spawn|forkserver
"""

import json
import multiprocessing
import os
import signal
import sys
import threading
import time


def silent():
    """Let the child's traceback go nowhere: it would name places that differ from run to run."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def say(pipe, *words):
    """Send the child's own name, its parent's idea of it and the words."""
    pipe.send([multiprocessing.current_process().name, *words])
    pipe.close()


def leave(pipe, code):
    """Leave by sys.exit."""
    pipe.send("leaving")
    sys.exit(code)


def leave_at_once(pipe):
    """Leave without a word to anybody."""
    pipe.send("leaving")
    os._exit(7)


def fail(pipe):
    """Raise."""
    silent()
    pipe.send("failing")
    raise ValueError("child")


def stay(pipe):
    """Stay until ended."""
    pipe.send("staying")
    time.sleep(60)


def with_child(pipe):
    """Start a process of one's own."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=say, args=(theirs, "inner"), name="inner")
    child.start()
    words = ours.recv()
    child.join()
    pipe.send([*words, child.exitcode])


def with_threads(pipe):
    """Start threads of one's own."""
    threads = [threading.Thread(target=time.sleep, args=(0.001,), name=f"ours-{n}") for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(threading.active_count())


def make_derived(context):
    """Derive from the context's Process, before the child is started."""
    return {"fork": DerivedFork, "spawn": DerivedSpawn, "forkserver": DerivedForkServer}[context]


class Derived:
    """A process that overrides run()."""

    def __init__(self, pipe):
        """Keep the pipe."""
        super().__init__()
        self.pipe = pipe

    def run(self):
        """Send the name."""
        self.pipe.send(self.name)


class DerivedFork(Derived, multiprocessing.get_context("fork").Process):
    """Under fork."""


class DerivedSpawn(Derived, multiprocessing.get_context("spawn").Process):
    """Under spawn."""


class DerivedForkServer(Derived, multiprocessing.get_context("forkserver").Process):
    """Under forkserver."""


def main(how):
    """Run all cases."""
    multiprocessing.set_start_method(how)
    results = {}

    def started(case, make, *args, **options):
        ours, theirs = multiprocessing.Pipe()
        process = (
            make(theirs)
            if not options and not args
            else make(target=args[0], args=(theirs, *args[1:]), **options)
        )
        process.start()
        theirs.close()
        results[case] = [ours.recv() if ours.poll(60) else None]
        return process

    def ended(case, process):
        process.join(60)
        results[case] += [process.exitcode, process.is_alive()]

    plain = multiprocessing.Process
    ended("named", started("named", plain, say, "hello", name="My child"))
    ended("daemon", started("daemon", plain, say, "hello", daemon=True))
    ended("derived", started("derived", make_derived(how)))
    ended("exit", started("exit", plain, leave, 3, name="exit"))
    ended("exit_none", started("exit_none", plain, leave, None, name="exit_none"))
    ended("exit_at_once", started("exit_at_once", plain, leave_at_once, name="exit_at_once"))
    ended("fail", started("fail", plain, fail, name="fail"))
    for case, end in (("terminate", "terminate"), ("kill", "kill")):
        process = started(case, plain, stay, name=case)
        getattr(process, end)()
        ended(case, process)
    process = started("signal", plain, stay, name="signal")
    os.kill(process.pid, signal.SIGUSR1)
    ended("signal", process)
    ended("with_child", started("with_child", plain, with_child, name="with_child"))
    ended("with_threads", started("with_threads", plain, with_threads, name="with_threads"))
    process = started("left", plain, stay, name="left", daemon=True)
    results["children"] = [child.name for child in multiprocessing.active_children()]
    print(json.dumps(results))
    # The daemon is ended by multiprocessing, at exit.


if __name__ == "__main__":
    main(sys.argv[1])
