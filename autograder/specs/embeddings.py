"""Lesson 02: what an answer to the embedding exercises has to do."""

from __future__ import annotations

from collections.abc import Iterator

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification


def _skip_gram_cases(draw: Draw) -> Iterator[Case]:
    batch, samples, d_model = draw.sizes(3, 2, 8)
    yield Case(
        "a batch",
        "values",
        {
            "center": draw.normal(batch, d_model),
            "context": draw.normal(batch, d_model),
            "negatives": draw.normal(batch, samples, d_model),
        },
    )


def _learn_cases(draw: Draw) -> Iterator[Case]:
    counts = {"low": 5, "lower": 2, "newest": 6, "widest": 3}
    yield Case("by hand", "values", {"word_counts": counts, "num_merges": 1}, public=True)


def _apply_cases(draw: Draw) -> Iterator[Case]:
    arguments = {"word": "lowest", "merges": [("e", "s"), ("es", "t")]}
    yield Case("by hand", "values", arguments, public=True)


def _embedding_cases(draw: Draw) -> Iterator[Case]:
    batch, length, vocab_size, d_model = draw.sizes(4, 3, 9)
    yield Case(
        "a batch",
        "values",
        {"ids": draw.integers(1, vocab_size, batch, length)},
        build={"vocab_size": vocab_size, "d_model": d_model, "pad_id": 0},
        weights=draw.weights({"weight": (vocab_size, d_model)}),
    )


SPECIFICATIONS = (
    Specification(
        exercise="skip_gram_loss",
        checks=(Check("values", 2, "the loss is right"),),
        cases=_skip_gram_cases,
        oracle=lambda case: oracle.skip_gram_loss(**case.arguments),
    ),
    Specification(
        exercise="learn_bpe",
        checks=(Check("values", 2, "the pairs are right"),),
        cases=_learn_cases,
        oracle=lambda case: oracle.learn_bpe(**case.arguments),
    ),
    Specification(
        exercise="apply_bpe",
        checks=(Check("values", 2, "the pieces are right"),),
        cases=_apply_cases,
        oracle=lambda case: oracle.apply_bpe(**case.arguments),
    ),
    Specification(
        exercise="TokenEmbedding",
        checks=(Check("values", 2, "each id gets its row, scaled"),),
        cases=_embedding_cases,
        oracle=lambda case: oracle.token_embedding(case.arguments["ids"], case.weights or {}),
    ),
)
