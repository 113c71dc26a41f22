"""Hooks on other libraries, one file each.

To add one: a file here whose `hook(patches, module, *kinds)` puts its hooks in place, and its record below:

    Adapter("loky", {"loky.process_executor": Hook("tracer.instrument.libraries.loky", "loky")}, "3.4")

A copy of multiprocessing needs the record alone: `like_multiprocessing("billiard", "billiard", …, "4.2")`.
A kind of pool that is unlike `tracer.record.kinds.UNKNOWN` has an entry in that table.
"""

from __future__ import annotations

from tracer.instrument.core.patch import Adapter

ADAPTERS: list[Adapter] = []
