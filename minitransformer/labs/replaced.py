"""Labs of cells that are run again: those that the cell made before are closed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from minitransformer.labs.lab import Lab


class Here(NamedTuple):
    """One run of one notebook cell."""

    cell: str
    run: str


_shown: dict[str, list[Lab]] = {}  # by cell


def here() -> Here | None:
    """Return the cell that is running; None outside a notebook, or where it has no name."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    message = shell.get_parent() if hasattr(shell, "get_parent") else None
    if not message:
        return None
    cell, run = message.get("metadata", {}).get("cellId"), message["header"].get("msg_id")
    return Here(cell, run) if cell and run else None


def close_replaced(lab: Lab) -> None:
    """Close what earlier runs of the cell that made ``lab`` had made and shown.

    What the same run of the cell made stays, and so does what other cells made.
    """
    made = lab.made_in
    if made is None:
        return
    earlier = _shown.get(made.cell, [])
    _shown[made.cell] = [other for other in earlier if other.made_in == made and other is not lab]
    _shown[made.cell].append(lab)
    for other in earlier:
        if other.made_in != made:
            other.close()
