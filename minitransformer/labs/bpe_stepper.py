"""Lab of lesson 02: merge after merge, from letters to words."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from minitransformer.errors import CourseError
from minitransformer.labs.definition import (
    LabDefinition,
    Lines,
    Numbers,
    Parts,
    Picture,
    Slider,
    Text,
    Tokens,
)
from minitransformer.labs.results import in_use
from minitransformer.word_vectors import help_topics, words_of

MOST = 120  # merges
WORDS = 200  # the most frequent words of Python's help topics: what merges are learned from
SIZES = (0, 5, 10, 20, 30, 45, 60, 80, 100, MOST)  # numbers of merges on the curve
NEWEST = 12  # merges listed

Pair = tuple[str, str]


class Learned(NamedTuple):
    """Merges, the pieces of a word of running text at each of ``SIZES``, and how it began."""

    merges: list[Pair]
    per_word: list[float]
    first_count: int
    most_frequent: Pair
    most_count: int


@lru_cache(maxsize=1)
def _counts() -> dict[str, int]:
    return dict(Counter(words_of(help_topics())).most_common(WORDS))


@lru_cache(maxsize=4)
def _learned(used: tuple[Any, ...]) -> Learned:
    """Learn all merges with one implementation of ``learn_bpe`` and of ``apply_bpe``."""
    learn_bpe, apply_bpe = used
    counts = _counts()
    merges = learn_bpe(dict(counts), MOST)
    if not isinstance(merges, list) or not all(_is_pair(pair) for pair in merges):
        raise CourseError("learn_bpe should return a list of pairs of texts, such as ('t', 'h').")
    running = sum(counts.values())
    per_word = [
        sum(n * len(_cut(apply_bpe, word, merges[:size])) for word, n in counts.items()) / running
        for size in SIZES
    ]
    letters: Counter[Pair] = Counter()
    for word, count in counts.items():
        for pair in pairwise(word):
            letters[pair] += count
    most_frequent, most_count = letters.most_common(1)[0]
    first_count = letters[merges[0]] if merges else 0
    return Learned(merges, per_word, first_count, most_frequent, most_count)


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(p, str) for p in pair)


def _cut(apply_bpe: Any, word: str, merges: list[Pair]) -> list[str]:
    """Return the pieces of a word; raise ``CourseError`` where they are no list of texts."""
    pieces = apply_bpe(word, list(merges))
    if not isinstance(pieces, list) or not all(isinstance(piece, str) for piece in pieces):
        raise CourseError(f"apply_bpe should return a list of pieces, but gave {pieces!r:.60}.")
    return pieces


def compute(parts: Parts, merges: float, text: str) -> Numbers:
    """The text cut with so many merges, and what each number of merges costs and buys."""
    used = in_use(parts, ("learn_bpe", "apply_bpe"))
    learned = _learned(used)
    taken = learned.merges[: int(merges)]
    words = re.findall(r"\w+|[^\w\s]", text.lower())
    if not words:
        raise CourseError("there is nothing to cut; write a few words.")
    cut = [_cut(used[1], word, taken) for word in words]
    letters = len({letter for word in _counts() for letter in word})
    return {
        "pieces": [piece for pieces in cut for piece in pieces],
        "word_of": [place for place, pieces in enumerate(cut) for _ in pieces],
        "words": words,
        "lost": [word for word, pieces in zip(words, cut) if "".join(pieces) != word],
        "merges": taken,
        "taken": len(taken),
        "wanted": int(merges),
        "count": sum(map(len, cut)),
        "vocabulary": letters + len(taken),
        "letters": letters,
        "per_word": np.array(learned.per_word),
        "first": learned.merges[0] if learned.merges else ("", ""),
        "first_count": learned.first_count,
        "most_frequent": learned.most_frequent,
        "most_count": learned.most_count,
    }


def draw(numbers: Numbers) -> Picture:
    """The text in pieces, the newest merges, vocabulary against length; an alarm for bad cuts."""
    shades = 0.15 + 0.5 * (np.array(numbers["word_of"]) % 2)
    cut = Tokens("your text, cut (one tint a word)", tuple(numbers["pieces"]), shades)
    newest = numbers["merges"][-NEWEST:]
    title = f"the newest merges, of {numbers['taken']}" if newest else "no merges: letters only"
    joined = Tokens(
        title,
        tuple(f"{left}+{right}" for left, right in newest) or ("–",),
        marked=(len(newest) - 1,) if newest else (),
    )
    sizes = numbers["letters"] + np.array(SIZES)
    lines = Lines(
        "vocabulary against length",
        sizes,
        {"pieces per word": numbers["per_word"]},
        xlabel="vocabulary: letters and joined pieces",
        ylabel="pieces per word of running text",
        low=0.0,
        at=numbers["vocabulary"],
    )
    return Picture((cut, joined, lines), _alarm(numbers))


def _alarm(numbers: Numbers) -> str:
    if numbers["lost"]:
        return (
            f"The pieces of {numbers['lost'][0]} put together are no longer {numbers['lost'][0]}."
        )
    if numbers["first_count"] < numbers["most_count"]:
        first, most = "+".join(numbers["first"]), "+".join(numbers["most_frequent"])
        return (
            f"The first merge is {first}, which stands side by side {numbers['first_count']:,} "
            f"times in the text; {most} does so {numbers['most_count']:,} times."
        )
    if numbers["taken"] < numbers["wanted"]:
        return f"There are only {numbers['taken']} merges, though pairs are left to join."
    if (np.diff(numbers["per_word"]) > 1e-9).any():
        return "More merges should never make more pieces, but here they do."
    if len(set(numbers["merges"])) < numbers["taken"]:
        return "The same merge was learned twice: what it joined was not counted as one piece."
    if numbers["per_word"][-1] > 0.6 * numbers["per_word"][0]:
        return (
            f"{MOST} merges should shorten this text by half; they leave "
            f"{numbers['per_word'][-1]:.1f} of {numbers['per_word'][0]:.1f} pieces per word."
        )
    return ""


def describe(numbers: Numbers) -> str:
    """Say how long the text is in pieces, and how large the vocabulary."""
    return (
        f"With {numbers['taken']} merges the {len(numbers['words'])} words are {numbers['count']} "
        f"pieces ({' '.join(numbers['pieces'])}), from a vocabulary of {numbers['vocabulary']}."
    )


LAB = LabDefinition(
    name="bpe_stepper",
    title="BPE stepper",
    lesson="embeddings",
    parts=("learn_bpe", "apply_bpe"),
    controls=(
        Slider("merges", "merges", 0, MOST, 1, 40),
        Text("text", "your text", "the statement returns untranslatable exceptions", longest=120),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Each merge makes the vocabulary larger and the text shorter, the first ones most.",
    sweep="merges",
)
