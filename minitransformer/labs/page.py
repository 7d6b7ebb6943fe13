"""``lab.to_html(file)``: a page that shows a lab without Python, its pictures computed ahead."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minitransformer import files
from minitransformer.errors import CourseError
from minitransformer.labs.definition import Choice, Slider, Toggle
from minitransformer.labs.frame import controls_data, frame
from minitransformer.labs.settings import stops

if TYPE_CHECKING:
    from minitransformer.labs.lab import Lab

MOST_FRAMES = 240
MOST_BYTES = 12_000_000

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{css}
body {{ margin: 2em auto; max-width: 70em; padding: 0 1em; background: #ffffff; color: #1b1b1b; }}
@media (prefers-color-scheme: dark) {{
  body {{
    background: #111111; color: #f0f0f0; --jp-layout-color1: #111111; --jp-border-color1: #555555;
    --jp-content-font-color1: #f0f0f0; --jp-layout-color2: #2a2a2a;
  }}
  .mt-lab {{ --mt-focus: #56b4e9; --mt-alarm: #f5a06a; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{aha}</p>
<div id="lab"></div>
<noscript><img alt="{alt}" src="data:image/png;base64,{png}"></noscript>
<p><small>{still}</small></p>
</main>
<script type="application/json" id="data">{data}</script>
<script type="module">
{esm}
{player}
</script>
</body>
</html>
"""


def write(lab: Lab, file: str | Path) -> Path:
    """Write the page: every stop of the lab's sweep, and every choice and toggle, computed ahead.

    Other controls stay where they are in ``lab``. Where there would be more than ``MOST_FRAMES``
    pictures, the sweep stops less often.

    Raises:
        CourseError: the pictures are too large for a page, or the settings do not work.
    """
    from minitransformer.labs.show import alt
    from minitransformer.labs.still import png
    from minitransformer.labs.widget import CSS, ESM, FRONT

    axes = _axes(lab)
    frames = {_key(values): frame for values, frame in _frames(lab, axes)}
    data = json.dumps(
        {
            "axes": axes,
            "frames": frames,
            "start": _start(lab, axes),
            "about": {
                "title": lab.definition.title,
                "aha": lab.definition.aha,
                "mark": "",
                "controls": _controls(lab, axes),
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    if len(data) > MOST_BYTES:
        raise CourseError(
            f"{lab.definition.name}: its page would have {len(data) / 1e6:.0f} MB, more than "
            f"{MOST_BYTES / 1e6:.0f}. Choose settings with smaller pictures."
        )
    held = [c.label for c in lab.definition.controls if c.name not in axes]
    text = PAGE.format(
        title=escape(lab.definition.title),
        aha=escape(lab.definition.aha),
        css=CSS,
        alt=escape(alt(lab)),
        png=base64.b64encode(png(lab.picture)).decode(),
        still=escape(f"As they were when this page was made: {', '.join(held)}." if held else ""),
        data=data.replace("<", "\\u003c"),
        esm=ESM.replace("export default { render };", ""),
        player=(FRONT / "player.js").read_text(encoding="utf-8"),
    )
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(path, text)
    return path


def _axes(lab: Lab) -> dict[str, list[Any]]:
    """Return {control: the values it can take on the page}."""
    axes: dict[str, list[Any]] = {}
    for control in lab.definition.controls:
        if isinstance(control, Choice):
            axes[control.name] = list(control.options)
        elif isinstance(control, Toggle):
            axes[control.name] = [False, True]
        elif isinstance(control, Slider) and control.name == lab.definition.sweep:
            axes[control.name] = stops(control)
    others = 1
    for name, values in axes.items():
        others *= 1 if name == lab.definition.sweep else len(values)
    if lab.definition.sweep in axes:
        axes[lab.definition.sweep] = _thinned(axes[lab.definition.sweep], MOST_FRAMES // others)
    return axes


def _thinned(values: list[float], most: int) -> list[float]:
    """Return at most ``most`` of the values (at least two), the first and the last among them."""
    most = max(most, 2)
    if len(values) <= most:
        return values
    return [values[round(n * (len(values) - 1) / (most - 1))] for n in range(most)]


def _frames(lab: Lab, axes: dict[str, list[Any]]) -> Iterator[tuple[list[int], dict[str, Any]]]:
    """Yield the place of each value on its axis, and the frame there; ``lab`` ends as it began."""
    before = lab.settings
    try:
        for places in itertools.product(*(range(len(values)) for values in axes.values())):
            chosen = {name: axes[name][place] for name, place in zip(axes, places)}
            lab.set(**chosen)
            if lab.error and not lab.picture.panels:
                raise CourseError(f"{lab.definition.name}: {lab.error}")
            yield list(places), _as_text(frame(lab) | {"comparable": False})
    finally:
        lab.set(**before)


def _controls(lab: Lab, axes: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the controls of the page; the sweep counts its stops."""
    return [c for c in controls_data(lab.definition.controls) if c["name"] in axes]


def _start(lab: Lab, axes: dict[str, list[Any]]) -> str:
    settings = lab.settings
    nearest = []
    for name, values in axes.items():
        value = settings[name]
        if isinstance(value, float):
            nearest.append(min(range(len(values)), key=lambda n: abs(values[n] - value)))
        else:
            nearest.append(values.index(value))
    return _key(nearest)


def _key(places: list[int]) -> str:
    return ",".join(map(str, places))


def _as_text(value: Any) -> Any:
    """Return a frame with its bytes in base64, under a key that the page turns back."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: _as_text(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(entry) for entry in value]
    return value
