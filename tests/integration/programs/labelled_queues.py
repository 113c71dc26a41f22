"""Workers that take what is known from queues of each kind: python labelled_queues.py fork|spawn|forkserver

Two threads put at once: what is said of a message is said of its own thread.
"""

import multiprocessing as mp
import sys
from threading import Thread


def work(inbox, results):
    """Answer each message with the length of its text, until there is no more."""
    while (message := inbox.get()) is not None:
        results.put(len(str(message)))


def put(inbox, messages):
    """Put messages."""
    for message in messages:
        inbox.put(message)


def main():
    """Use a queue of each kind."""
    context = mp.get_context(sys.argv[1])
    with context.Manager() as manager:
        for make in (context.Queue, context.SimpleQueue, context.JoinableQueue, manager.Queue):
            inbox, results = make(), context.Queue()
            worker = context.Process(target=work, args=(inbox, results))
            worker.start()
            threads = [
                Thread(target=put, args=(inbox, messages))
                for messages in ([7, "$a$.png", ("resize", 3)], [b"1234", print])
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            inbox.put(None)
            for _ in range(5):
                results.get()
            worker.join()


if __name__ == "__main__":
    main()
