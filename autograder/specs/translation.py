"""Lesson 12: what an answer to the translation exercise has to do."""

from __future__ import annotations

from collections.abc import Iterator

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification

Sentence = list[str]
WORDS = ("the", "cat", "dog", "sat", "on", "a", "mat", ".")


def _bleu_cases(draw: Draw) -> Iterator[Case]:
    cat = ["the", "cat", "sat", "on", "the", "mat"]
    seen = ["the", "cat", "on", "the", "mat"]
    yield _scored("by hand", "values", [seen], [cat], max_order=2, public=True)
    yield _scored("perfect", "values", [_sentence(draw, 7)], None)

    references = [_sentence(draw, draw.size(7, 10)) for _ in range(3)]
    copies = [_copy(draw, reference) for reference in references]
    yield _scored("a corpus", "corpus", copies, references)
    yield _scored("in another order", "corpus", copies[::-1], references[::-1])
    yield _scored("a short one with it", "corpus", [*copies, ["the"]], [*references, ["the", "."]])
    yield _scored("nothing said once", "corpus", [*copies, []], [*references, ["the", "."]])

    shorter = [copy[:5] for copy in copies]
    yield _scored("too short", "brevity", shorter, references, max_order=2)
    longer = [[*copy, *_sentence(draw, 3)] for copy in copies]
    yield _scored("too long", "brevity", longer, references)
    mixed = [copies[0][:5], [*copies[1], *copies[0]], copies[2]]
    yield _scored("one short, one long", "brevity", mixed, references, max_order=3)

    the = ["the"] * 5 + ["cat"]
    yield _scored("one word again and again", "clipping", [the], [cat], max_order=1)
    stammer = [[*copy[:3], *copy] for copy in copies]
    yield _scored("stammering", "clipping", stammer, references, max_order=3)
    yield _scored("from another sentence", "clipping", [cat, the], [the, cat], max_order=1)

    for order in (1, 2, 3):
        yield _scored(f"order {order}", "max_order", copies, references, max_order=order)

    strange = [f"{word}s" for word in references[0]]
    yield _scored("nothing in common", "no match", [strange], references[:1])
    backwards = sorted(set(references[1]))
    yield _scored("no pair", "no match", [backwards[::-1]], [backwards])
    yield _scored("no four words", "no match", [references[2][:3]], references[2:])
    yield Case(
        "not as many",
        "refusal",
        {"hypotheses": copies, "references": references[:2]},
        raises="ValueError",
    )


def _scored(
    name: str,
    check: str,
    hypotheses: list[Sentence],
    references: list[Sentence] | None,
    public: bool = False,
    **options: int,
) -> Case:
    """A case for hypotheses and references; without references they are the same."""
    references = [list(words) for words in hypotheses] if references is None else references
    arguments = {"hypotheses": hypotheses, "references": references, **options}
    return Case(name, check, arguments, public=public)


def _sentence(draw: Draw, length: int) -> Sentence:
    return [WORDS[number] for number in draw.integers(0, len(WORDS), length)]


def _copy(draw: Draw, reference: Sentence) -> Sentence:
    """Return ``reference`` with one of its last two words exchanged for one of its own."""
    copy = list(reference)
    place = len(copy) - draw.size(1, 3)
    copy[place] = WORDS[(WORDS.index(copy[place]) + draw.size(1, len(WORDS))) % len(WORDS)]
    return copy


SPECIFICATIONS = (
    Specification(
        exercise="bleu",
        checks=(
            Check("values", 2, "one sentence gets its score, a perfect one 100"),
            Check("corpus", 2, "counts are summed over the sentences before they are divided"),
            Check("brevity", 1, "translations that are too short are punished, long ones are not"),
            Check("clipping", 1, "a run counts at most as often as in its own reference"),
            Check("max_order", 1, "runs of up to max_order words count"),
            Check("no match", 1, "an order without a match gives 0.0"),
            Check("refusal", 0, "lists of different lengths are a ValueError"),
        ),
        shortcuts=(
            "sacrebleu",
            "nltk",
            "torchmetrics",
            "torchtext",
            "evaluate",
        ),
        cases=_bleu_cases,
        oracle=lambda case: oracle.bleu(**case.arguments),
    ),
)
