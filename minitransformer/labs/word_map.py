"""Lab of lesson 02: words on a map while they are trained, and arithmetic with their vectors."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from minitransformer.errors import CourseError
from minitransformer.labs.definition import (
    Bars,
    LabDefinition,
    Lines,
    Numbers,
    Parts,
    Picture,
    Points,
    Slider,
    Text,
)
from minitransformer.labs.results import as_shaped, in_use
from minitransformer.word_vectors import WordVectors, help_topics, words_of

STEPS, EVERY = 400, 20  # trained so long, looked at so often
D_MODEL, AT_LEAST = 24, 20  # numbers in a vector; words that occur less often are left out
UNDECIDED = 6 * math.log(2)  # the loss of one real pair and five negatives before training
GROUPS = (
    "list tuple dict",
    "valueerror typeerror exception",
    "break continue while",
    "one two three",
    "true false none",
    "method methods function functions",
)  # words of one kind


class Trained(NamedTuple):
    """One training run: vectors (snapshots, V, D) as they are used, and as they were trained."""

    words: list[str]
    unit: Tensor
    alike: list[float]
    losses: list[float]
    first_loss: float


@lru_cache(maxsize=4)
def _trained(used: tuple[Any, ...]) -> Trained:
    """Train on Python's help topics with one implementation of ``skip_gram_loss``."""

    def loss(*vectors: Tensor) -> Tensor:
        return as_shaped("skip_gram_loss", used[0](*vectors), ())

    vectors = WordVectors(words_of(help_topics()), D_MODEL, AT_LEAST, loss)
    unit, alike = [], []

    def keep(step: int) -> None:
        if step % EVERY == 0:
            unit.append(vectors.unit().detach())
            directions = F.normalize(vectors.center.detach(), dim=1)  # (V, D)
            alike.append((directions @ directions.T).mean().item())

    losses = vectors.train(STEPS, watch=keep)
    keep(STEPS)
    recent = [float(np.mean(losses[n : n + EVERY])) for n in range(0, STEPS, EVERY)]
    return Trained(vectors.words, torch.stack(unit), alike, [losses[0], *recent], losses[0])


def compute(parts: Parts, ask: str, steps: float) -> Numbers:
    """The vectors after some steps: the map, and the words nearest to what is asked for."""
    with torch.enable_grad():
        trained = _trained(in_use(parts, ("skip_gram_loss",)))
    index = {word: place for place, word in enumerate(trained.words)}
    terms = _terms(ask, index)
    taken = int(steps) // EVERY
    table = trained.unit[taken]  # (V, D)
    asked = [word for _, word in terms]
    wanted = torch.stack([sign * table[index[word]] for sign, word in terms]).sum(dim=0)  # (D,)
    likeness = table @ F.normalize(wanted, dim=0)  # (V, D) @ (D,) -> (V,)
    order = likeness.argsort(descending=True).tolist()
    nearest = [place for place in order if trained.words[place] not in asked][:8]
    groups = [[word for word in group.split() if word in index] for group in GROUPS]
    grouped = [word for group in groups for word in group]
    shown = list(dict.fromkeys([*grouped, *asked, trained.words[nearest[0]]]))
    places = [index[word] for word in shown]
    return {
        "ask": ask,
        "asked": asked,
        "signs": [sign for sign, _ in terms],
        "steps": int(steps),
        "nearest": [trained.words[place] for place in nearest],
        "likeness": likeness[nearest].numpy(),
        "answer": trained.words[nearest[0]],
        "answer_likeness": float(likeness[nearest[0]]),
        "shown": shown,
        "xy": _on_the_map(trained.unit[-1][places], table[places]),
        "kin": _kin(groups, table, index),
        "loss": trained.losses[taken],
        "losses": np.array(trained.losses),
        "first_loss": trained.first_loss,
        "alike": trained.alike[taken],
    }


def _terms(ask: str, index: dict[str, int]) -> list[tuple[float, str]]:
    """Read "a - b + c" as signs and words; raise ``CourseError`` where that cannot be done."""
    found = re.findall(r"([-−+]?)\s*(\w+)", ask.lower())
    if not found:
        raise CourseError("nothing is asked for; write a word, or a sum such as a − b + c.")
    for _, word in found:
        if word not in index:
            from difflib import get_close_matches

            close = get_close_matches(word, index, n=3)
            hint = f" Near it: {', '.join(close)}." if close else ""
            raise CourseError(f"{word} is too rare in this text to have a vector.{hint}")
    return [(-1.0 if sign in ("-", "−") else 1.0, word) for sign, word in found]


def _on_the_map(final: Tensor, now: Tensor) -> np.ndarray:
    """Return now (n, D) seen along the two directions in which ``final`` differs most: (n, 2)."""
    middle = final.mean(dim=0)
    directions = torch.linalg.svd(final - middle, full_matrices=False)[2][:2]  # (2, D)
    return ((now - middle) @ directions.T).numpy()


def _kin(groups: list[list[str]], table: Tensor, index: dict[str, int]) -> float:
    """Return the share of the groups' words whose nearest word of all groups is of their own."""
    group_of = torch.tensor([n for n, group in enumerate(groups) for _ in group])
    chosen = table[[index[word] for group in groups for word in group]]  # (n, D)
    likeness = (chosen @ chosen.T).fill_diagonal_(-2.0)  # (n, n)
    return (group_of[likeness.argmax(dim=1)] == group_of).float().mean().item()


def draw(numbers: Numbers) -> Picture:
    """The map, the nearest words, the loss; an alarm where the loss teaches something else."""
    shown, asked = numbers["shown"], numbers["asked"]
    marked = tuple(shown.index(word) for word in (*asked, numbers["answer"]))
    arrows = ((marked[1], marked[0]), (marked[2], marked[-1])) if _is_analogy(numbers) else ()
    where = Points(
        f"the map after {numbers['steps']} steps",
        numbers["xy"],
        tuple(shown),
        xlabel="first direction",
        ylabel="second direction",
        marked=marked,
        arrows=arrows,
    )
    bars = Bars(
        f"nearest to {numbers['ask'].strip()}",
        numbers["likeness"],
        tuple(numbers["nearest"]),
        ylabel="likeness (cosine)",
        high=1.0,
        marked=(0,),
    )
    done = EVERY * np.arange(len(numbers["losses"]))
    curve = {"loss": numbers["losses"], "undecided": np.full(len(done), UNDECIDED)}
    lines = Lines(
        "the loss on the way",
        done,
        curve,
        xlabel="steps",
        ylabel="loss",
        at=numbers["steps"],
    )
    return Picture((where, bars, lines), _alarm(numbers))


def _is_analogy(numbers: Numbers) -> bool:
    return numbers["signs"] == [1.0, -1.0, 1.0]


def _alarm(numbers: Numbers) -> str:
    if not np.isfinite(numbers["losses"]).all() or not np.isfinite(numbers["xy"]).all():
        return "The loss became infinite or not a number during training."
    if abs(numbers["first_loss"] - UNDECIDED) > 0.1:
        return (
            f"Before training, six undecided questions cost 6 ln 2 = {UNDECIDED:.2f}; "
            f"this loss says {numbers['first_loss']:.2f}."
        )
    if numbers["alike"] > 0.5:
        return (
            f"All vectors point the same way (mean cosine {numbers['alike']:.2f}): nothing "
            f"drives words apart that do not stand together."
        )
    return ""


def describe(numbers: Numbers) -> str:
    """Say what is nearest, and how many words have one of their kind beside them."""
    return (
        f"After {numbers['steps']} steps the word nearest to {numbers['ask'].strip()} is "
        f"{numbers['answer']} (cosine {numbers['answer_likeness']:.2f}). For "
        f"{numbers['kin']:.0%} of the words on the map the nearest is one of their own kind."
    )


LAB = LabDefinition(
    name="word_map",
    title="Word map",
    lesson="embeddings",
    parts=("skip_gram_loss",),
    controls=(
        Text("ask", "a word, or a sum", "methods − method + function", longest=60),
        Slider("steps", "steps trained", 0, STEPS, EVERY, STEPS),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Words used alike come to lie together, and some differences become directions.",
    sweep="steps",
)
