"""Lab of lesson 12: where a translator looks while it writes your sentence."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minitransformer import checkpoint
from minitransformer.data.tokenizer import BOS, EOS, LEFT, RIGHT, WORD, Tokenizer
from minitransformer.errors import CourseError
from minitransformer.inference import greedy_decode
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
from minitransformer.stub import PARTS
from minitransformer.translate import next_logits_of

LANGUAGES = {"French": "fr", "Hindi": "hi"}
LAYERS = ("1", "2")
MEAN = "mean of all"
HEADS = (MEAN, "1", "2", "3", "4")
RIVALS = 5
LONGEST = 40  # pieces of the sentence


@dataclass(frozen=True)
class Seen:
    """One translation: ids of both sides, shares of each step (T, V), weights (H, T, S) a layer."""

    source_ids: list[int]
    ids: list[int]
    shares: np.ndarray
    weights: list[np.ndarray]
    source: Tokenizer
    target: Tokenizer


@functools.lru_cache(maxsize=4)
def _see(sentence: str, to: str, implementations: tuple[Any, ...], cells_run: int) -> Seen:
    """Translate once; layers, heads and steps are then only looked at.

    What else decides about the result is there to tell one translation from another.
    """
    found = checkpoint.load(checkpoint.SHIPPED / to)
    src = _encode(found.source, sentence)  # (1, S)
    ids, shares = _translate(found.model, src)
    weights = [_cross_attention(found.model, src, ids, int(layer) - 1) for layer in LAYERS]
    return Seen(src[0].tolist(), ids, shares, weights, found.source, found.target)


def _implementations() -> tuple[Any, ...]:
    return tuple(PARTS[name].choose().implementation for name in LAB.parts)


def _cells_run() -> int:
    """Return how many cells of the notebook have run: each may change what the parts call."""
    if "IPython" not in sys.modules:
        return 0
    from IPython import get_ipython

    return int(getattr(get_ipython(), "execution_count", 0))


def compute(
    parts: Parts, sentence: str, language: str, layer: str, head: str, step: float
) -> Numbers:
    """Translate with the small model that ships with the course, put together from the parts."""
    with torch.no_grad(), parts.inside():
        seen = _see(sentence, LANGUAGES[language], _implementations(), _cells_run())
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


def _encode(tokenizer: Any, sentence: str) -> Tensor:
    """Return the sentence's ids (1, S), or say what is wrong with it."""
    if not any(character.isalnum() for character in sentence):
        raise CourseError("There is no word to translate. Write a sentence: dogs are great")
    ids = tokenizer.encode(sentence)
    if len(ids) > LONGEST:
        raise CourseError(
            f"The sentence has {len(ids)} pieces; the lens shows at most {LONGEST}. Shorten it."
        )
    return torch.tensor([ids])


def _readable(piece: str) -> str:
    """Show a piece that starts a word as it is, and one inside a word after a dash."""
    if piece.startswith(WORD):
        return piece[1:] or piece
    if piece.startswith("<") or not piece[:1].isalpha():
        return piece.strip(LEFT + RIGHT) or piece
    return f"–{piece}"


def _translate(model: Any, src: Tensor) -> tuple[list[int], np.ndarray]:
    """Write greedily; return the ids, start token first, and each step's shares (T, V)."""
    ask, asked = next_logits_of(model, src), []

    def next_logits(ids: Tensor) -> Tensor:
        logits = ask(ids)  # (1, V)
        asked.append(logits[0].double().softmax(dim=-1).numpy())
        return logits

    max_len = min(60, 2 * src.size(1) + 10)
    ids = greedy_decode(next_logits, torch.tensor([[BOS]]), EOS, max_len)[0].tolist()
    if ids[:1] != [BOS] or len(ids) < 2:
        raise CourseError("greedy_decode returned no words after the start token.")
    end = ids.index(EOS) + 1 if EOS in ids else len(ids)
    if end - 1 > len(asked):
        raise CourseError(
            f"greedy_decode wrote {end - 1} tokens, but asked {len(asked)} times what comes next."
        )
    return ids[:end], np.array(asked[: end - 1])


def _cross_attention(model: Any, src: Tensor, ids: list[int], layer: int) -> np.ndarray:
    """Return the weights of one layer's cross-attention, one row a word written: (H, T, S)."""
    seen: list[Any] = []
    attention = model.decoder.layers[layer].cross_attention
    hook = attention.register_forward_hook(lambda module, inputs, output: seen.append(output))
    try:
        model(src, torch.tensor([ids[:-1]]))
    finally:
        hook.remove()
    if not seen:
        raise CourseError(
            f"Layer {layer + 1} of the decoder never called its cross_attention: it does not look "
            f"at the source. Look at your DecoderLayer."
        )
    wanted = (1, attention.num_heads, len(ids) - 1, src.size(1))
    weights = seen[-1][1] if isinstance(seen[-1], tuple) else seen[-1]
    if tuple(weights.shape) != wanted:
        raise CourseError(
            f"The weights of cross_attention have the shape {tuple(weights.shape)}, but {wanted} "
            f"is expected: batch, heads, words written, words of the source."
        )
    return weights[0].double().numpy()


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
