"""The formats to export to: what each is called, what it is for, and what its file is named."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format: `module` of `tracer.export` writes it, by `write(trace, file)`, or into a folder.

    `file` is what it is called in a run's folder; `package` what it takes beside what tracer needs
    anyhow: the extra of that name installs it.
    """

    name: str
    file: str
    module: str
    viewers: str
    is_folder: bool = False
    package: str = ""


FORMATS = (
    Format("perfetto", "perfetto.pftrace", "perfetto", "ui.perfetto.dev, and SQL", package="perfetto"),
    Format("chrome", "chrome.json", "chrome", "chrome://tracing, VizTracer, Perfetto"),
    Format("firefox", "firefox.json", "firefox", "profiler.firefox.com"),
    Format("csv", "tables-csv", "csv_tables", "anything", is_folder=True),
)
