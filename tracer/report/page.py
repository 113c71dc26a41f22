"""The page: everything in one HTML file, whose scripts and styles are named by their hashes.

The viewer's modules (`viewer/*.js`) are joined to one: nothing is fetched from anywhere, and the policy
forbids it. What the run is called, and what its tasks worked on, is text: the script writes it by
`textContent`, and in the data "<" is written "\\u003c".
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

from tracer._version import __version__
from tracer.looks.themes import DARK, LIGHT, Theme
from tracer.report.content import content
from tracer.report.packing import Packer
from tracer.report.timeline import timeline
from tracer.tables.tables import Tables

VIEWER = Path(__file__).with_name("viewer")
MODULES = (
    *("unpack", "words", "scale", "pyramid", "rows", "paint", "task", "overlay", "tables", "search"),
    *("measure", "model", "head", "gestures", "keys", "grid", "view", "main"),
)
"""In the order in which they build on one another."""
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const)\*? (\w+))", re.MULTILINE)


def page(trace: Tables) -> str:
    """Return the report of a run."""
    packer = Packer()
    shown = {"version": __version__, "timeline": timeline(trace, packer), **content(trace)}
    return _assembled(shown, packer.blob())


def _assembled(shown: dict[str, Any], blob: str) -> str:
    script, style = script_of(MODULES), _style()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    data = json.dumps(shown, allow_nan=False, ensure_ascii=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    parts = {
        "POLICY": policy,
        "TITLE": html.escape(f"{shown['title']} · tracer"),
        "STYLE": style,
        "DATA": data,
        "BYTES": blob,
        "SCRIPT": script,
    }
    text = (VIEWER / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda found: parts[found[1]], text)


def script_of(modules: tuple[str, ...]) -> str:
    """Return these modules of the viewer as one script, in which each has a scope of its own."""
    texts = [(name, (VIEWER / f"{name}.js").read_text(encoding="utf-8")) for name in modules]
    return "\n" + "".join(_scoped(name, text) for name, text in texts)


def _scoped(name: str, text: str) -> str:
    """Return a module as a function that returns what it exports, and takes from others what it imports."""
    exports = ", ".join(found[2] for found in _EXPORT.finditer(text))
    body = _IMPORT.sub(lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = {found[2]}_;", text)
    body = _EXPORT.sub(lambda found: found[1], body)
    return f"const {name}_ = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();\n"


def _style() -> str:
    """Return the style, with the colours of both themes as variables."""
    light, dark = (_variables(theme) for theme in (LIGHT, DARK))
    both = f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    return "\n" + both + (VIEWER / "viewer.css").read_text(encoding="utf-8")


def _variables(theme: Theme) -> str:
    names = ("background", "panel", "text", "faint", "grid", "life", "accent")
    return " ".join(f"--{name}: {getattr(theme, name)};" for name in names)


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
