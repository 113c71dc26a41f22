"""Recording: clocks and cores, the journals that threads write, a process's session, the collector.

Standard library only, and as little of it as a worker needs: this is imported inside the start-up of every
traced process.

`typing` costs a worker 5 ms: it is imported for the type checker alone (`TYPE_CHECKING = False`).
"""
