"""Lab of lesson 11: the beginnings that a beam search follows, as a tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from minitransformer.errors import CourseError
from minitransformer.labs.definition import (
    Bars,
    Branch,
    LabDefinition,
    Numbers,
    Parts,
    Picture,
    Slider,
    Tree,
)
from minitransformer.labs.require import require_tensor

VOCABULARY = ("<s>", "</s>", "the", "a", "dog", "cat", "sleeps", "barks", "loudly")
BOS, EOS = 0, 1
LONGEST = 6  # the start token counted
Text = tuple[int, ...]

# What may come next: the likeliest beginning, "the", leads to nothing likely.
NEXT: dict[str, dict[str, float]] = {
    "<s>": {"the": 0.55, "a": 0.40, "</s>": 0.05},
    "the": {"dog": 0.45, "cat": 0.40, "</s>": 0.15},
    "a": {"dog": 0.90, "cat": 0.10},
    "the dog": {"sleeps": 0.40, "barks": 0.35, "</s>": 0.25},
    "the cat": {"sleeps": 0.70, "</s>": 0.30},
    "a dog": {"barks": 0.85, "sleeps": 0.10, "</s>": 0.05},
    "a cat": {"sleeps": 0.60, "</s>": 0.40},
    "a dog barks": {"</s>": 0.55, "loudly": 0.45},
    "the dog barks": {"</s>": 0.60, "loudly": 0.40},
}


def log_p_of(text: Text) -> float:
    """Return the log-probability of a text, -inf where the table does not have it."""
    return float(sum(_next_log_p(text[:length])[text[length]] for length in range(1, len(text))))


def _next_log_p(text: Text) -> np.ndarray:
    """Return the log-probability of each next word (V,); after a verb mostly the end."""
    words = " ".join(VOCABULARY[i] for i in text[1:]) or "<s>"
    shares = np.full(len(VOCABULARY), 1e-9)
    for word, share in NEXT.get(words, {"</s>": 1.0}).items():
        shares[VOCABULARY.index(word)] = share
    return np.log(shares / shares.sum())


class _Recorder:
    """The language model, noting what it is asked and the scores it gives."""

    def __init__(self) -> None:
        self.asked: list[list[Text]] = []

    def __call__(self, ids: Tensor) -> Tensor:
        rows = [tuple(row) for row in ids.tolist()]
        if len(rows[0]) > 3 * LONGEST:
            raise CourseError(
                f"beam_search asks for word {len(rows[0])}, but max_len is {LONGEST}. Stop there."
            )
        self.asked.append(list(dict.fromkeys(rows)))
        # a constant added to a row's logits changes no probability
        shifted = [_next_log_p(row) + 3.0 * (row[-1] % 3) for row in rows]
        return torch.tensor(np.array(shifted), dtype=torch.float32)  # (n, V)


def compute(parts: Parts, width: float, length_penalty: float, step: float) -> Numbers:
    """Let ``beam_search`` search, and rebuild its tree from what it asked."""
    recorder = _Recorder()
    result: Any = parts.beam_search(
        recorder, torch.tensor([[BOS]]), EOS, round(width), LONGEST, length_penalty
    )
    ids = tuple(result[0][0].tolist())
    score = float(require_tensor("beam_search", result[1], (1,)))
    answer = ids[: ids.index(EOS) + 1] if EOS in ids else ids
    asked = _by_length(recorder.asked)
    tree = _tree(asked, answer, length_penalty, round(step))
    best = max(_all_texts(), key=lambda text: _score(text, length_penalty))
    found = float(np.exp(log_p_of(answer))) if answer[:1] == (BOS,) else 0.0
    return {
        "tree": tree,
        "answer": _words(answer),
        "best": _words(best),
        "score": score,
        "best_score": _score(best, length_penalty),
        "probability": found,
        "best_probability": float(np.exp(log_p_of(best))),
        "asked": sum(len(texts) for texts in asked.values()),
        "alarm": _alarm(asked, answer, score, round(width), length_penalty),
    }


def _by_length(calls: list[list[Text]]) -> dict[int, list[Text]]:
    """Gather what was asked by the number of words; implementations ask in different portions."""
    asked: dict[int, list[Text]] = {}
    for texts in calls:
        for text in texts:
            same = asked.setdefault(len(text), [])
            if text not in same and EOS not in text:  # a whole batch may carry ended texts along
                same.append(text)
    return asked


def _score(text: Text, length_penalty: float) -> float:
    n = len(text) - 1
    return log_p_of(text) / ((5 + n) / 6) ** length_penalty


def _all_texts() -> list[Text]:
    """Every text of the table that ends."""
    texts: list[Text] = []
    open_: list[Text] = [(BOS,)]
    while open_:
        text = open_.pop()
        likely = np.flatnonzero(_next_log_p(text) > np.log(1e-6)).tolist()
        for word in likely:
            (texts if word == EOS else open_).append((*text, word))
    return texts


def _tree(
    asked: dict[int, list[Text]], answer: Text, length_penalty: float, steps: int
) -> tuple[Branch, ...]:
    """Every beginning that was asked about, with the words that could follow it."""
    branches = [Branch("<s>", -1, 0.0, best=True)]
    number: dict[Text, int] = {(BOS,): 0}
    for length in range(1, steps + 1):
        followed = asked.get(length + 1, [])
        least = min((log_p_of(text) for text in followed), default=-np.inf)
        for text in asked.get(length, []):
            if text not in number:
                continue
            for word in np.flatnonzero(_next_log_p(text) > np.log(1e-6)).tolist():
                longer = (*text, word)
                kept = longer in followed or (word == EOS and log_p_of(longer) >= least)
                best = longer == answer[: len(longer)]
                number[longer] = len(branches)
                score = _score(longer, length_penalty)
                label = VOCABULARY[word]
                branches.append(Branch(label, number[text], score, kept or best, best))
    return tuple(branches)


def _alarm(
    asked: dict[int, list[Text]], answer: Text, score: float, width: int, length_penalty: float
) -> str:
    """Say what no beam search does; empty where all is well."""
    if answer[:1] != (BOS,):
        return "The text found does not begin with the start token."
    most = max(len(texts) for texts in asked.values())
    if most > width:
        return f"{most} beginnings were followed, although the width is {width}."
    if most < min(width, 2):
        return f"Only one beginning was followed, although the width is {width}."
    if len(answer) > LONGEST:
        return f"The text found has {len(answer)} tokens, but max_len is {LONGEST}."
    right = _score(answer, length_penalty)
    if not abs(score - right) < 1e-3:
        return f"beam_search says its text scores {score:.3f}, but its words score {right:.3f}."
    seen = [(*text, EOS) for texts in asked.values() for text in texts if len(text) < LONGEST]
    kept = [text for text in seen if _was_kept(text, asked)]
    better = max(kept, key=lambda text: _score(text, length_penalty), default=answer)
    if _score(better, length_penalty) > right + 1e-3:
        return f"It followed “{_words(better)}”, which scores more than what it returned."
    return ""


def _was_kept(text: Text, asked: dict[int, list[Text]]) -> bool:
    """True for a finished text at least as likely as a beginning followed at that length."""
    followed = [log_p_of(other) for other in asked.get(len(text), [])]
    return bool(followed) and log_p_of(text) >= min(followed)


def _words(text: Text) -> str:
    return " ".join(VOCABULARY[i] for i in text if i not in (BOS, EOS)) or "nothing"


def draw(numbers: Numbers) -> Picture:
    """The tree, and how likely the text found is beside the likeliest."""
    tree = Tree("beginnings followed, with their scores", numbers["tree"])
    values = np.array([numbers["probability"], numbers["best_probability"]])
    labels = (f"found: {numbers['answer']}", f"best: {numbers['best']}")
    bars = Bars("probability of the text", values, labels, "", "probability", marked=(0,))
    return Picture((tree, bars), numbers["alarm"])


def describe(numbers: Numbers) -> str:
    """Say what was found, and whether something better was missed."""
    found = (
        f"The search found “{numbers['answer']}” with score {numbers['score']:.2f} "
        f"and probability {numbers['probability']:.3f}"
    )
    if numbers["answer"] == numbers["best"]:
        return f"{found}; no text scores more."
    return (
        f"{found}; it missed “{numbers['best']}” with score {numbers['best_score']:.2f} "
        f"and probability {numbers['best_probability']:.3f}."
    )


LAB = LabDefinition(
    name="beam_tree",
    title="Beam tree",
    lesson="inference",
    parts=("beam_search",),
    controls=(
        Slider("width", "beam width", 1, 5, 1, 2),
        Slider("length_penalty", "length penalty α", 0.0, 2.0, 0.1, 0.0),
        Slider("step", "steps shown", 1, LONGEST - 1, 1, LONGEST - 1),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="The likeliest first word need not begin the likeliest text: greedy search, a beam of one, "
    "misses it.",
    sweep="width",
)
