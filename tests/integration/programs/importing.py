"""Imports of every kind: slow ones, ones that fail in every way, in a thread, in a spawned worker.

python importing.py FOLDER
"""

import importlib
import logging
import sys
import threading
import traceback
import warnings
from multiprocessing import get_context
from pathlib import Path

SLOW = "import time\nend = time.thread_time() + 0.05\nwhile time.thread_time() < end:\n    pass\n"
MODULES = {
    "slow": SLOW,
    "outer": f"{SLOW}import inner\n",
    "inner": SLOW,
    "raises": f"{SLOW}1 / 0\n",
    "nested": "import raises\n",
    "bad_syntax": "def f(:\n",
    "absent": "import not_there_at_all\n",
    "warns": "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n",
    "looks": "import sys\nframe, files = sys._getframe(1), []\nwhile frame:\n"
    "    files.append(frame.f_code.co_filename)\n    frame = frame.f_back\n"
    "print([name for name in files if 'tracer' in name])\n",
}


def square(number: int) -> int:
    """Do as little as a task can."""
    return number * number


def attempt(name: str) -> None:
    """Import a module, and print what comes of it."""
    try:
        importlib.import_module(name)
    except BaseException:
        traceback.print_exc()
        logging.exception("logged")


def main(folder: str) -> None:
    """Import all of them."""
    for name, source in MODULES.items():
        Path(folder, f"{name}.py").write_text(source)
    sys.path.insert(0, folder)
    warnings.simplefilter("always")
    for name in MODULES:
        attempt(name)
    try:
        import nested  # noqa: F401
    except ZeroDivisionError:
        traceback.print_exc()
    del sys.modules["slow"]
    thread = threading.Thread(target=attempt, args=("slow",))
    thread.start()
    thread.join()
    with get_context("spawn").Pool(1) as pool:
        print(pool.map(square, range(3)))
    import nothing_of_this_name  # noqa: F401


if __name__ == "__main__":
    main(sys.argv[1])
