"""The packages that tracer needs beside the standard library, and which of them this Python lacks.

The tracer's first lines import this, while `sys.path` is the user's: it imports nothing at its top.
"""

NEEDED = ("numpy", "pandas", "pyarrow", "matplotlib", "rich")


def check() -> None:
    """Raise TracerError where something is missing, and say how to install it. Nothing is imported for it."""
    import shlex
    import sys
    from importlib.util import find_spec

    from tracer.errors import TracerError

    def found(name: str) -> bool:
        try:
            spec = find_spec(name)
        except (ImportError, ValueError):
            return False
        return spec is not None and spec.origin is not None  # a folder of that name is no package

    missing = " ".join(name for name in NEEDED if not found(name))
    python = shlex.quote(sys.executable or "python")
    if missing:
        raise TracerError(
            f"this Python ({python}) lacks {missing.replace(' ', ', ')}: use that of the environment which "
            f"tracer was installed into, or `{python} -m pip install {missing}`"
        )
