"""Lab of lesson 03: hands that turn, and how well two positions match."""

from __future__ import annotations

import numpy as np
import torch

from minitransformer.labs.definition import (
    Heatmap,
    LabDefinition,
    Lines,
    Numbers,
    Parts,
    Picture,
    Points,
    Slider,
)
from minitransformer.labs.results import as_shaped

LENGTH = 64  # positions shown
PAPER = 10000  # the base in the formula of sinusoidal_encoding
CLOCKS = 8  # hands drawn, at most
OTHER = 20  # the match is drawn from here, too
FAR = 32  # words away


def compute(parts: Parts, d_model: float, base: float, position: float) -> Numbers:
    """The table of positions, the match of every two, and the clock hands of one position.

    ``sinusoidal_encoding`` makes the table at the paper's base, ``rotary_embedding`` at others;
    both are made at the paper's base to see whether they agree.
    """
    width, base, position = int(d_model), round(base), int(position)
    with torch.no_grad():
        waves = as_shaped(
            "sinusoidal_encoding", parts.sinusoidal_encoding(LENGTH, width), (LENGTH, width)
        ).double()
        turned = _turned(parts, width, PAPER)
        at_paper = base == PAPER
        table = waves if at_paper else _turned(parts, width, base)  # (T, D)
        match = table @ table.T / (width / 2)  # (T, T): 1 where a position meets itself
    return {
        "table": table.numpy(),
        "match": match.numpy(),
        "position": position,
        "base": base,
        "made_by": "sinusoidal_encoding" if at_paper else "rotary_embedding",
        "near": float(match[position, _away(position, 1)]),
        "far": float(match[position, _away(position, FAR)]),
        "uneven": _uneven(match.numpy()),
        "apart": float((waves - turned).abs().max()),
        "base_ignored": not at_paper and width > 2 and torch.equal(table, turned),
    }


def _turned(parts: Parts, width: int, base: int) -> torch.Tensor:
    """Turn hands that stand at twelve o'clock: (T, D), sine and cosine of each hand."""
    noon = torch.tensor([0.0, 1.0]).repeat(width // 2).expand(1, 1, LENGTH, width)
    turned = parts.rotary_embedding(noon.clone(), -torch.arange(LENGTH), float(base))
    return as_shaped("rotary_embedding", turned, (1, 1, LENGTH, width))[0, 0].double()


def _away(position: int, distance: int) -> int:
    """Return a position that many words before, or after where there is none before."""
    return position - distance if position >= distance else position + distance


def _uneven(match: np.ndarray) -> float:
    """Return how much the match of two positions differs between places at the same distance."""
    return max(float(np.ptp(np.diagonal(match, shift))) for shift in range(LENGTH // 2))


def draw(numbers: Numbers) -> Picture:
    """The match by distance from two places, the clocks, the table; an alarm where they clash."""
    table, match, position = numbers["table"], numbers["match"], numbers["position"]
    title = f"the table, by {numbers['made_by']}"
    heat = Heatmap(
        title, table, xlabel="entry", ylabel="position", low=-1, high=1, marked=((position, 0),)
    )
    distance = np.arange(1 - LENGTH, LENGTH)
    curves = Lines(
        "match with another position, by distance",
        distance,
        {f"from position {place}": _by_distance(match, place) for place in (position, OTHER)},
        xlabel="words away",
        ylabel="match (1 = the same)",
        low=-1.1,
        high=1.1,
        at=0,
    )
    return Picture((curves, _clocks(table[position], position), heat), _alarm(numbers))


def _by_distance(match: np.ndarray, place: int) -> np.ndarray:
    """Return row ``place`` of the match with its own position in the middle: (2T - 1,)."""
    row = np.full(2 * LENGTH - 1, np.nan)
    row[LENGTH - 1 - place : 2 * LENGTH - 1 - place] = match[place]
    return row


def _clocks(row: np.ndarray, position: int) -> Points:
    """Draw hands from the middle of each clock to where its sine and cosine point."""
    pairs = row[: len(row) // 2 * 2].reshape(-1, 2)  # (D / 2, 2): sine, cosine
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(CLOCKS, len(pairs))).round().astype(int))
    middles = np.array([[2.6 * (n % 4), -2.8 * (n // 4)] for n in range(len(chosen))])
    tips = middles + pairs[chosen]
    labels = tuple(map(str, chosen)) + ("",) * len(chosen)
    arrows = tuple((n, len(chosen) + n) for n in range(len(chosen)))
    return Points(
        f"clock hands of some pairs at position {position}",
        np.concatenate([middles, tips]),
        labels,
        xlabel="sine to the right",
        ylabel="cosine upwards",
        arrows=arrows,
    )


def _alarm(numbers: Numbers) -> str:
    if not np.isfinite(numbers["table"]).all():
        return "The table holds numbers that are not finite."
    if np.abs(numbers["table"]).max() > 1.001:
        return f"An entry is {np.abs(numbers['table']).max():.2f}; waves stay between −1 and 1."
    if numbers["uneven"] > 0.01:
        return (
            f"The match should depend on the distance only, but at one distance it differs by "
            f"{numbers['uneven']:.2f} from place to place."
        )
    if numbers["base_ignored"]:
        return f"The base is {numbers['base']}, but the hands turn as they do at base {PAPER}."
    if abs(numbers["match"][0, 0] - 1) > 0.01:
        return f"A position should match itself with 1, not with {numbers['match'][0, 0]:.2f}."
    if numbers["apart"] > 0.01:
        return (
            f"At base {PAPER} sinusoidal_encoding and rotary_embedding should turn the same hands "
            f"in the same way, but an entry differs by {numbers['apart']:.2f}."
        )
    return ""


def describe(numbers: Numbers) -> str:
    """Say how well a near and a far position match, and how little the place matters."""
    return (
        f"Position {numbers['position']} matches the word beside it with {numbers['near']:.2f} and "
        f"a word {FAR} away with {numbers['far']:.2f}. At the same distance, matches differ by "
        f"{numbers['uneven']:.3f} at most, wherever they are taken."
    )


LAB = LabDefinition(
    name="position_clocks",
    title="Position clocks",
    lesson="positional_encoding",
    parts=("sinusoidal_encoding", "rotary_embedding"),
    controls=(
        Slider("d_model", "entries in a vector (d_model)", 2, 128, 2, 32),
        Slider("base", "base", 0.5, 5.0, 0.25, PAPER, logarithmic=True),
        Slider("position", "position", 0, LENGTH - 1, 1, 40),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="How well two positions match depends on their distance, not on where they are.",
    sweep="position",
)
