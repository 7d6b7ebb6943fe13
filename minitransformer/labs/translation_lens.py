"""Lab of lesson 12: where a translator looks while it writes your sentence."""

from __future__ import annotations

import numpy as np
import torch

from minitransformer.data.tokenizer import LEFT, RIGHT, WORD
from minitransformer.labs.definition import (
    Bars,
    Choice,
    Heatmap,
    LabDefinition,
    Numbers,
    Parts,
    Picture,
    Slider,
    Text,
    Tokens,
)
from minitransformer.labs.translating import see

LANGUAGES = {"French": "fr", "Hindi": "hi"}
LAYERS = ("1", "2")
MEAN = "mean of all"
HEADS = (MEAN, "1", "2", "3", "4")
RIVALS = 5


def compute(
    parts: Parts, sentence: str, language: str, layer: str, head: str, step: float
) -> Numbers:
    """Translate with the small model that ships with the course, put together from the parts."""
    with torch.no_grad(), parts.inside():
        seen = see(sentence, LANGUAGES[language], LAB.parts)
    weights = seen.weights[int(layer) - 1]  # (H, T, S)
    shown = weights.mean(axis=0) if head == MEAN else weights[int(head) - 1]  # (T, S)
    shares = seen.shares
    written = [_readable(seen.target.pieces[i]) for i in seen.ids[1:]]
    place = min(round(step), len(written)) - 1
    best = np.argsort(-shares[place])[:RIVALS]
    return {
        "source": tuple(_readable(seen.source.pieces[i]) for i in seen.source_ids),
        "written": tuple(written),
        "translation": seen.target.decode(seen.ids),
        "weights": shown,
        "step": place,
        "rivals": tuple(_readable(seen.target.pieces[i]) for i in best),
        "rival_shares": shares[place][best],
        "alarm": _alarm(shown, seen.source.unseen_words(sentence)),
    }


def _readable(piece: str) -> str:
    """Show a piece that starts a word as it is, and one inside a word after a dash."""
    if piece.startswith(WORD):
        return piece[1:] or piece
    if piece.startswith("<") or not piece[:1].isalpha():
        return piece.strip(LEFT + RIGHT) or piece
    return f"–{piece}"


def _alarm(weights: np.ndarray, unseen: list[str]) -> str:
    """Say what is wrong with the weights, and which words the model cannot know."""
    alarms = []
    sums = weights.sum(axis=1)
    worst = int(np.nan_to_num(abs(sums - 1), nan=np.inf).argmax())
    if not abs(sums[worst] - 1) < 1e-3 or weights.min() < 0:
        alarms.append(
            f"These are no attention weights: row {worst + 1} adds up to {sums[worst]:.2f}."
        )
    if unseen:
        alarms.append(
            f"Not among the words it was trained on: {', '.join(unseen)}. It spells them from "
            f"pieces and guesses."
        )
    return " ".join(alarms)


def draw(numbers: Numbers) -> Picture:
    """Weights of all steps; the source as one step sees it; that step's likeliest pieces."""
    weights, place = numbers["weights"], numbers["step"]
    piece = numbers["written"][place]
    row = weights[place]
    largest = int(np.nan_to_num(row).argmax())
    shades = np.clip(np.nan_to_num(row), 0.0, 1.0)
    return Picture(
        (
            Tokens(f"where “{piece}” looks", numbers["source"], shades, (largest,)),
            Heatmap(
                numbers["translation"],
                weights,
                numbers["written"],
                numbers["source"],
                "looked at",
                "written",
                low=0.0,
                high=1.0,
                marked=((place, largest),),
            ),
            Bars(
                f"likeliest for place {place + 1}",
                numbers["rival_shares"],
                numbers["rivals"],
                "",
                "share",
                high=1.0,
            ),
        ),
        numbers["alarm"],
    )


def describe(numbers: Numbers) -> str:
    """Say the translation, and where the chosen word looks."""
    row = numbers["weights"][numbers["step"]]
    largest = int(np.nan_to_num(row).argmax())
    return (
        f"It writes “{numbers['translation']}”. Piece {numbers['step'] + 1}, "
        f"“{numbers['written'][numbers['step']]}”, had share {numbers['rival_shares'][0]:.2f} and "
        f"looks at “{numbers['source'][largest]}” with weight {row[largest]:.2f}."
    )


LAB = LabDefinition(
    name="translation_lens",
    title="Translation lens",
    lesson="translation",
    parts=(
        *("Transformer", "scaled_dot_product_attention", "MultiHeadAttention", "DecoderLayer"),
        *("EncoderLayer", "Encoder", "Decoder", "AddNorm", "LayerNorm", "FeedForward"),
        *("TokenEmbedding", "PositionalEncoding", "causal_mask", "padding_mask", "softmax"),
        *("split_heads", "merge_heads", "apply_bpe", "greedy_decode"),
    ),
    controls=(
        Text("sentence", "English sentence", "the white cat sleeps in the big house", 120),
        Choice("language", "translate into", tuple(LANGUAGES), "French"),
        Choice("layer", "decoder layer", LAYERS, "2"),
        Choice("head", "head", HEADS, MEAN),
        Slider("step", "word being written", 1, 20, 1, 2),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Nobody told the model which words belong together: the alignment appears by itself, and "
    "follows a changed order.",
    sweep="step",
)
