"""Recording: clocks and cores, the journals that threads write, what a process knows of its trace, the collector.

Standard library only, and as little of it as a worker needs: this is imported inside the start-up of every
traced process.
"""
