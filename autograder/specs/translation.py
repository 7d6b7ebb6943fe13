"""Lesson 12: what an answer to the translation exercise has to do."""

from __future__ import annotations

from collections.abc import Iterator

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification


def _bleu_cases(draw: Draw) -> Iterator[Case]:
    cat = "the cat sat on the mat".split()
    arguments = {"hypotheses": [cat[:5]], "references": [cat], "max_order": 2}
    yield Case("by hand", "values", arguments, public=True)


SPECIFICATIONS = (
    Specification(
        exercise="bleu",
        checks=(Check("values", 3, "the score of a corpus"),),
        cases=_bleu_cases,
        oracle=lambda case: oracle.bleu(**case.arguments),
    ),
)
