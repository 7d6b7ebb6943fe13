"""The labs' one widget: native controls and canvases; all that is computed stays in the kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

from minitransformer.errors import CourseError
from minitransformer.labs.frame import controls_data, frame
from minitransformer.labs.lab import Lab

FRONT = Path(__file__).parent / "front"
SCRIPTS = (
    "colours.js", "axes.js", "heatmap.js", "plots.js", "flow.js", "canvas.js", "controls.js",
    "lab.js",
)  # fmt: skip
ESM = "\n".join((FRONT / script).read_text(encoding="utf-8") for script in SCRIPTS)
CSS = (FRONT / "lab.css").read_text(encoding="utf-8")


class LabWidget(anywidget.AnyWidget):
    """Shows one lab. A move comes in as a message; one new ``frame`` goes out as the answer.

    Traits:
        frame: what ``minitransformer.labs.frame.frame`` returns.
        about: the lab's title, aha and controls, and the mark of its static picture.
    """

    _esm = ESM
    _css = CSS
    frame = traitlets.Any().tag(sync=True)
    about = traitlets.Dict().tag(sync=True)

    def __init__(self, lab: Lab) -> None:
        definition = lab.definition
        self._lab = lab
        self._turn = 0
        super().__init__(
            frame=frame(lab),
            about={
                "title": definition.title,
                "aha": definition.aha,
                "controls": controls_data(definition.controls),
                "mark": f"lab-{uuid4().hex[:12]}",
            },
        )
        lab.watch(self._show)
        self.on_msg(self._on_message)

    def _show(self) -> None:
        self.frame = frame(self._lab, self._turn)

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Make one move: ``{"turn": n, "settings": {…}, "compare": bool, "press": name}``."""
        if not isinstance(content, dict) or not isinstance(content.get("turn"), int):
            return
        trouble = ""
        with self._lab.lock:
            self._turn = content["turn"]
            try:
                self._lab.move(content.get("settings") or {}, content.get("compare"))
            except CourseError as error:
                trouble = str(error)
        if content.get("press"):
            self._lab.press(content["press"])
        else:
            self._lab.refresh(trouble)
