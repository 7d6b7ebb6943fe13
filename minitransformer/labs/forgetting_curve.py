"""Lab of lesson 01: how much a network forgets of what it read, and what attention does about it.

It repeats symbols drawn at random: nothing has to be understood, only remembered.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minitransformer.labs.definition import (
    Choice,
    Heatmap,
    LabDefinition,
    Lines,
    Numbers,
    Parts,
    Picture,
    Slider,
    Toggle,
    Tokens,
)
from minitransformer.labs.results import as_shaped, in_use

SYMBOLS, START = 6, 0  # symbols are 1 to 6; 0 tells the decoder to begin
TRAINED, LONGEST = 8, 16  # trained on lengths 1 to 8, tried up to 16
STEPS, BATCH, RATE = 250, 32, 0.015  # a second or two of training
HIDDEN, WIDTH, EMBEDDED = 24, 16, 8
TRIED = 200  # sequences of each length
SHOWN = 3  # the sequence that is shown, of those tried
CELLS = ("RNN", "GRU", "LSTM")


class PlainCell(nn.Module):
    """A recurrent step with its weights: ``step`` is called as ``rnn_step``."""

    def __init__(self, inputs: int, step: Any) -> None:
        super().__init__()
        edge = HIDDEN**-0.5
        self.step = step
        self.W_xh = nn.Parameter(torch.empty(inputs, HIDDEN).uniform_(-edge, edge))
        self.W_hh = nn.Parameter(torch.empty(HIDDEN, HIDDEN).uniform_(-edge, edge))
        self.b = nn.Parameter(torch.zeros(HIDDEN))

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """Read one word: (B, I), (B, N) -> (B, N)."""
        new = self.step(x, h, self.W_xh, self.W_hh, self.b)
        return as_shaped("rnn_step", new, tuple(h.shape))


class Copier(nn.Module):
    """Reads a sequence into a state, then writes it again; with ``attention`` it may look back."""

    def __init__(self, cell: str, step: Any, attention: Any = None) -> None:
        super().__init__()

        def make(inputs: int) -> nn.Module:
            if cell == "RNN":
                return PlainCell(inputs, step)
            return (nn.GRUCell if cell == "GRU" else nn.LSTMCell)(inputs, HIDDEN)

        extra = 0 if attention is None else HIDDEN  # room for the context
        self.attention = attention
        self.embedding = nn.Embedding(SYMBOLS + 1, EMBEDDED)
        self.encoder, self.decoder = make(EMBEDDED), make(EMBEDDED + extra)
        self.output = nn.Linear(HIDDEN + extra, SYMBOLS + 1)
        self.W_q = nn.Parameter(torch.randn(HIDDEN, WIDTH) * HIDDEN**-0.5)
        self.W_k = nn.Parameter(torch.randn(HIDDEN, WIDTH) * HIDDEN**-0.5)
        self.v = nn.Parameter(torch.randn(WIDTH) * WIDTH**-0.5)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor | None]:
        """Score every symbol at every step: (B, T) -> (B, T, V), and weights (B, T, T)."""
        batch = len(tokens)
        state: Any = torch.zeros(batch, HIDDEN)
        if isinstance(self.encoder, nn.LSTMCell):
            state = (state, state)
        read = []
        for x in self.embedding(tokens).unbind(1):  # T times (B, E)
            state = self.encoder(x, state)
            read.append(_visible(state))
        keys = torch.stack(read, dim=1)  # (B, T, N)
        written, looks = [], []
        for x in self.embedding(F.pad(tokens[:, :-1], (1, 0), value=START)).unbind(1):
            if self.attention is None:
                state = self.decoder(x, state)
                written.append(_visible(state))
                continue
            context, weights = self._look(_visible(state), keys)
            state = self.decoder(torch.cat([x, context], dim=-1), state)  # (B, E + N)
            written.append(torch.cat([_visible(state), context], dim=-1))  # (B, 2N)
            looks.append(weights)
        scores = self.output(torch.stack(written, dim=1))  # (B, T, V)
        return scores, torch.stack(looks, dim=1) if looks else None

    def _look(self, query: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        found = self.attention(query, keys, self.W_q, self.W_k, self.v)
        context, weights = found if isinstance(found, tuple) and len(found) == 2 else (found, None)
        batch, length, size = keys.shape
        return (
            as_shaped("additive_attention's context", context, (batch, size)),
            as_shaped("additive_attention's weights", weights, (batch, length)),
        )


def _visible(state: Any) -> Tensor:
    """Return what a cell shows of its state: of an LSTM's two vectors, the first."""
    return state[0] if isinstance(state, tuple) else state


class Trained(NamedTuple):
    """What a trained Copier does with new sequences, at each length from 1 on."""

    accuracy: list[float]
    read: list[list[int]]
    written: list[list[int]]
    weights: list[np.ndarray]


@lru_cache(maxsize=16)
def _trained(used: tuple[Any, ...], cell: str, attend: bool) -> Trained:
    """Train one Copier, and try it at every length."""
    step, attention = used
    generator = torch.Generator().manual_seed(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Copier(cell, step, attention if attend else None)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    for _ in range(STEPS):
        length = int(torch.randint(1, TRAINED + 1, (), generator=generator))
        tokens = torch.randint(1, SYMBOLS + 1, (BATCH, length), generator=generator)
        scores, _ = model(tokens)  # (B, T, V)
        loss = F.cross_entropy(scores.flatten(0, 1), tokens.flatten())  # (B*T, V), (B*T,)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return _tried(model)


@torch.no_grad()
def _tried(model: Copier) -> Trained:
    result = Trained([], [], [], [])
    for length in range(1, LONGEST + 1):
        generator = torch.Generator().manual_seed(2)
        tokens = torch.randint(1, SYMBOLS + 1, (TRIED, length), generator=generator)
        scores, looks = model(tokens)
        said = scores.argmax(dim=-1)  # (B, T)
        result.accuracy.append((said == tokens).double().mean().item())
        result.read.append(tokens[SHOWN].tolist())
        result.written.append(said[SHOWN].tolist())
        if looks is not None:
            result.weights.append(looks[SHOWN].double().numpy())
    return result


def compute(parts: Parts, length: float, cell: str, attention: bool) -> Numbers:
    """Copy accuracy by length, and one sequence of this length, read and written."""
    used = in_use(parts, ("rnn_step", "additive_attention"))
    place = int(length) - 1
    with torch.enable_grad():
        alone = _trained((used[0], None), cell, False)
        shown = _trained(used, cell, True) if attention else alone
    curves = {f"{cell} alone": np.array(alone.accuracy)}
    if attention:
        curves[f"{cell} + attention"] = np.array(shown.accuracy)
    return {
        "length": int(length),
        "cell": cell,
        "curves": curves,
        "accuracy": shown.accuracy[place],
        "alone": alone.accuracy[place],
        "attention": attention,
        "read": shown.read[place],
        "written": shown.written[place],
        "weights": shown.weights[place] if attention else None,
    }


def draw(numbers: Numbers) -> Picture:
    """Accuracy against length; what was read and written; where the decoder looked."""
    lengths = np.arange(1.0, LONGEST + 1)
    curves = numbers["curves"] | {"guessing": np.full(LONGEST, 1 / SYMBOLS)}
    accuracy = Lines(
        f"copy accuracy (trained up to length {TRAINED})",
        lengths,
        curves,
        xlabel="length of the sequence",
        ylabel="symbols copied correctly (share)",
        low=0.0,
        high=1.05,
        at=numbers["length"],
    )
    read, written = numbers["read"], numbers["written"]
    wrong = tuple(n for n, (a, b) in enumerate(zip(read, written)) if a != b)
    said = tuple(f"{b}" if a == b else f"{b}, not {a}" for a, b in zip(read, written))
    panels: tuple[Any, ...] = (
        accuracy,
        Tokens(f"one sequence, written again ({len(wrong)} wrong)", said, marked=wrong),
    )
    if numbers["weights"] is not None:
        symbols = tuple(map(str, read))
        look = Heatmap(
            "where the decoder looks",
            numbers["weights"],
            symbols,
            symbols,
            xlabel="symbol read",
            ylabel="symbol to write",
            low=0.0,
            high=1.0,
        )
        panels = (accuracy, look, panels[1])
    return Picture(panels, _alarm(numbers))


def _alarm(numbers: Numbers) -> str:
    weights = numbers["weights"]
    if weights is not None:
        sums = weights.sum(axis=1)
        if not np.isfinite(weights).all():
            return "A weight of the attention is not a number."
        worst = sums[np.abs(sums - 1).argmax()]
        if abs(worst - 1) > 1e-3:
            return f"The weights of one look should add up to 1; here they add up to {worst:.2f}."
        if len(weights) > 1 and np.ptp(weights, axis=0).max() < 1e-5:
            return "Every step looks at the same places: the query has no say in the scores."
    shortest = min(curve[0] for curve in numbers["curves"].values())
    if shortest < 0.95:
        return (
            f"A single symbol is copied in only {shortest:.0%} of all cases: what was read does "
            f"not reach the state."
        )
    return ""


def describe(numbers: Numbers) -> str:
    """Say how many symbols are copied at this length, with and without attention."""
    length, cell, share = numbers["length"], numbers["cell"], numbers["accuracy"]
    if not numbers["attention"]:
        return f"Of {length} symbols, a {cell} copies {share:.0%} correctly."
    return (
        f"Of {length} symbols, the {cell} with attention copies {share:.0%} correctly; without "
        f"attention {numbers['alone']:.0%}."
    )


LAB = LabDefinition(
    name="forgetting_curve",
    title="Forgetting curve",
    lesson="recurrence",
    parts=("additive_attention", "rnn_step"),
    controls=(
        Slider("length", "length of the sequence", 1, LONGEST, 1, TRAINED),
        Choice("cell", "cell", CELLS, "RNN"),
        Toggle("attention", "attention", True),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="One state forgets what it read first; attention reads it again.",
    sweep="length",
)
