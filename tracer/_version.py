"""The version of tracer."""

__version__ = "0.4.0"
