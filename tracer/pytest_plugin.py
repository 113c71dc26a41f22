"""`pytest --tracer[=DIR]`: trace what each test starts. This much is loaded with every pytest."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest

FOLDER = "outputs/pytest"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--tracer`."""
    parser.getgroup("tracer").addoption(
        "--tracer",
        nargs="?",
        const=FOLDER,
        default=None,
        metavar="DIR",
        type=_folder,
        help="trace each test that starts a process, pool or executor into a folder of its own in DIR "
        f"(default: {FOLDER}; write --tracer=DIR); under xdist, the whole session into DIR/session",
    )


def _folder(text: str) -> str:
    """Take no word for a folder that names tests: the next one may be meant for pytest."""
    from pathlib import Path

    if "::" in text or Path(text).is_file() or next(Path(text).rglob("*.py"), None):
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(
            f"{text} would be the folder of the traces: write --tracer=DIR, or --tracer as the last word"
        )
    return text


def pytest_configure(config: pytest.Config) -> None:
    """Begin, where it is asked for."""
    if config.getoption("tracer", None) is not None:
        from tracer.testing import begin

        begin(config)
