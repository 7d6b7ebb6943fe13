"""Lab of lesson 11: which words a draw may take, where the model is sure and where it is not."""

from __future__ import annotations

import numpy as np
import torch

from minitransformer.labs.definition import Bars, LabDefinition, Numbers, Parts, Picture, Slider
from minitransformer.labs.require import require_tensor

DRAWS = 4000  # in each context
CONTEXTS = ("the cat drinks …", "she bought a …")
# word: its share in percent; the vocabulary's order is the alphabet's, not the shares'
SURE = {
    "beer": 0.3, "broth": 0.5, "cocoa": 0.4, "cream": 3.0, "fast": 0.7, "juice": 0.6, "milk": 81.0,
    "slowly": 1.0, "tea": 1.5, "up": 0.6, "water": 10.0, "wine": 0.4,
}  # fmt: skip
UNSURE = {
    "bag": 8.0, "boat": 5.0, "book": 13.0, "car": 14.0, "coat": 10.0, "dress": 9.0, "house": 12.0,
    "lamp": 6.5, "map": 4.5, "ring": 5.4, "table": 7.0, "ticket": 5.6,
}  # fmt: skip
WORDS = (tuple(SURE), tuple(UNSURE))
SIZE = len(SURE)
MODEL = np.array([list(SURE.values()), list(UNSURE.values())])  # (2, V)


def compute(parts: Parts, temperature: float, top_k: float, top_p: float, seed: float) -> Numbers:
    """Draw many times after both contexts, in one call, and count."""
    k = round(top_k)
    log_p = torch.tensor(np.log(MODEL / MODEL.sum(axis=1, keepdims=True)), dtype=torch.float32)
    logits = log_p.repeat_interleave(DRAWS, dim=0)  # (2, V) -> (2 * DRAWS, V)
    generator = torch.Generator().manual_seed(round(seed))
    with torch.no_grad():
        result = parts.sample(
            logits, temperature=temperature, top_k=k, top_p=top_p, generator=generator
        )
    ids = require_tensor("sample", result, (2 * DRAWS,)).view(2, DRAWS)
    counts = np.array([np.bincount(row, minlength=SIZE)[:SIZE] for row in ids.tolist()])
    model = (log_p.double() / temperature).softmax(dim=1).numpy()  # (2, V), the temperature in it
    order = np.argsort(-model, axis=1)  # the best words first
    shares = np.take_along_axis(model, order, axis=1)
    drawn = np.take_along_axis(counts, order, axis=1) / DRAWS
    kept = (drawn > 0).sum(axis=1)
    problems = [_problem(s, d, k, top_p) for s, d in zip(shares, drawn, strict=True)]
    return {
        "words": [[WORDS[row][i] for i in order[row]] for row in (0, 1)],
        "shares": shares,
        "drawn": drawn,
        "kept_sure": int(kept[0]),
        "kept_unsure": int(kept[1]),
        "alarm": " ".join(dict.fromkeys(problem for problem in problems if problem)),
    }


def _problem(shares: np.ndarray, drawn: np.ndarray, k: int, p: float) -> str:
    """Say what cannot be right about the draws, the best words first; empty where all is well."""
    kept = drawn > 0
    last = int(np.flatnonzero(kept).max(initial=0))
    before = shares[:k] / shares[:k].sum()  # what the k best words have among them
    if kept.sum() > k:
        return f"{kept.sum()} different words were drawn, although k is {k}."
    if ((drawn == 0) & (shares * DRAWS > 20) & (shares > 1.001 * shares[last])).any():
        return "A word was drawn, but never some better word."
    if before[:last].sum() >= p + 1e-4:
        return f"A word was drawn although the better ones have {before[:last].sum():.2f} already."
    if before[: last + 1].sum() < p - 0.02:
        return f"The words drawn have only {before[: last + 1].sum():.2f} together, p is {p:.2f}."
    expected = np.where(kept, shares, 0.0) / shares[kept].sum()
    if abs(drawn - expected).sum() / 2 > 0.05:
        return "The words were not drawn in proportion to the model's shares at this temperature."
    return ""


def draw(numbers: Numbers) -> Picture:
    """For each context what the model says, cut words faded, and what was drawn."""
    panels = []
    for row, context in enumerate(CONTEXTS):
        words, drawn = tuple(numbers["words"][row]), numbers["drawn"][row]
        cut = tuple(np.flatnonzero(drawn == 0).tolist())
        says = Bars(f"“{context}”: the model", numbers["shares"][row], words, "", "share", high=1.0)
        panels.append(
            Bars(says.title, says.values, words, "", "share", high=1.0, faded=cut),
        )
        panels.append(Bars(f"“{context}”: your draws", drawn, words, "", "share", high=1.0))
    return Picture(tuple(panels), numbers["alarm"])


def describe(numbers: Numbers) -> str:
    """Say how many words are left in each context."""
    return (
        f"{numbers['kept_sure']} of {SIZE} words are drawn where the model is sure, "
        f"{numbers['kept_unsure']} where it is not; the likeliest has "
        f"{numbers['drawn'][0].max():.2f} and {numbers['drawn'][1].max():.2f} of the draws."
    )


LAB = LabDefinition(
    name="sampler",
    title="Sampler",
    lesson="inference",
    parts=("sample",),
    controls=(
        Slider("temperature", "temperature τ", -1.0, 0.7, 0.05, 1.0, logarithmic=True),
        Slider("top_k", "k best words (top-k)", 1, SIZE, 1, SIZE),
        Slider("top_p", "share to reach (top-p)", 0.05, 1.0, 0.05, 0.9),
        Slider("seed", "seed", 0, 20, 1, 0),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="With one p, few words stay where the model is sure and many where it is not; one k keeps "
    "as many in both.",
    sweep="top_p",
)
