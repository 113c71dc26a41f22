"""The report: one HTML file that explores a run, by itself, from disk, in any current browser.

trace ─► content    what is said and listed: findings, numbers, tables                 JSON
      ─► timeline   lanes and bars, packed as columns of bytes (`packing`)              binary
      ─► page       both in one file, with the viewer's style and script (`viewer/`)    HTML
"""

from tracer.report.page import page

__all__ = ["page"]
