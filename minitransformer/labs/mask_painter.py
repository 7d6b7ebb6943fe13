"""Lab of lessons 04 and 09: paint a mask, and see which input moves which output."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minitransformer.errors import CourseError
from minitransformer.labs.definition import (
    Cells,
    Choice,
    Heatmap,
    LabDefinition,
    Numbers,
    Parts,
    Picture,
)

WORDS = ("the", "chicken", "was", "very", "afraid", "<pad>")
IDS, PAD = (5, 6, 7, 8, 9, 1), 1
LENGTH, WIDTH = len(WORDS), 16
UNPAINTED = ((False,) * LENGTH,) * LENGTH
MOVED = 1e-6  # less is rounding


def compute(parts: Parts, mask: str, through: str, painted: Any) -> Numbers:
    """Weights under a mask, and how far each output moves when each input is nudged."""
    allowed = preset(parts, mask) ^ torch.tensor(painted)  # (T, T), True = may attend
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(LENGTH, WIDTH, generator=generator)  # (T, D)
    nudges = torch.eye(LENGTH)[:, :, None] * torch.randn(WIDTH, generator=generator)  # (T, T, D)
    batch = torch.cat([x[None], x + nudges])  # (1 + T, T, D): as it is, then each word nudged
    with torch.no_grad():
        if through == "attention":
            outputs, weights = attention(parts, batch, allowed, generator)
        else:
            outputs, weights = decoder_layer(parts, batch, allowed), None
    moved = (outputs[1:] - outputs[:1]).norm(dim=-1).T  # (T nudged, T, D) -> (T out, T nudged)
    moved = torch.where(moved.isnan(), torch.inf, moved)
    moved = torch.where(moved > MOVED, moved, 0.0).double().numpy()
    future = np.triu(moved, 1)
    return {
        "allowed": allowed.numpy(),
        "weights": None if weights is None else weights.double().numpy(),
        "moved": moved,
        "leak": float(future.max()),
        "leaks": int((future > MOVED).sum()),
        "padded": "padding" in mask,
        "through": through,
    }


def preset(parts: Parts, mask: str) -> Tensor:
    """Return one of the ready-made masks, (T, T)."""
    everything = torch.ones(LENGTH, LENGTH, dtype=torch.bool)
    causal = boolean("causal_mask", parts.causal_mask(LENGTH))  # (T, T)
    padding = boolean("padding_mask", parts.padding_mask(torch.tensor([IDS]), PAD))  # (1, 1, 1, T)
    masks = {
        "causal": causal,
        "padding": padding,
        "causal & padding": causal & padding,
        "window of 3": causal & ~torch.ones_like(everything).tril(-3),
        "everything": everything,
    }
    return masks[mask].broadcast_to(1, 1, LENGTH, LENGTH)[0, 0].clone()


def boolean(part: str, mask: Any) -> Tensor:
    """Return a mask as it is; raise ``CourseError`` where it is none."""
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        kind = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise CourseError(f"{part} returned {kind}; a mask is boolean, True = may attend.")
    return mask


def attention(
    parts: Parts, batch: Tensor, allowed: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return outputs (1 + T, T, D) of self-attention, and the unnudged weights (T, T)."""
    w_q, w_k, w_v = 1.5 * torch.randn(3, WIDTH, WIDTH, generator=generator) / WIDTH**0.5
    outputs, weights = parts.scaled_dot_product_attention(
        batch @ w_q, batch @ w_k, batch @ w_v, allowed
    )
    return outputs, weights[0]


def decoder_layer(parts: Parts, batch: Tensor, allowed: Tensor) -> Tensor:
    """Return outputs (1 + T, T, D) of a whole decoder layer with the same self-attention mask."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = parts.DecoderLayer(WIDTH, num_heads=2, d_ff=32, dropout=0.0).eval()
        memory = torch.randn(1, 3, WIDTH).expand(len(batch), -1, -1)  # (1 + T, S, D)
    return layer(batch, memory, allowed)


def draw(numbers: Numbers) -> Picture:
    """Draw the mask to paint on, the weights, and what moves what."""
    mask = _heatmap("mask: 1 may attend (paint here)", numbers["allowed"].astype(float))
    panels = [replace(mask, paints="painted")]
    if numbers["weights"] is not None:
        panels.append(_heatmap("weights", numbers["weights"]))
    moved = numbers["moved"]
    leaks = tuple((int(i), int(j)) for i, j in np.argwhere(np.triu(moved, 1) > MOVED))
    moves = _heatmap("how far each output moves", moved)
    moves = replace(moves, marked=leaks, high=None, xlabel="input nudged", ylabel="output")
    panels.append(moves)
    return Picture(tuple(panels), _alarm(numbers))


def _heatmap(title: str, values: np.ndarray) -> Heatmap:
    return Heatmap(title, values, WORDS, WORDS, "key", "query", low=0.0, high=1.0)


def _alarm(numbers: Numbers) -> str:
    moved = numbers["moved"]
    if not np.isfinite(moved).all():
        row = int(np.argwhere(~np.isfinite(moved))[0][0])
        return f"The output at “{WORDS[row]}” is not a number: that row has nothing to look at."
    if numbers["padded"] and (moved[:-1, -1] > MOVED).any():
        return "Padding changes an output: it should be nobody's business."
    if numbers["leaks"]:
        row, column = divmod(int(np.argmax(np.triu(moved, 1))), LENGTH)
        return (
            f"“{WORDS[column]}” changes the output at the earlier “{WORDS[row]}”: fine in an "
            f"encoder, a look into the future in a decoder."
        )
    return ""


def describe(numbers: Numbers) -> str:
    """Say how many pairs are allowed, and how many looks into the future there are."""
    count, leaks = int(numbers["allowed"].sum()), numbers["leaks"]
    looks = "No output depends on a later word."
    if leaks:
        pairs = "1 pair" if leaks == 1 else f"{leaks} pairs"
        looks = f"An output depends on a later word in {pairs}."
    return f"{count} of {LENGTH**2} pairs may attend. {looks}"


LAB = LabDefinition(
    name="mask_painter",
    title="Mask painter",
    lesson="attention",
    parts=("scaled_dot_product_attention", "causal_mask", "padding_mask", "DecoderLayer"),
    controls=(
        Choice(
            "mask",
            "start from",
            ("causal", "padding", "causal & padding", "window of 3", "everything"),
            "causal",
        ),
        Choice("through", "look through", ("attention", "decoder layer"), "attention"),
        Cells("painted", "cells switched by hand", UNPAINTED),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="A mask works before softmax: then what is hidden can change nothing.",
    sweep="",
)
