"""Lesson 02: what an answer to the embedding exercises has to do."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Outcome, TensorValue
from autograder.specification import COMPARE, Check, Draw, Specification, variants


def _skip_gram_cases(draw: Draw) -> Iterator[Case]:
    yield Case("by hand", "values", _SKIP_GRAM_BY_HAND, public=True)
    batch, samples, d_model = draw.sizes(3, 2, 8)
    base = Case("a batch", "values", _skip_gram(draw, batch, samples, d_model))
    yield base
    yield Case("one word", "values", _skip_gram(draw, 1, samples, d_model))
    yield Case("one sample", "values", _skip_gram(draw, batch, 1, d_model))
    for sign in (1, -1):
        large = _large_scores(draw, sign, batch, samples, d_model)
        yield Case(f"sign {sign}", "large scores", large)
    yield from variants(
        base,
        gradients=("center", "context", "negatives"),
        cotangents=(np.ones((), np.float32),),
    )


_SKIP_GRAM_BY_HAND = {
    "center": np.array([[1.0, 0.0]], np.float32),
    "context": np.array([[math.log(3), 5.0]], np.float32),
    "negatives": np.array([[[-math.log(3), 1.0], [0.0, 2.0]]], np.float32),
}


def _skip_gram(draw: Draw, batch: int, samples: int, d_model: int) -> dict[str, Any]:
    return {
        "center": draw.normal(batch, d_model),
        "context": draw.normal(batch, d_model),
        "negatives": draw.normal(batch, samples, d_model),
    }


def _large_scores(draw: Draw, sign: int, batch: int, samples: int, d_model: int) -> dict[str, Any]:
    """Scores of some hundreds: the real ones of one sign, the negatives of both."""
    center = np.abs(draw.whole(batch, d_model, largest=9)) + 1
    return {
        "center": center,
        "context": sign * (np.abs(draw.whole(batch, d_model, largest=9)) + 60),
        "negatives": draw.whole(batch, samples, d_model, largest=90),
    }


def _learn_cases(draw: Draw) -> Iterator[Case]:
    by_hand = {"word_counts": {"no": 3, "non": 2, "on": 4}, "num_merges": 3}
    yield Case("by hand", "values", by_hand, public=True)
    corpora = [_corpus(draw) for _ in range(3)]
    for number, arguments in enumerate(corpora):
        yield Case(f"corpus {number}", "values", arguments)
    a, b, c, d, e, f = _letters(draw, 6)
    pieces = {b + a: 9, b + a + b: 1, a + b: 5}
    yield _learn_case("pieces end where they end", "values", pieces, 3)

    yield _learn_case("all equal", "ties", {d + c + a + f + e + b: 2}, 3)
    yield _learn_case("one starts the other", "ties", {a + b: 9, a + b + c: 4, a + f: 4}, 2)
    yield _learn_case("in two words", "ties", {e + f: 3, c + d: 3, d + a: 3}, 2)

    yield _learn_case("side by side", "places", {f + f + f: 3, a + b: 5}, 3)
    yield _learn_case("twice in a word", "places", {a + b + a + b: 3, c + d: 5}, 2)
    yield _learn_case("four of a kind", "places", {c * 5: 2, a + b: 7}, 4)

    yield _learn_case("no pair is left", "end", {a + b: 2, c: 4}, 5)
    yield _learn_case("no word", "end", {}, 2)
    yield _learn_case("nothing to learn", "end", {a + b: 2}, 0)
    yield _learn_case("rare words", "end", {a + b + c: 1}, 2)

    watched = Case("counts stay", "inputs", corpora[0], observe=("word_counts",))
    yield watched


def _learn_case(name: str, check: str, word_counts: dict[str, int], num_merges: int) -> Case:
    return Case(name, check, {"word_counts": word_counts, "num_merges": num_merges})


def _letters(draw: Draw, count: int) -> list[str]:
    """Return different letters in the order of the alphabet."""
    chosen = draw.generator.choice(list("abcdefghijklmnopqrstuvwxyz"), count, replace=False)
    return sorted(str(letter) for letter in chosen)


def _word(draw: Draw, letters: list[str], length: int) -> str:
    """Return a word in which no letter stands beside itself."""
    places = np.cumsum(draw.integers(1, len(letters), length)) % len(letters)
    return "".join(letters[place] for place in places)


def _corpus(draw: Draw) -> dict[str, Any]:
    """Return arguments of ``learn_bpe`` in which no two pairs tie for the first place."""
    while True:
        letters = _letters(draw, 4)
        words = [_word(draw, letters, draw.size(2, 6)) for _ in range(9)]
        word_counts = {word: draw.size(1, 60) for word in words}
        num_merges = _merges_before_a_tie(word_counts)
        if num_merges >= 4:
            return {"word_counts": word_counts, "num_merges": num_merges}


def _merges_before_a_tie(word_counts: dict[str, int]) -> int:
    """Return how many merges can be learned (at most 8) before two pairs have the top count."""
    merges = oracle.learn_bpe(word_counts, 8)
    for step in range(len(merges)):
        counts: Counter[tuple[str, str]] = Counter()
        for word, count in word_counts.items():
            for pair in pairwise(oracle.apply_bpe(word, merges[:step])):
                counts[pair] += count
        top = [count for _, count in counts.most_common(2)]
        if len(top) == 2 and top[0] == top[1]:
            return step
    return len(merges)


def _learn_problem(case: Case, outcome: Outcome) -> str | None:
    before = case.arguments["word_counts"]
    if case.observe and outcome.observed.get("word_counts") != before:
        return "word_counts was changed. Work on a copy: the caller still needs the counts."
    return COMPARE


def _apply_cases(draw: Draw) -> Iterator[Case]:
    merges = [("o", "n"), ("n", "o"), ("n", "on")]
    yield Case("by hand", "values", {"word": "nonono", "merges": merges}, public=True)
    learned = _learned_words(draw)
    for number, arguments in enumerate(learned):
        yield Case(f"word {number}", "values", arguments)
    a, b, c, d, e, f = _letters(draw, 6)
    step_by_step = [(a, b), (a + b, c), (d, e), (a + b + c, d + e)]
    yield _apply_case("larger and larger", "values", a + b + c + d + e + f, step_by_step)
    yield _apply_case("unknown letters", "values", f + a + b + f, step_by_step)
    yield _apply_case("one letter", "values", a, step_by_step)
    yield _apply_case("no merges", "values", a + b + c, [])

    yield _apply_case("who comes first", "order", a + b + c, [(b, c), (a, b)])
    yield _apply_case("who comes second", "order", a + b + c, [(a, b), (b, c)])
    yield _apply_case("not the longest", "order", a + b + c + d, [(b, c), (c, d), (a, b)])

    yield _apply_case("everywhere", "places", a + b + c + a + b + a + b, [(a, b)])
    yield _apply_case("left to right", "places", a * 5, [(a, a)])
    yield _apply_case("pairs of pairs", "places", a * 7, [(a, a), (a + a, a + a)])
    yield _apply_case("pieces end where they end", "places", b + a + b, [(b, a), (a, b)])

    yield Case("merges stay", "inputs", learned[0], observe=("merges",))


def _apply_case(name: str, check: str, word: str, merges: list[tuple[str, str]]) -> Case:
    return Case(name, check, {"word": word, "merges": merges})


def _learned_words(draw: Draw) -> list[dict[str, Any]]:
    """Return arguments of ``apply_bpe``: learned merges and words they have not seen."""
    corpus = _corpus(draw)
    merges = oracle.learn_bpe(**corpus)
    letters = sorted({letter for word in corpus["word_counts"] for letter in word})
    found: list[dict[str, Any]] = []
    while len(found) < 4:
        word = _word(draw, letters, draw.size(5, 10))
        if oracle.apply_bpe(word, merges) == _by_rank(word, merges):
            found.append({"word": word, "merges": merges})
    return found


def _by_rank(word: str, merges: list[tuple[str, str]]) -> list[str]:
    """Cut a word the other right way: join the earliest learned pair until none is left."""
    pieces = list(word)
    while present := [pair for pair in merges if pair in pairwise(pieces)]:
        pieces = _joined(pieces, present[0])
    return pieces


def _joined(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    place = next(i for i, found in enumerate(pairwise(pieces)) if found == pair)
    return [*pieces[:place], pair[0] + pair[1], *pieces[place + 2 :]]


def _apply_problem(case: Case, outcome: Outcome) -> str | None:
    if case.observe and outcome.observed.get("merges") != case.arguments["merges"]:
        return "merges was changed. Only read it: the next word needs all merges again."
    return COMPARE


def _embedding_cases(draw: Draw) -> Iterator[Case]:
    table = np.array([[0, 0, 0, 0], [1, 2, 3, 4], [-1, 0, 0.5, 1]], np.float32)
    yield Case(
        "by hand",
        "values",
        {"ids": np.array([[1, 2, 0]])},
        build={"vocab_size": 3, "d_model": 4, "pad_id": 0},
        weights={"weight": table},
        public=True,
    )
    batch, length, vocab_size, d_model = draw.sizes(4, 3, 9)
    base = _embedding_case(draw, "words", vocab_size, d_model, pad_id=0)
    base.arguments["ids"] = draw.integers(1, vocab_size, batch, length)
    yield base
    padded = _embedding_case(draw, "padded", vocab_size, d_model, pad_id=2)
    ids = draw.integers(0, vocab_size, batch, length)
    ids[0, -2:], ids[1, :2], ids[2, :2] = 2, (2, 0), 1  # padding, the word 0, a word twice
    padded.arguments["ids"] = ids
    yield padded
    yield _start_case(draw)
    cotangent = draw.normal(batch, length, d_model)
    yield dataclasses.replace(
        padded, name="no gradient", check="padding", dtype="float64", cotangents=(cotangent,)
    )
    yield from variants(base, cotangents=(cotangent,))


def _embedding_case(draw: Draw, name: str, vocab_size: int, d_model: int, pad_id: int) -> Case:
    """The pad row is zero, as at the start: what a lookup gives for another row is open."""
    weights = draw.weights({"weight": (vocab_size, d_model)})
    weights["weight"][pad_id] = 0
    built = {"vocab_size": vocab_size, "d_model": d_model, "pad_id": pad_id}
    return Case(name, "values", {}, build=built, weights=weights)


def _start_case(draw: Draw) -> Case:
    pad_id = draw.size(1, 80)
    return Case(
        "fresh",
        "start",
        {"ids": np.arange(80)[None]},
        build={"vocab_size": 80, "d_model": 48, "pad_id": pad_id},
        random=True,
        seed=draw.size(0, 1000),
    )


def _embedding_problem(case: Case, outcome: Outcome) -> str | None:
    if case.check == "start":
        return _start_problem(case, outcome)
    if case.check == "padding":
        return _padding_problem(case, outcome)
    return COMPARE


def _start_problem(case: Case, outcome: Outcome) -> str | None:
    """The scaled vectors of a new table: zero for padding, of about unit variance otherwise."""
    value = outcome.value
    if not isinstance(value, TensorValue) or value.array is None or value.shape != (1, 80, 48):
        return "the lookup of a new table does not give one vector a word"
    pad_id = (case.build or {})["pad_id"]
    if np.any(value.array[0, pad_id]):
        return "the row of pad_id is not zero at the start"
    words = np.delete(value.array[0], pad_id, axis=0)
    if words.std(axis=0).min() < 1e-6 or words.std(axis=1).min() < 1e-6:
        return "the rows of a new table are not drawn at random"
    spread = words.std()
    if not 0.7 < spread < 1.4 or abs(words.mean()) > 0.2:
        size = "too small" if spread <= 0.7 else "too large" if spread >= 1.4 else "not around zero"
        return f"the scaled vectors of a new table are {size}: about unit variance is expected"
    return None


def _padding_problem(case: Case, outcome: Outcome) -> str | None:
    gradient = outcome.gradients.get("parameter weight")
    weight = (case.weights or {})["weight"]
    if gradient is None or gradient.shape != weight.shape:
        return "no gradient reaches the weight: something cuts it off (detach, item, no_grad)"
    pad_id = (case.build or {})["pad_id"]
    if np.any(gradient[pad_id]):
        return "the row of pad_id gets a gradient from the lookup"
    expected = np.zeros(weight.shape)
    assert case.cotangents[0] is not None
    np.add.at(expected, case.arguments["ids"], case.cotangents[0] * math.sqrt(weight.shape[1]))
    expected[pad_id] = 0
    if not np.allclose(gradient, expected, rtol=1e-4, atol=1e-4):
        return "the gradient of the words' rows is wrong where padding stands beside them"
    return None


SPECIFICATIONS = (
    Specification(
        exercise="skip_gram_loss",
        checks=(
            Check("values", 3, "the loss is right: summed over negatives, mean over the batch"),
            Check("large scores", 1, "large scores give no NaN or infinity"),
            Check("gradients", 1, "gradients reach center, context and negatives"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the vectors stay as they were"),
        ),
        cases=_skip_gram_cases,
        oracle=lambda case: oracle.skip_gram_loss(**case.arguments),
        results=("the loss",),
    ),
    Specification(
        exercise="learn_bpe",
        checks=(
            Check("values", 3, "the most frequent pair is joined, again and again"),
            Check("ties", 1, "of pairs with equal counts the smallest tuple comes first"),
            Check("places", 1, "a pair counts at each place and is joined from left to right"),
            Check("end", 1, "it learns as many pairs as asked for, or stops when none is left"),
            Check("inputs", 1, "the counts stay as they were"),
        ),
        shortcuts=("tokenizers", "sentencepiece", "subword_nmt"),
        cases=_learn_cases,
        oracle=lambda case: oracle.learn_bpe(**case.arguments),
        problem=_learn_problem,
    ),
    Specification(
        exercise="apply_bpe",
        checks=(
            Check("values", 2, "the pieces are right"),
            Check("order", 1, "merges act in the order learned"),
            Check("places", 1, "each merge acts at every place, from left to right"),
            Check("inputs", 1, "the merges stay as they were"),
        ),
        shortcuts=("tokenizers", "sentencepiece", "subword_nmt"),
        cases=_apply_cases,
        oracle=lambda case: oracle.apply_bpe(**case.arguments),
        problem=_apply_problem,
    ),
    Specification(
        exercise="TokenEmbedding",
        checks=(
            Check("values", 2, "each id gets its row, scaled by √d_model"),
            Check("start", 1, "a new table is random with unit variance, and zero for padding"),
            Check("padding", 1, "the row of padding gets no gradient"),
            Check("gradients", 1, "gradients reach the other rows"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the ids stay as they were"),
        ),
        cases=_embedding_cases,
        oracle=lambda case: oracle.token_embedding(case.arguments["ids"], case.weights or {}),
        problem=_embedding_problem,
    ),
)
