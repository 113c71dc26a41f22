"""The names of tests as names of folders."""

from __future__ import annotations

import re
import zlib

_LONGEST_BYTES = 120
_UNSAFE = re.compile(r"[^\w.]+")


class Folders:
    """Gives each test a name of a folder that no other test of the session has."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def name(self, test: str) -> str:
        """Return the folder's name: letters, digits, `_`, `.` and `-`, in at most 130 bytes of UTF-8."""
        safe = _UNSAFE.sub("-", test.replace(".py::", "-")).strip("-.")
        encoded = safe.encode("utf-8", "replace")
        if len(encoded) > _LONGEST_BYTES or not safe:
            safe = _with_number(encoded[:_LONGEST_BYTES].decode("utf-8", "ignore"), test)
        if self._owners.setdefault(safe.casefold(), test) != test:
            safe = _with_number(safe, test)
        return safe


def _with_number(name: str, test: str) -> str:
    number = f"{zlib.crc32(test.encode('utf-8', 'replace')):08x}"
    return f"{name}-{number}" if name else number
