"""A lab's state as what the browser is sent: plain data, with the numbers as buffers."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from minitransformer.labs.definition import (
    Bars,
    Button,
    Cells,
    Choice,
    Control,
    Heatmap,
    Lines,
    Panel,
    Picture,
    Points,
    Slider,
    Text,
    Toggle,
    Tokens,
    Tree,
)
from minitransformer.labs.tree import places

if TYPE_CHECKING:
    from minitransformer.labs.lab import Lab

EXACT = 1024  # cells up to which a heat map is sent as numbers; larger ones as 255 levels
NOTHING = 255  # the level that stands for "nothing here"
KINDS: dict[type, str] = {
    Slider: "slider", Choice: "choice", Toggle: "toggle", Text: "text", Cells: "cells",
    Button: "button", Heatmap: "heatmap", Bars: "bars", Lines: "lines", Points: "points",
    Tokens: "tokens", Tree: "tree",
}  # fmt: skip


def controls_data(controls: tuple[Control, ...]) -> list[dict[str, Any]]:
    """Return the controls as the browser builds them."""
    return [{"kind": KINDS[type(control)], **asdict(control)} for control in controls]


def frame(lab: Lab, turn: int = 0) -> dict[str, Any]:
    """Return everything that may differ after a move; ``turn`` says which move it answers."""
    pictures = [("", lab.picture)]
    if lab.comparing and lab.comparable:
        other = lab.other
        pictures = [("yours", lab.picture)]
        if other is not None:
            mine, theirs = on_one_scale(lab.picture, other.picture)
            pictures = [("yours", mine), ("the reference's", theirs)]
    return {
        "turn": turn,
        "settings": lab.settings,
        "pictures": [
            {
                "heading": heading,
                "alarm": picture.alarm,
                "panels": [panel_data(panel) for panel in picture.panels],
            }
            for heading, picture in pictures
        ],
        "description": lab.description,
        "error": lab.error,
        "stale": lab.stale,
        "running": lab.running,
        "comparable": lab.comparable,
        "comparing": lab.comparing,
    }


def panel_data(panel: Panel) -> dict[str, Any]:
    """Return one panel; arrays become float32 bytes, large heat maps levels of uint8."""
    data: dict[str, Any] = {"kind": KINDS[type(panel)], "title": panel.title}
    match panel:
        case Heatmap():
            data |= _heatmap_data(panel)
        case Bars():
            data |= _fields(panel, "labels", "xlabel", "ylabel", "low", "high", "faded", "marked")
            data["values"] = _floats(panel.values)
        case Lines():
            data |= _fields(panel, "xlabel", "ylabel", "low", "high", "logx", "logy", "at")
            data["x"] = _floats(panel.x)
            data["names"] = list(panel.series)
            data["series"] = [_floats(line) for line in panel.series.values()]
        case Points():
            data |= _fields(panel, "labels", "xlabel", "ylabel", "low", "high", "marked", "arrows")
            data["xy"] = _floats(panel.xy)
            data["sizes"] = None if panel.sizes is None else _floats(panel.sizes)
        case Tokens():
            data |= _fields(panel, "tokens", "marked")
            data["shades"] = None if panel.shades is None else _floats(panel.shades)
        case Tree():
            at = places(panel.branches)  # (n, 2)
            data["branches"] = [
                {**asdict(branch), "x": float(x), "y": float(y)}
                for branch, (x, y) in zip(panel.branches, at)
            ]
    return data


def _fields(panel: Panel, *names: str) -> dict[str, Any]:
    return {name: getattr(panel, name) for name in names}


def _floats(values: Any) -> bytes:
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def _heatmap_data(panel: Heatmap) -> dict[str, Any]:
    values = np.asarray(panel.values, dtype=np.float64)  # (rows, columns)
    low, high = limits(values, panel.low, panel.high)
    data = _fields(panel, "rows", "columns", "xlabel", "ylabel", "marked", "paints")
    data |= {"shape": values.shape, "low": low, "high": high, "exact": values.size <= EXACT}
    data["values"] = _floats(values) if data["exact"] else levels(values, low, high)
    return data


def levels(values: np.ndarray, low: float, high: float) -> bytes:
    """Return each value as a level from 0 (low) to 254 (high), 255 where there is none."""
    finite = np.isfinite(values)
    shares = np.clip((np.where(finite, values, low) - low) / (high - low), 0.0, 1.0)
    return np.where(finite, np.rint(shares * 254), NOTHING).astype(np.uint8).tobytes()


def limits(values: np.ndarray, low: float | None, high: float | None) -> tuple[float, float]:
    """Return the ends of a scale: those given, else the smallest and largest finite value."""
    finite = np.asarray(values)[np.isfinite(values)]
    lowest = float(finite.min()) if finite.size else 0.0
    highest = float(finite.max()) if finite.size else 1.0
    bottom = lowest if low is None else float(low)
    top = highest if high is None else float(high)
    return bottom, top if top > bottom else bottom + 1.0


def on_one_scale(first: Picture, second: Picture) -> tuple[Picture, Picture]:
    """Return both pictures with the panels of one title on one scale, so that they compare."""
    theirs = {panel.title: panel for panel in second.panels}
    mine = {panel.title: panel for panel in first.panels}
    return _rescaled(first, theirs), _rescaled(second, mine)


def _rescaled(picture: Picture, others: dict[str, Panel]) -> Picture:
    panels = (_with_the_scale_of(panel, others.get(panel.title)) for panel in picture.panels)
    return replace(picture, panels=tuple(panels))


def _with_the_scale_of(panel: Panel, other: Panel | None) -> Panel:
    if not isinstance(panel, Heatmap | Bars | Lines) or type(other) is not type(panel):
        return panel
    values = np.concatenate([_all_values(panel), _all_values(other)])
    low, high = limits(values, panel.low, panel.high)
    return replace(panel, low=low, high=high)


def _all_values(panel: Any) -> np.ndarray:
    if isinstance(panel, Lines):
        return np.concatenate([np.ravel(line) for line in panel.series.values()] or [np.zeros(0)])
    return np.ravel(panel.values)
