"""The critical path: the chain of steps that decided the makespan, from its last instant back to its first.

    events ─► causes (what each step had to wait for last) ─► path (the steps on it, as a table)

`events` gathers what happens in a trace and where; `causes` links each step with the one that released it;
`path` walks back along the links and makes the table.
"""

from tracer.analysis.critical.path import CriticalPath, critical_path

__all__ = ["CriticalPath", "critical_path"]
