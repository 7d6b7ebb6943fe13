"""Settings: are they what a lab's controls can be set to?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from minitransformer.errors import CourseError
from minitransformer.labs.definition import (
    Button,
    Cells,
    Choice,
    Control,
    LabDefinition,
    Slider,
    Text,
    Toggle,
)


def checked(definition: LabDefinition, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` as the controls hold it: numbers as float, cells as tuples.

    Raises:
        CourseError: a name is no control's, or a value is not one its control can have.
    """
    controls = {c.name: c for c in definition.controls if not isinstance(c, Button)}
    for name in given:
        if name not in controls:
            known = ", ".join(controls)
            raise CourseError(f"{definition.name} has no setting {name!r}; it has: {known}.")
    return {name: _value(controls[name], value) for name, value in given.items()}


def ends(slider: Slider) -> tuple[float, float]:
    """Return the smallest and the largest number a slider can be set to."""
    if slider.logarithmic:
        return 10**slider.low, 10**slider.high
    return slider.low, slider.high


def stops(slider: Slider) -> list[float]:
    """Return every number the slider stops at, from left to right."""
    count = round((slider.high - slider.low) / slider.step)
    places = [slider.low + slider.step * place for place in range(count + 1)]
    return [10**place if slider.logarithmic else place for place in places]


def _value(control: Control, value: Any) -> Any:
    match control:
        case Slider():
            return _number(control, value)
        case Choice() if value in control.options:
            return value
        case Choice():
            _refuse(control, f"one of {', '.join(control.options)}", value)
        case Toggle() if isinstance(value, bool):
            return value
        case Toggle():
            _refuse(control, "True or False", value)
        case Text() if isinstance(value, str) and len(value) <= control.longest:
            return value
        case Text():
            _refuse(control, f"a text of at most {control.longest} characters", value)
        case Cells():
            return _cells(control, value)
    raise TypeError(control)


def _number(slider: Slider, value: Any) -> float:
    low, high = ends(slider)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    slack = 1e-9 * max(1.0, abs(low), abs(high))
    if not number or not math.isfinite(value) or not low - slack <= value <= high + slack:
        _refuse(slider, f"a number from {low:.3g} to {high:.3g}", value)
    return float(value)


def _cells(control: Cells, value: Any) -> tuple[tuple[bool, ...], ...]:
    rows, columns = len(control.value), len(control.value[0])
    try:
        cells = tuple(tuple(bool(cell) for cell in row) for row in value)
    except TypeError:
        cells = ()
    if len(cells) != rows or any(len(row) != columns for row in cells):
        _refuse(control, f"{rows} rows of {columns} True or False", value)
    return cells


def _refuse(control: Control, wanted: str, value: Any) -> None:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    raise CourseError(f"{control.name} takes {wanted}, but got {shown}.")
