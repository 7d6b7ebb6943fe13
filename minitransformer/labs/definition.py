"""What a lab is made of, as plain data: controls, numbers, a picture, words.

A lab is one file. It runs the learner's parts in ``compute``, says in ``draw`` what to show and in
``describe`` what a reader who cannot see the picture should know. None of the three knows a
widget: the same data becomes a live canvas, a static PNG, a table and a stand-alone page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# --- controls -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slider:
    """A number to move, ``value`` at the start.

    ``logarithmic`` makes ``low``, ``high`` and ``step`` exponents of ten; ``value`` and the setting
    stay the number itself.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float
    logarithmic: bool = False


@dataclass(frozen=True)
class Choice:
    """One of a few named options."""

    name: str
    label: str
    options: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Toggle:
    """On or off."""

    name: str
    label: str
    value: bool


@dataclass(frozen=True)
class Text:
    """A line of the reader's own text, at most ``longest`` characters."""

    name: str
    label: str
    value: str
    longest: int = 200


@dataclass(frozen=True)
class Cells:
    """A grid of switches, painted in the heat map that names it in ``paints``.

    The setting is a tuple of rows, each a tuple of booleans.
    """

    name: str
    label: str
    value: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class Button:
    """Something to do, such as "pause": ``LabDefinition.press`` is called with its name."""

    name: str
    label: str


Control = Slider | Choice | Toggle | Text | Cells | Button

# --- pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heatmap:
    """Numbers as colours (cividis), ``values`` (rows, columns); NaN is drawn as "nothing here".

    ``low`` and ``high`` fix the colour scale (None: the smallest and largest value). ``marked``
    cells (row, column) get an outline. ``paints`` names the ``Cells`` control that a click or the
    space bar on a cell switches.
    """

    title: str
    values: np.ndarray
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    xlabel: str = ""
    ylabel: str = ""
    low: float | None = None
    high: float | None = None
    marked: tuple[tuple[int, int], ...] = ()
    paints: str = ""


@dataclass(frozen=True)
class Bars:
    """One bar a label, ``values`` (n,). ``faded`` bars are drawn as left out, ``marked`` strong."""

    title: str
    values: np.ndarray
    labels: tuple[str, ...] = ()
    xlabel: str = ""
    ylabel: str = ""
    low: float = 0.0
    high: float | None = None
    faded: tuple[int, ...] = ()
    marked: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lines:
    """Curves over one axis: ``x`` (n,), ``series`` name -> (n,), NaN leaves a gap.

    Curves differ in dash and marker as well as in colour. ``at`` draws a vertical line.
    """

    title: str
    x: np.ndarray
    series: Mapping[str, np.ndarray]
    xlabel: str = ""
    ylabel: str = ""
    low: float | None = None
    high: float | None = None
    logx: bool = False
    logy: bool = False
    at: float | None = None


@dataclass(frozen=True)
class Points:
    """Named points in the plane, ``xy`` (n, 2); ``arrows`` are pairs of point numbers.

    ``low`` and ``high`` are the ends of both axes (None: from the points). ``sizes`` (n,) between 0
    and 1 make dots larger; 0 draws none.
    """

    title: str
    xy: np.ndarray
    labels: tuple[str, ...] = ()
    xlabel: str = ""
    ylabel: str = ""
    marked: tuple[int, ...] = ()
    arrows: tuple[tuple[int, int], ...] = ()
    low: float | None = None
    high: float | None = None
    sizes: np.ndarray | None = None


@dataclass(frozen=True)
class Tokens:
    """Pieces of text in boxes that wrap; ``shades`` (n,) between 0 and 1 colour them.

    Without shades neighbours alternate between two tints, so that borders show.
    """

    title: str
    tokens: tuple[str, ...]
    shades: np.ndarray | None = None
    marked: tuple[int, ...] = ()


@dataclass(frozen=True)
class Branch:
    """A node of a tree: ``parent`` is the number of an earlier node, -1 for the root."""

    label: str
    parent: int
    score: float
    kept: bool = True
    best: bool = False


@dataclass(frozen=True)
class Tree:
    """A tree that grows from left to right; branches not ``kept`` are faded, ``best`` is strong."""

    title: str
    branches: tuple[Branch, ...]


Panel = Heatmap | Bars | Lines | Points | Tokens | Tree


@dataclass(frozen=True)
class Picture:
    """Panels side by side (they wrap); ``alarm`` is a sentence shown strongly, empty for none."""

    panels: tuple[Panel, ...]
    alarm: str = ""


# --- labs -----------------------------------------------------------------------------------------

Numbers = dict[str, Any]
"""What a lab measured, by name: arrays, numbers, texts. Experiments tabulate the scalars."""


class Parts:
    """The parts a lab runs, as attributes: ``parts.softmax``.

    A part that was not given is whoever's is in use (yours, or the reference's).
    """

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._given = dict(given or {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._given:
            return self._given[name]
        from minitransformer.stub import PARTS

        if name not in PARTS:
            raise AttributeError(f"no part of the course is called {name}")
        return PARTS[name]

    def inside(self) -> AbstractContextManager[None]:
        """Within this block the given parts are in use inside the other parts too."""
        from minitransformer.stub import using

        return using(self._given)


@dataclass(frozen=True)
class LabDefinition:
    """One lab, complete but for the widget.

    Attributes:
        name: the lab's name in ``minitransformer.labs`` and its file's.
        title: what the reader reads above it.
        lesson: the lesson it belongs to, such as "attention".
        parts: the parts it runs; the first is what ``labs.NAME(implementation)`` replaces.
        controls: in the order in which they are shown.
        compute: ``compute(parts, **settings)``, one keyword a control. Runs the learner's code;
            what that raises is shown in words. The same settings give the same numbers: draw
            from ``torch.Generator`` or NumPy generators of your own.
        draw: ``draw(numbers)`` -> ``Picture``.
        describe: ``describe(numbers)`` -> one or two sentences with the numbers that matter.
        aha: what the reader should see for themselves, in one sentence.
        sweep: the slider whose values ``to_html`` computes ahead.
        remember: ``remember(refresh)`` makes what one lab keeps between moves, such as a training
            run; ``compute`` gets it as ``memory=``. ``refresh()`` may be called from any thread
            and makes the lab compute and draw again with its latest settings. Where the memory has
            a ``close()``, it is called when the lab is closed.
        press: ``press(memory, button, parts, settings)``, called when a button is pressed; the lab
            computes and draws again after it.
        made_by: makes the lab from (definition, implementation, **settings), where it can do more
            than ``Lab``.
    """

    name: str
    title: str
    lesson: str
    parts: tuple[str, ...]
    controls: tuple[Control, ...]
    compute: Callable[..., Numbers]
    draw: Callable[[Numbers], Picture]
    describe: Callable[[Numbers], str]
    aha: str
    sweep: str = ""
    remember: Callable[[Callable[[], None]], Any] | None = None
    press: Callable[[Any, str, Parts, Mapping[str, Any]], None] | None = None
    made_by: Callable[..., Any] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def defaults(self) -> dict[str, Any]:
        """Return each control's value at the start, by name; buttons have none."""
        return {
            control.name: control.value
            for control in self.controls
            if not isinstance(control, Button)
        }
