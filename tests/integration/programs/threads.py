"""Threads of the program's own, derived and named; prints what they did."""

import threading


class Derived(threading.Thread):
    """A thread that overrides run()."""

    def run(self):
        """Note that it ran."""
        done.append(self.name)


class WithoutRun(threading.Thread):
    """A thread with a target."""


def work(word):
    """Note the word."""
    done.append(word)


done = []
threads = [
    threading.Thread(target=work, args=("plain",), name="plain"),
    threading.Thread(target=work, args=("daemon",), name="daemon", daemon=True),
    Derived(name="derived"),
    WithoutRun(target=work, args=("without run",), name="without run"),
    threading.Timer(0.001, work, ("timer",)),
]
threads[-1].name = "timer"
for thread in threads:
    thread.start()
    thread.join(60)
# One after another, so that they share one journal; and many at once, so that they do not.
barrier = threading.Barrier(20, timeout=60)
many = [threading.Thread(target=barrier.wait, name=f"many-{n}") for n in range(20)]
for thread in many:
    thread.start()
for thread in many:
    thread.join(60)
print(done, threading.active_count())
