"""A thread submits a task while another holds the executor's lock for 0.2 s."""

import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import set_start_method


def first() -> None:
    """Start the executor's threads."""


def waited() -> None:
    """Be submitted late."""


if __name__ == "__main__":
    set_start_method("fork")
    with ProcessPoolExecutor(1) as executor:
        executor.submit(first).result()
        thread = threading.Thread(target=executor.submit, args=(waited,))
        with executor._shutdown_lock:
            thread.start()
            time.sleep(0.2)
        thread.join()
