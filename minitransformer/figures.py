"""The course's pictures: the architecture, heat maps, small multiples, curves.

The plots load matplotlib when they are called. In a notebook a plot appears when its cell ends; a
script calls ``matplotlib.pyplot.show()`` itself. ``python -m minitransformer.figures`` writes the
committed pictures of the architecture to ``notebooks/figures``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minitransformer.architecture import Architecture, architecture
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSONS

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

__all__ = [
    "Architecture",
    "alignment",
    "architecture",
    "curve",
    "heads",
    "heatmap",
    "save_architecture",
]

WRITTEN_IN = 8  # rows and columns up to which values are written into a heat map
# Okabe and Ito's palette, its yellow left out: told apart by colour-blind readers, and on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000", "#E69F00")
DASHES = ("-", "--", "-.", ":")


def heatmap(
    weights: Any,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    title: str = "",
    ax: Axes | None = None,
    annotate: bool | str = "auto",
    *,
    xlabel: str = "",
    ylabel: str = "",
    vmin: float | None = None,
    vmax: float | None = None,
) -> None:
    """Draw a matrix as squares, light where its entries are large.

    Args:
        weights: a tensor or array (rows, columns) of numbers or booleans; minus infinity and NaN
            are grey.
        rows, columns: one label each, such as the tokens; positions where left out.
        title: one line above the picture.
        ax: where to draw; a new figure where left out.
        annotate: write the values in; ``"auto"`` does so up to 8 by 8.
        xlabel, ylabel: what columns and rows are.
        vmin, vmax: the ends of the colour scale; from the entries where left out.

    Raises:
        CourseError: ``weights`` is not 2-D or empty, or there is not one label per row and column.
    """
    values = _matrix(weights, "heatmap", dimensions=2)
    _require_labels(rows, values.shape[0], "rows")
    _require_labels(columns, values.shape[1], "columns")
    own_figure = ax is None
    if ax is None:
        ax = _new_axes(values.shape)
    image = _draw_matrix(ax, values, rows, columns, *_limits(values, vmin, vmax))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title)
    small = max(values.shape) <= WRITTEN_IN
    if annotate is True or (annotate == "auto" and small):
        _write_values(ax, image, values, _array(weights))
    elif own_figure:
        ax.figure.colorbar(image, cax=ax.inset_axes((1.03, 0.0, 0.03, 1.0)))


def alignment(
    source_tokens: Sequence[str],
    target_tokens: Sequence[str],
    weights: Any,
    title: str = "",
    ax: Axes | None = None,
) -> None:
    """Draw which source words each target word attends to.

    Args:
        source_tokens: the source sentence, one token a column.
        target_tokens: the target sentence, one token a row.
        weights: a tensor or array (target length, source length).
        title: one line above the picture.
        ax: where to draw; a new figure where left out.

    Raises:
        CourseError: as ``heatmap``.
    """
    heatmap(
        weights,
        target_tokens,
        source_tokens,
        title,
        ax,
        xlabel="source: attended to",
        ylabel="target",
        vmin=0.0,
    )


def heads(
    weights: Any,
    tokens: Sequence[str] | None = None,
    key_tokens: Sequence[str] | None = None,
    title: str = "",
    *,
    names: Sequence[str] | None = None,
    per_row: int = 4,
) -> None:
    """Draw the attention of all heads side by side, on one colour scale.

    Args:
        weights: a tensor or array (heads, query length, key length), or a batch of one of these.
        tokens: the labels of the queries.
        key_tokens: the labels of the keys; ``tokens`` where left out.
        title: one line above all.
        names: one title a head; "head 0" and so on where left out.
        per_row: how many heads stand in a row.

    Raises:
        CourseError: ``weights`` has another number of axes, or labels do not fit.
    """
    import matplotlib.pyplot as plt

    values = _array(weights)
    if values.ndim == 4 and values.shape[0] == 1:
        values = values[0]  # (1, H, Tq, Tk) -> (H, Tq, Tk)
    values = _matrix(values, "heads", dimensions=3)
    count, query_len, key_len = values.shape
    if key_tokens is None and query_len == key_len:
        key_tokens = tokens
    names = [f"head {head}" for head in range(count)] if names is None else names
    _require_labels(names, count, "names")
    _require_labels(tokens, query_len, "tokens")
    _require_labels(key_tokens, key_len, "key_tokens")
    across = min(count, per_row)
    down = -(-count // across)
    size = 2.6 if max(query_len, key_len) <= 12 else 3.4
    figure, grid = plt.subplots(
        down,
        across,
        figsize=(size * across, (size + 0.3) * down),
        squeeze=False,
        layout="constrained",
    )
    lowest, highest = _limits(values, None, None)
    for place, ax in enumerate(grid.flat):
        if place >= count:
            ax.axis("off")
            continue
        left, below = place % across == 0, place + across >= count
        image = _draw_matrix(ax, values[place], tokens, key_tokens, lowest, highest)
        ax.set_title(names[place], fontsize="medium")
        ax.set(xlabel="key" if below else "", ylabel="query" if left else "")
        ax.tick_params(labelleft=left)
    figure.colorbar(image, ax=grid, shrink=0.8, label="weight")
    if title:
        figure.suptitle(title)


def curve(
    ys: Mapping[str, Any],
    x: Any = None,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    logy: bool = False,
    ax: Axes | None = None,
) -> None:
    """Draw one line for each name in ``ys``.

    Args:
        ys: {name: numbers (n,)}; a name that starts with "_" has no entry in the legend.
        x: numbers (n,) shared by all lines; 0, 1, 2 … where left out.
        xlabel, ylabel: what is measured, with its unit.
        title: the figure's one message.
        logy: a logarithmic y axis.
        ax: where to draw; a new figure where left out.

    Raises:
        CourseError: a line is not 1-D, or its length differs from that of ``x``.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    if not ys:
        raise CourseError("curve: ys is empty; give at least one line, {'loss': losses}.")
    if ax is None:
        ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")[1]
    for place, (name, numbers) in enumerate(ys.items()):
        line = _matrix(numbers, f"curve: {name}", dimensions=1)
        steps = range(len(line)) if x is None else _matrix(x, "curve: x", dimensions=1)
        if len(steps) != len(line):
            raise CourseError(
                f"curve: {name} has {len(line)} numbers, but x has {len(steps)}; "
                f"give each line one number per x."
            )
        colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
        marker = "o" if len(line) <= 12 else None
        ax.plot(steps, line, dash, color=colour, label=name, marker=marker, markersize=4)
    if x is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if logy:
        ax.set_yscale("log")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title)
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    if len(ys) > 1:
        ax.legend(frameon=False)


# --- helpers --------------------------------------------------------------------------------------


def _array(values: Any) -> np.ndarray:
    """Return a NumPy copy of a tensor (on any device, with or without gradient) or array."""
    import numpy as np

    if hasattr(values, "detach"):
        values = values.detach().cpu()
        if values.is_floating_point():
            values = values.double()  # NumPy has no bfloat16
        return values.numpy()
    if isinstance(values, list | tuple) and any(hasattr(value, "detach") for value in values):
        values = [_array(value) for value in values]
    return np.asarray(values)


def _matrix(values: Any, what: str, dimensions: int) -> np.ndarray:
    """Return ``values`` as float64 with that many axes; raise ``CourseError`` otherwise."""
    array = _array(values)
    try:
        numbers = array.astype("float64")
    except (TypeError, ValueError):
        raise CourseError(f"{what}: expected numbers, but got {array.dtype}.") from None
    if numbers.ndim != dimensions:
        hint = " Choose one, as in weights[0]." if numbers.ndim > dimensions else ""
        raise CourseError(
            f"{what}: expected {dimensions} axes, but got shape {numbers.shape}.{hint}"
        )
    if numbers.size == 0:
        raise CourseError(f"{what}: nothing to draw, the shape is {numbers.shape}.")
    return numbers


def _require_labels(labels: Sequence[str] | None, count: int, name: str) -> None:
    if labels is not None and len(labels) != count:
        raise CourseError(
            f"{name}: there are {len(labels)} labels for {count} {name}; give one for each."
        )


def _new_axes(shape: tuple[int, ...]) -> Axes:
    import matplotlib.pyplot as plt

    side = 0.62 if max(shape) <= WRITTEN_IN else 0.3
    height, width = (min(max(side * length, 1.2), 6.5) for length in shape)
    return plt.subplots(figsize=(width + 1.6, height + 1.2), layout="constrained")[1]


def _limits(values: np.ndarray, vmin: float | None, vmax: float | None) -> tuple[float, float]:
    """Return the ends of the colour scale; weights start at 0."""
    import numpy as np

    finite = values[np.isfinite(values)]
    lowest = float(finite.min()) if finite.size else 0.0
    highest = float(finite.max()) if finite.size else 1.0
    low = min(lowest, 0.0) if vmin is None else vmin
    high = highest if vmax is None else vmax
    return low, high if high > low else low + 1.0


def _draw_matrix(
    ax: Axes,
    values: np.ndarray,
    rows: Sequence[str] | None,
    columns: Sequence[str] | None,
    lowest: float,
    highest: float,
) -> Any:
    import matplotlib
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    colours = matplotlib.colormaps["cividis"].with_extremes(bad="#d9d9d9")
    shown = np.where(np.isfinite(values), values, np.nan)
    image = ax.imshow(shown, cmap=colours, vmin=lowest, vmax=highest, aspect="equal")
    for axis, labels in ((ax.xaxis, columns), (ax.yaxis, rows)):
        axis.set_tick_params(length=0)
        if labels is None:
            axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        else:
            axis.set_ticks(range(len(labels)), [_plain(label) for label in labels])
    if columns is not None and any(len(str(label)) > 3 for label in columns):
        for label in ax.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
    ax.spines[:].set_visible(False)
    if max(values.shape) <= 24:  # white lines between the squares
        height, width = values.shape
        ax.set_xticks(np.arange(1, width) - 0.5, minor=True)
        ax.set_yticks(np.arange(1, height) - 0.5, minor=True)
        ax.grid(which="minor", color="white", linewidth=0.8)
        ax.tick_params(which="minor", length=0)
    return image


def _plain(label: Any) -> str:
    """Return the label with its dollars escaped, which matplotlib would take for formulas."""
    return str(label).replace("$", r"\$")


def _write_values(ax: Axes, image: Any, values: np.ndarray, original: np.ndarray) -> None:
    """Write each entry into its square, dark on light and light on dark."""
    import numpy as np

    whole = original.dtype.kind in "biu"
    for row, column in np.ndindex(*values.shape):
        value = float(values[row, column])
        red, green, blue, _ = image.cmap(image.norm(value))
        light = not np.isfinite(value) or 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.46
        ax.text(
            column,
            row,
            _short(value, whole),
            ha="center",
            va="center",
            color="black" if light else "white",
            fontsize="small",
        )


def _short(value: float, whole: bool) -> str:
    import numpy as np

    if np.isposinf(value) or np.isneginf(value):
        return "∞" if value > 0 else "−∞"
    if np.isnan(value):
        return "NaN"
    if whole:
        return f"{value:.0f}".replace("-", "−")
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{digits}f}".replace("-", "−")


# --- committed pictures ---------------------------------------------------------------------------


def save_architecture(path: str | Path, current: str | int | None = None) -> Path:
    """Write ``architecture(current=current)`` to an SVG file; return its path."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(architecture(current=current).svg, encoding="utf-8", newline="\n")
    return file


def where_figures(folder: str | Path) -> dict[Path, str]:
    """Return {file: lesson} of the committed pictures, one a lesson."""
    return {Path(folder) / f"where_{lesson.notebook}.svg": lesson.name for lesson in LESSONS}


def main() -> None:
    """Write the committed pictures into ``notebooks/figures``."""
    folder = Path(__file__).resolve().parent.parent / "notebooks" / "figures"
    for file, lesson in where_figures(folder).items():
        print(save_architecture(file, lesson))


if __name__ == "__main__":
    main()
