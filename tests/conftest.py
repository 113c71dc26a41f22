"""What a test may depend on, as a shell at a terminal leaves it, under whatever the tests are run.

`nohup` and a script's `&` ignore signals, cron has other variables, a service no standard input.
"""

from __future__ import annotations

import os
import signal

for name in ("SIGHUP", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCHLD"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
signal.pthread_sigmask(signal.SIG_SETMASK, [])
os.umask(0o022)
os.environ["LC_ALL"] = "C.UTF-8"
for variable in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PYTHONWARNINGS", "PYTHONUTF8"):
    os.environ.pop(variable, None)
try:
    os.fstat(0)
except OSError:  # closed: the next file would be the standard input of all that is started
    os.open(os.devnull, os.O_RDONLY)
