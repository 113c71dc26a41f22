"""Signals as a shell at a terminal leaves them: under `nohup`, and a script's `&`, some are ignored."""

from __future__ import annotations

import signal

for number, usual in (
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, usual)
