"""Masking: a command line as it may stand in a trace that is handed on, without the secrets in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

MASK = "***"
# Anywhere in a name (`dbPassword2`), or as a part of its own (`--sort-key`, not `--keyboard`).
_ANYWHERE = re.compile(
    r"passw|passphrase|passcode|secret|token(?!i[sz])|credential|(?:api|private|access)key"
)
_PARTS = frozenset(
    {"pass", "pwd", "key", "keys", "cred", "creds", "auth", "authorization", "bearer", "cookie"}
)
_SPLIT = re.compile(r"[-_.]+|(?<=[a-z0-9])(?=[A-Z])")
_URL = re.compile(r"([A-Za-z][\w+.-]*://)[^/\s?#]*@")
_NAMED = re.compile(r"""([A-Za-z_][\w.-]*)["']?\s*[=:]\s*""")
_FIELD_END = re.compile(r"[&;#]")


def masked(argv: Sequence[str]) -> list[str]:
    """Return a command line in which the values of secrets are `***`.

    A secret is what follows an option, variable, header or field whose name says password, token, secret,
    key, credential or auth (`--password x`, `--api-key=x`, `DB_TOKEN=x`, `Authorization: x`), and user and
    password of a URL. Of the rest of a word after such a name nothing is kept.
    """
    words: list[str] = []
    secret = False
    for word in map(str, argv):
        words.append(MASK if secret else _within(word))
        secret = word.startswith("-") and "=" not in word and says_secret(word)
    return words


def says_secret(name: str) -> bool:
    """Tell whether the value of an option, variable or field of this name is nobody else's to read."""
    parts = [part for part in _SPLIT.split(name) if part]
    return not _PARTS.isdisjoint(part.lower() for part in parts) or bool(
        _ANYWHERE.search("".join(parts).lower())
    )


def _within(word: str) -> str:
    """Return a word without the secrets in it."""
    word = _URL.sub(rf"\1{MASK}@", word)
    for named in _NAMED.finditer(word):
        if says_secret(named[1]) and named.end() < len(word):
            field = "://" in word[: named.start()] and _FIELD_END.search(word, named.end())
            return word[: named.end()] + MASK + (_within(word[field.start() :]) if field else "")
    return word
