"""The attack corpus: hostile answers, one file a class. Nothing here is run outside a sandbox.

A text may hold COURSE (a folder with a canary solution), GRADEBOOK (a SQLite file), PORT (where
a server on the loopback hands out a solution), ABSTRACT (the name of an abstract socket that does
the same) and JUDGE (the judge's process id).
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

SOLUTION = "return torch.ones(length, length, dtype=torch.bool).tril()"


@dataclass(frozen=True)
class Attack:
    """A hostile answer to ``exercise``.

    ``worth``: what an honest answer of the same worth scores. ``controlled``: the attack earns
    every point where the walls are down, so a test can show that the walls are what stops it.
    """

    text: str
    exercise: str = "causal_mask"
    worth: float = 0.0
    controlled: bool = False


def mask(body: str, before: str = "", worth: float = 0.0, controlled: bool = False) -> Attack:
    """Return an attack whose ``causal_mask`` has this body."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return Attack(
        f"{before.strip()}\n\ndef causal_mask(length):\n{lines}\n",
        worth=worth,
        controlled=controlled,
    )


def corpus() -> dict[str, dict[str, Attack]]:
    """Return {class: {name: attack}} of every file in this folder."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").ATTACKS for name in names}
