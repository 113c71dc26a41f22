"""The version of tracer."""

__version__ = "0.6.0"
