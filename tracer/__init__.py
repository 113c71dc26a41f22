"""tracer: a visual process-timeline tracer for Python multiprocessing."""

__version__ = "0.1.0"
