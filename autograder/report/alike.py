"""Groups of near-identical answers, found with rapidfuzz.

An answer is reduced to its form first: without the released lines, comments, texts and white
space, and with one name in place of all the names its writer chose. What is left of a short or
nearly forced answer says nothing, and two people who write down the same formula come out alike.
So a group counts as evidence only where the answers are long enough and clearly more like each
other than like the reference and everybody else's.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

import numpy as np

SHORTEST = 40
ALIKE = 90
MARGIN = 15
COMMON = 0.15
MANY = 5
BLOCK = 256

LONGEST = 20_000

CRITERION = (
    f"Two answers are called alike when {ALIKE} % of their signs agree, they have {SHORTEST} signs "
    f"or more, and they are closer to each other than to the straightforward answer and to the "
    f"rest of the class, by {MARGIN} points. Names, comments, white space and the released text "
    f"do not count. Alike is not copied: read them side by side."
)

_LONG_TEXT = re.compile(r"\"\"\".*?\"\"\"|\'\'\'.*?\'\'\'", re.DOTALL)
_TOKEN = re.compile(
    r"#[^\n]*"
    r"|[rbfuRBFU]{0,2}(?:\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|\d[\w.]*|\w+|[^\w\s]"
)


@dataclass(frozen=True)
class Group:
    """Students whose answers to one exercise are alike.

    Attributes:
        alike: how alike the two least alike neighbours in the group are, in percent.
        common: True where the form is near the straightforward one, near others', or that of a
            large part of the class; such a group is no evidence of anything.
        texts: the first two answers, to be read side by side; none where it is no evidence.
    """

    exercise: str
    students: tuple[str, ...]
    alike: int
    common: bool
    texts: tuple[str, ...] = ()


def form(text: str, released: str) -> str:
    """Return an answer's form: one character for each sign that its writer is answerable for."""
    released = _LONG_TEXT.sub("", released)
    given = {line.strip() for line in released.splitlines()}
    lines = _LONG_TEXT.sub("", text[:LONGEST]).splitlines()
    own = "\n".join(line for line in lines if line.strip() not in given)
    known = set(_TOKEN.findall(released))
    tokens = _TOKEN.findall(own)
    signs = [
        _sign(token, before, after, known)
        for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""])
        if not token.startswith("#")
    ]
    return "".join(chr(0x4E00 + hash_of(sign)) for sign in signs if sign)


def hash_of(sign: str) -> int:
    """Return a number below 20,000 that is the same in every run."""
    return int.from_bytes(sign.encode("utf-8", "replace"), "big") % 19_997


def _sign(token: str, before: str, after: str, known: set[str]) -> str:
    if token[-1] in "\"'":
        return "text"
    if not token.isidentifier():
        return token
    if keyword.iskeyword(token) or token in known or before == "." or after == "(":
        return token
    return "name"


def groups(exercise: str, answers: dict[str, str], released: str, reference: str) -> list[Group]:
    """Return the groups of students with near-identical answers, the largest first.

    ``answers`` maps students to the text of their exercise cell. Equal forms are compared once,
    the others pair by pair in compiled code: a class of 1,000 takes seconds.
    """
    by_form: dict[str, list[str]] = {}
    for student, text in sorted(answers.items()):
        if len(own := form(text, released)) >= SHORTEST:
            by_form.setdefault(own, []).append(student)
    forms = list(by_form)
    if not forms:
        return []
    straight, found = form(reference, released), []
    for members, alike in _clusters(forms):
        students = sorted(student for i in members for student in by_form[forms[i]])
        if len(students) < 2:
            continue
        inside = [forms[i] for i in members]
        others = [straight, *(f for f in forms if f not in inside)]
        near_others = _alike_to(inside, others).max() > alike - MARGIN
        many = len(students) > max(MANY, COMMON * len(answers))
        common = bool(near_others or many)
        texts = () if common else tuple(answers[student] for student in students[:2])
        found.append(Group(exercise, tuple(students), int(alike), common, texts))
    return sorted(found, key=lambda group: (group.common, -len(group.students), group.students))


def _alike_to(forms: list[str], others: list[str]) -> np.ndarray:
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    scores = cdist(
        forms,
        others,
        scorer=Indel.normalized_similarity,
        score_cutoff=0.5,
        dtype=np.float32,
    )
    return np.floor(scores * 100 + 1e-4)


def _clusters(forms: list[str]) -> list[tuple[list[int], float]]:
    """Return forms that hang together by pairs alike, each with its least alike pair."""
    root = list(range(len(forms)))
    least = [100.0] * len(forms)

    def top(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for start in range(0, len(forms), BLOCK):
        scores = _alike_to(forms[start : start + BLOCK], forms)
        for row, column in np.argwhere(scores >= ALIKE):
            one, other = top(start + int(row)), top(int(column))
            if start + row < column and one != other:
                root[other] = one
                least[one] = min(least[one], least[other], float(scores[row, column]))
    members: dict[int, list[int]] = {}
    for i in range(len(forms)):
        members.setdefault(top(i), []).append(i)
    return [(indices, least[first]) for first, indices in members.items()]
