"""The version of tracer."""

__version__ = "0.5.0"
