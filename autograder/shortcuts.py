"""Short cuts: a built-in that does what the exercise is to write.

They are seen in the answer's text and among the functions that ran. Both are evidence, not proof:
the text may hide them, and what ran is told by the process that the answer ran in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from autograder.inside.case import Outcome
from autograder.specification import Specification

MAX_TEXT = 200_000

_SOLUTIONS = re.compile(
    r"(?:^|[\n;:])[ \t]*(?:from|import)[ \t]+solutions\b"
    r"|(?:import_module|__import__)\([ \t]*[rbu]?[\"']solutions\b"
)
_MARKS = re.compile(r"\"\"\"|'''|[\"'#\n\\]")


def shortcuts(
    specification: Specification, text: str, outcomes: Iterable[Outcome]
) -> tuple[str, ...]:
    """Say which short cuts were seen, and where; empty where none was."""
    text = unicodedata.normalize("NFKC", text[:MAX_TEXT])
    code = without_comments(text)
    ran = {name for outcome in outcomes for name in outcome.called}
    flags = []
    if _SOLUTIONS.search(text):
        flags.append("Your answer imports solutions: it holds the reference, not your own work.")
    for name in specification.shortcuts:
        written = _is_written(name, code)
        if name in ran or written:
            where = "it ran" if name in ran else "it stands in your text"
            flags.append(
                f"Your answer uses {name.strip('_')} ({where}). The exercise is to write what it "
                f"does: a right result then says nothing about your own work."
            )
    return tuple(flags)


def _is_written(name: str, code: str) -> bool:
    """True where ``name`` is taken from a module, imported or given as an option.

    A name of the answer's own is not meant: ``self.name`` or ``x.name = …``.
    """
    word = re.escape(name)
    taken = rf"(?<!self)\.[ \t]*{word}\b(?![ \t]*=[^=])"
    imported = rf"(?:^|[\n;:])[ \t]*(?:from|import)\b[^\n;:]*\b{word}\b"
    option = rf"[(,][ \t\n]*{word}[ \t]*="
    return re.search(f"{taken}|{imported}|{option}", code) is not None


def without_comments(text: str) -> str:
    """Return ``text`` without comments and the insides of strings, in one walk."""
    kept: list[str] = []
    place, end = 0, len(text)
    while place < end:
        mark = _MARKS.search(text, place)
        if mark is None:
            kept.append(text[place:])
            break
        kept.append(text[place : mark.start()])
        sign = mark.group()
        if sign == "#":
            stop = text.find("\n", mark.end())
            place = end if stop < 0 else stop
        elif sign in ("\n", "\\"):
            kept.append(sign)
            place = mark.end()
        else:
            kept.append('""')
            place = _after_string(text, mark.end(), sign)
    return "".join(kept)


def _after_string(text: str, place: int, sign: str) -> int:
    """Return where the string ends that began with ``sign`` before ``place``."""
    while mark := _MARKS.search(text, place):
        if mark.group() == "\\":
            place = mark.end() + 1
        elif mark.group() == sign or (mark.group() == "\n" and len(sign) == 1):
            return mark.end()
        elif len(mark.group()) == 3 and mark.group()[0] == sign:
            return mark.start() + 1
        else:
            place = mark.start() + 1
    return len(text)
