"""A lab's picture as a PNG, for wherever nothing is live: GitHub, nbviewer, paper."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitransformer.figures import COLOURS, DASHES
from minitransformer.labs.definition import (
    Bars,
    Heatmap,
    Lines,
    Panel,
    Picture,
    Points,
    Tokens,
    Tree,
)
from minitransformer.labs.frame import limits
from minitransformer.labs.tree import places

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS = 4  # panels in a row
FADED, STRONG = "#b8b8b8", COLOURS[1]
MARKERS = "os^Dv"


def png(picture: Picture, title: str = "", dpi: int = 80) -> bytes:
    """Return ``picture`` as the bytes of a PNG file; ``title`` stands above it.

    Makes figures of its own, without pyplot: it may run on any thread.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = max(len(picture.panels), 1)
    across = min(count, ACROSS)
    down = math.ceil(count / across)
    wide = [2 if isinstance(panel, Tree) else 1 for panel in picture.panels]  # trees need room
    ratios = wide if down == 1 and wide else [1] * across
    figure = Figure(figsize=(max(3.4 * sum(ratios), 4.6), 3.1 * down + 0.5), dpi=dpi)
    figure.set_layout_engine("constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False, width_ratios=ratios)
    for place, ax in enumerate(axes.flat):
        if place < len(picture.panels):
            draw(ax, picture.panels[place])
        else:
            ax.axis("off")
    words = [_plain(text) for text in (title, picture.alarm) if text]
    if words:
        figure.suptitle("\n".join(words), fontsize=11, wrap=True)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def draw(ax: Axes, panel: Panel) -> None:
    """Draw one panel on matplotlib axes."""
    painters: dict[type, Callable[[Axes, Any], None]] = {
        Heatmap: _heatmap,
        Bars: _bars,
        Lines: _lines,
        Points: _points,
        Tokens: _tokens,
        Tree: _tree,
    }
    painters[type(panel)](ax, panel)
    ax.set_title(_plain(panel.title), fontsize=10)
    ax.tick_params(labelsize=8)
    ax.set_xlabel(_plain(getattr(panel, "xlabel", "")), fontsize=9)
    ax.set_ylabel(_plain(getattr(panel, "ylabel", "")), fontsize=9)
    if not isinstance(panel, Heatmap):
        ax.spines[["top", "right"]].set_visible(False)


def _heatmap(ax: Axes, panel: Heatmap) -> None:
    import matplotlib
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import MaxNLocator

    values = np.asarray(panel.values, dtype=float)
    low, high = limits(values, panel.low, panel.high)
    colours = matplotlib.colormaps["cividis"].with_extremes(bad="#d9d9d9")
    shown = np.ma.masked_invalid(values)
    ax.imshow(shown, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    if max(values.shape) >= 4 * min(values.shape):
        ax.set_aspect("auto")
    for axis, labels in ((ax.xaxis, panel.columns), (ax.yaxis, panel.rows)):
        if labels and len(labels) <= 24:
            axis.set_ticks(range(len(labels)), [_plain(label) for label in labels])
        else:
            axis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    if panel.columns and max(map(len, panel.columns)) > 2:
        ax.tick_params(axis="x", rotation=60)
    for row, column in panel.marked:
        corner = (column - 0.5, row - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=STRONG, linewidth=2))


def _bars(ax: Axes, panel: Bars) -> None:
    values = np.asarray(panel.values, dtype=float)
    low, high = limits(values, panel.low, panel.high)
    colours = [
        FADED if n in panel.faded else STRONG if n in panel.marked else COLOURS[0]
        for n in range(len(values))
    ]
    ax.bar(range(len(values)), np.nan_to_num(values, posinf=high, neginf=low), color=colours)
    ax.set_ylim(min(low, panel.low), high)
    for n in np.flatnonzero(~np.isfinite(values)):
        ax.text(float(n), low, "?", ha="center", va="bottom", color=STRONG)
    if panel.labels:
        ax.set_xticks(range(len(values)), [_plain(label) for label in panel.labels])
        if max(map(len, panel.labels)) > 3 and len(values) > 5:
            ax.tick_params(axis="x", rotation=60)


def _lines(ax: Axes, panel: Lines) -> None:
    for place, (name, values) in enumerate(panel.series.items()):
        few = len(values) <= 16
        ax.plot(
            panel.x,
            values,
            DASHES[place % len(DASHES)],
            color=COLOURS[place % len(COLOURS)],
            marker=MARKERS[place % len(MARKERS)] if few else None,
            markersize=4,
            label=_plain(name),
        )
    if panel.logx:
        ax.set_xscale("log")
    if panel.logy:
        ax.set_yscale("log")
    ax.set_ylim(panel.low, panel.high)
    if panel.at is not None:
        ax.axvline(panel.at, color="0.5", linewidth=1)
    if len(panel.series) > 1:
        ax.legend(frameon=False, fontsize=8)


def _points(ax: Axes, panel: Points) -> None:
    xy = np.asarray(panel.xy, dtype=float)
    colours = [STRONG if n in panel.marked else COLOURS[0] for n in range(len(xy))]
    sizes = 18.0 if panel.sizes is None else 600 * np.asarray(panel.sizes) + 4 * (panel.sizes > 0)
    ax.scatter(xy[:, 0], xy[:, 1], c=colours, s=sizes)
    if panel.low is not None and panel.high is not None:
        ax.set(xlim=(panel.low, panel.high), ylim=(panel.low, panel.high))
    for label, place in zip(panel.labels, xy):
        ax.annotate(_plain(label), place, xytext=(3, 3), textcoords="offset points", fontsize=8)
    for start, end in panel.arrows:
        arrow = {"arrowstyle": "->", "color": "0.4", "shrinkA": 2, "shrinkB": 2}
        ax.annotate("", xy[end], xy[start], arrowprops=arrow)


def _tokens(ax: Axes, panel: Tokens) -> None:
    import matplotlib

    ax.set(xlim=(0, 40), ylim=(-8, 0.6))
    ax.axis("off")
    column, row = 0.0, 0
    for place, token in enumerate(panel.tokens):
        width = len(token) + 0.6
        if column and column + width > 40:
            column, row = 0.0, row + 1
        shade = place % 2 * 0.35 if panel.shades is None else float(panel.shades[place])
        colour = matplotlib.colormaps["cividis"](0.15 + 0.85 * shade)
        box = {
            "boxstyle": "square,pad=0.2",
            "facecolor": colour,
            "edgecolor": STRONG if place in panel.marked else "none",
        }
        ink = "black" if shade > 0.45 else "white"
        ax.text(
            column, -row, _plain(token), bbox=box, color=ink,
            fontsize=8, family="monospace", va="top",
        )  # fmt: skip
        column += width
    ax.set_ylim(min(-8, -row - 1), 0.6)


def _tree(ax: Axes, panel: Tree) -> None:
    at = places(panel.branches)  # (n, 2): depth, height
    for branch, (x, y) in zip(panel.branches, at):
        colour = STRONG if branch.best else COLOURS[0] if branch.kept else FADED
        if branch.parent >= 0:
            from_x, from_y = at[branch.parent]
            style = "-" if branch.kept else ":"
            ax.plot((from_x, x), (from_y, y), style, color=colour, linewidth=1 + branch.best)
        text = _plain(f"{branch.label} {branch.score:.2f}")
        ax.text(
            x, y, text, color="black" if branch.kept else "0.5", fontsize=8, va="center",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": colour},
        )  # fmt: skip
    if len(at):
        ax.set(xlim=(-0.2, at[:, 0].max() + 0.9), ylim=(-0.6, at[:, 1].max() + 0.6))
    ax.axis("off")


def _plain(text: Any) -> str:
    """Return the text with its dollars escaped, which matplotlib would take for formulas."""
    return str(text).replace("$", r"\$")


def pictures_png(pictures: Sequence[Picture], titles: Sequence[str] = ()) -> list[bytes]:
    """Return one PNG a picture."""
    titles = titles or [""] * len(pictures)
    return [png(picture, title) for picture, title in zip(pictures, titles)]
