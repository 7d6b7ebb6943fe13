"""The labs: every idea under your fingers, running your own code.

``labs.softmax_thermostat()`` shows a lab that runs whoever's softmax is in use,
``labs.softmax_thermostat(my_softmax)`` one that runs yours. ``labs.names()`` lists them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from minitransformer.errors import CourseError

if TYPE_CHECKING:
    from minitransformer.labs.definition import LabDefinition
    from minitransformer.labs.lab import Lab

NAMES = (
    "softmax_thermostat",
    "forgetting_curve",
    "word_map",
    "bpe_stepper",
    "position_clocks",
    "why_sqrt_dk",
    "one_query",
    "mask_painter",
    "head_board",
    "depth_gauge",
    "training_cockpit",
    "sampler",
    "beam_tree",
    "cache_stopwatch",
    "translation_lens",
)
"""All labs, in the order of their lessons; each has its file here."""


class Maker:
    """``labs.NAME``: call it to make that lab."""

    def __init__(self, definition: LabDefinition) -> None:
        self.definition = definition
        self.__name__ = definition.name
        controls = ", ".join(definition.defaults())
        self.__doc__ = f"{definition.title}. {definition.aha}\n\nSettings: {controls}."

    def __call__(self, implementation: Any = None, **settings: Any) -> Lab:
        """Return the lab; see ``minitransformer.labs.lab.Lab``."""
        from minitransformer.labs.lab import Lab

        lab: Lab = (self.definition.made_by or Lab)(self.definition, implementation, **settings)
        return lab

    def __repr__(self) -> str:
        return f"<lab {self.__name__}: call it, as in labs.{self.__name__}()>"


def names() -> tuple[str, ...]:
    """Return the names of all labs, in the order of their lessons."""
    return NAMES


def find(name: str) -> LabDefinition:
    """Return a lab's definition; raise ``CourseError`` listing the labs for an unknown name."""
    if name not in NAMES:
        from difflib import get_close_matches

        close = get_close_matches(name, NAMES, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise CourseError(f"no lab is called {name}.{hint} The labs are: {', '.join(NAMES)}.")
    return importlib.import_module(f"{__name__}.{name}").LAB


def definitions() -> tuple[LabDefinition, ...]:
    """Return every lab's definition, in the order of the lessons."""
    return tuple(find(name) for name in NAMES)


class _Package(ModuleType):
    """This package; a lab's name stands for its maker, also once its module is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in NAMES and isinstance(value, ModuleType):
            value = Maker(value.LAB)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            find(name)
        except CourseError as error:
            raise UnknownLab(str(error)) from None
        return self.__dict__[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *NAMES})


class UnknownLab(CourseError, AttributeError):
    """No lab has that name."""


sys.modules[__name__].__class__ = _Package
