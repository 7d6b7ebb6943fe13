"""Showing a lab: its static picture for every reader, and the live widget where one can live."""

from __future__ import annotations

import base64
import os
import sys
from html import escape
from typing import TYPE_CHECKING, Any

from minitransformer.labs.replaced import close_replaced
from minitransformer.labs.still import png

if TYPE_CHECKING:
    from minitransformer.labs.lab import Lab

# a notebook that is opened again has no live lab: where it would say so, it says nothing
NO_EMPTY_OUTPUT = (
    '.jp-OutputArea-child:has([data-mt-lab="{mark}"]) + .jp-OutputArea-child:not(:has(.mt-lab))'
    " {{ display: none; }}"
)


def show(lab: Lab) -> None:
    """Display a lab: two outputs, of which the live one hides the static one.

    Where nothing can be live (nbgrader, tests of whole lessons, plain IPython) only the static
    picture is shown.
    """
    from IPython.display import display

    close_replaced(lab)
    live = can_be_live()
    mark = lab.widget.about["mark"] if live else ""
    display(still_bundle(lab, mark), metadata={"image/png": {"alt": alt(lab)}}, raw=True)
    if live:
        bundle: Any = lab.widget._repr_mimebundle_()
        data = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
        data.pop("text/plain", None)
        display(data, raw=True)


def can_be_live() -> bool:
    """True where a Jupyter kernel runs this for a reader, not for nbgrader or a test."""
    if "NBGRADER_EXECUTION" in os.environ or os.environ.get("MINITRANSFORMER_SHORT"):
        return False
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def still_bundle(lab: Lab, mark: str = "") -> dict[str, Any]:
    """Return the static picture as HTML with its alt text, as PNG, and as words."""
    image = base64.b64encode(png(lab.picture)).decode()
    title = escape(lab.definition.title)
    words = escape(f"{lab.description} Running: {lab.running}.")
    alone = f"<style>{NO_EMPTY_OUTPUT.format(mark=escape(mark))}</style>" if mark else ""
    trouble = f"<pre>{escape(lab.error)}</pre>" if lab.error else ""
    html = (
        f'<div class="mt-lab-still" data-mt-lab="{escape(mark)}"><strong>{title}</strong>{trouble}'
        f'<div><img alt="{escape(alt(lab))}" src="data:image/png;base64,{image}"></div>'
        f"<p>{words}</p></div>{alone}"
    )
    return {"text/html": html, "image/png": image, "text/plain": repr(lab)}


def alt(lab: Lab) -> str:
    """Return the picture in words."""
    return " ".join(word for word in (lab.picture.alarm, lab.description) if word)
