"""Which setting a command line varies, and its values: numbers, or names such as "fork,spawn"."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from tracer.cli.scenarios import Parameter, Scenario
from tracer.errors import UsageError

WITH_VALUE = {"--out", "--cores", "--repeat", "--theme"}
FORM = "values with commas between them, such as 1,2,4"
_OF_PROGRAM = ("--option", "--env")


@dataclass(frozen=True)
class SweptSetting:
    """What is varied: `how` is `--option` or `--env`, or empty for an option of a scenario.

    `values` are all numbers or all names.
    """

    how: str
    name: str
    values: tuple[int | float | str, ...]


def split(argv: list[str]) -> tuple[list[str], SweptSetting | None, list[str]]:
    """Take `--option X VALUES` or `--env X VALUES`, and the program after it or after `--`, out of `argv`."""
    own: list[str] = []
    setting: SweptSetting | None = None
    at = 0
    while at < len(argv):
        word = argv[at]
        if word == "--":
            return own, setting, argv[at + 1 :]
        if word in _OF_PROGRAM:
            if len(argv) < at + 3 or not argv[at + 1].strip("-="):
                raise UsageError(f"{word} takes a name and values, such as {word} WORKERS 1,2,4")
            if setting is not None:
                raise UsageError(f"{word} {argv[at + 1]}: one setting is swept at a time")
            if word == "--env" and "=" in argv[at + 1]:
                raise UsageError(f"--env {argv[at + 1]}: no variable has such a name, leave the = away")
            setting = SweptSetting(word, argv[at + 1], read_values(argv[at + 1], argv[at + 2]))
            at += 3
        elif setting is not None and (word == "-m" or not word.startswith("-")):
            return own, setting, argv[at:]
        else:
            width = 2 if word in WITH_VALUE else 1
            own += argv[at : at + width]
            at += width
    return own, setting, []


def takes_a_value(parameter: Parameter) -> bool:
    """Tell whether the option takes a value."""
    return parameter.type is not bool


def take_setting(own: list[str], scenario: Scenario) -> tuple[list[str], SweptSetting | None]:
    """Take the first option of the scenario that is given a list of values out of `own`."""
    options = {each.option: each for each in scenario.parameters if takes_a_value(each)}
    for at, word in enumerate(own):
        option, equals, text = word.partition("=")
        if option in options:
            text = text if equals else own[at + 1] if at + 1 < len(own) else ""
            if "," in text:
                rest = own[:at] + own[at + (1 if equals else 2) :]
                setting = SweptSetting("", option, _values_of(options[option], text))
                if others := [word for word in rest[at:] if _is_list_of_numbers(word)]:
                    raise UsageError(f"{option} and {others[0]}: one setting is swept at a time")
                return rest, setting
    return own, None


def _is_list_of_numbers(word: str) -> bool:
    words = _words(word.rpartition("=")[2])
    return len(words) > 1 and None not in map(_number, words)


def _values_of(parameter: Parameter, text: str) -> tuple[int | float | str, ...]:
    """Return the values of a scenario's option, of its type. Raises UsageError."""
    option, known = parameter.option, parameter.choices
    values = _several(option, text, _words(text)) if parameter.type is str else read_values(option, text)
    if parameter.type is float:
        values = tuple(map(float, _all_numbers(option, text, values)))
    if parameter.type is int and any(type(n) is float for n in _all_numbers(option, text, values)):
        raise UsageError(f"{option} {text}: whole numbers only")
    if unknown := [value for value in values if known and value not in known]:
        named = ", ".join(str(choice) for choice in known if choice != "")
        raise UsageError(f"{option} {text}: no choice {str(unknown[0])!r}, choose from {named}")
    return values


def _all_numbers(option: str, text: str, values: Iterable[int | float | str]) -> list[int | float]:
    for word in values:
        if isinstance(word, str) and _number(word) is None:
            raise UsageError(f"{option} {text}: {word!r} is no number; give {FORM}")
    return [value for value in values if not isinstance(value, str)]


def read_values(name: str, text: str) -> tuple[int | float | str, ...]:
    """Return the values in a list such as "1,2,4", each once, in their order. Raises UsageError.

    They are numbers if all of them are; else they are names.
    """
    words = _words(text)
    numbers = [value for value in map(_number, words) if value is not None]
    if len(numbers) < len(words):
        return _several(name, text, words)
    if not all(math.isfinite(float(word)) for word in words):
        raise UsageError(f"{name} {text}: a number is too large; give {FORM}")
    return _several(name, text, numbers)


def _words(text: str) -> list[str]:
    return [word for word in (word.strip() for word in text.split(",")) if word]


def _number(word: str) -> int | float | None:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(word)
    return None


def _several(name: str, text: str, values: Iterable[int | float | str]) -> tuple[int | float | str, ...]:
    if len(unique := tuple(dict.fromkeys(values))) < 2:
        raise UsageError(f"{name} {text}: give two values or more, {FORM}")
    return unique
