"""``Lab``: a definition with settings, a lock, and the last good result."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from minitransformer.labs.definition import LabDefinition, Numbers, Parts, Picture
from minitransformer.labs.replaced import here
from minitransformer.labs.running import Result, given_parts, is_the_learners, run, whose
from minitransformer.labs.settings import checked
from minitransformer.labs.trouble import in_words
from minitransformer.stub import reference_only

if TYPE_CHECKING:
    from pathlib import Path

    from minitransformer.labs.experiment import Table
    from minitransformer.labs.widget import LabWidget


class Lab:
    """A lab at work: shown in a notebook it is live; in code it is a function with settings.

    Args:
        definition: which lab.
        implementation: what it runs in place of whoever's part is in use: a function or class for
            its first part (or for the part of the same name), or {part: implementation}.
        settings: values of its controls at the start.

    Attributes:
        error: what went wrong at the latest settings, in words; "" where nothing did. Numbers,
            picture and description are then those of the last settings that worked.
        stale: True where the picture is of earlier settings: the latest did not work.
        made_in: the notebook cell that made it, in one of its runs; None elsewhere. When that cell
            runs again and shows a new lab, this one is closed.

    Raises:
        CourseError: an implementation or a setting does not fit the lab.
    """

    def __init__(
        self, definition: LabDefinition, implementation: Any = None, **settings: Any
    ) -> None:
        self.definition = definition
        self.given = given_parts(definition, implementation)
        self.error = ""
        self.stale = False
        self.made_in = here()
        self._settings = definition.defaults() | checked(definition, settings)
        self._compare = False
        self._result: Result | None = None
        self._other: Result | None = None
        self.lock = threading.RLock()  # moves may come on several threads
        self._turns = itertools.count(1)
        self._wanted, self._done = next(self._turns), 0
        self._watchers: list[Callable[[], None]] = []
        self._widget: LabWidget | None = None
        self.memory: Any = definition.remember(self._again) if definition.remember else None

    # --- settings ---------------------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """The value of each control, by name."""
        return dict(self._settings)

    def set(self, **settings: Any) -> Lab:
        """Move controls: ``lab.set(temperature=2.0)``. Raises ``CourseError`` for a bad value."""
        self.move(settings)
        return self.refresh()

    def compare(self, on: bool = True) -> Lab:
        """Show the same settings with the reference's parts beside it."""
        self.move({}, on)
        return self.refresh()

    def move(self, settings: Mapping[str, Any], compare: bool | None = None) -> None:
        """Take over settings without computing; raises as ``set`` does."""
        self._settings = self._settings | checked(self.definition, settings)
        if compare is not None:
            self._compare = bool(compare)

    def press(self, button: str) -> Lab:
        """Do what a button does."""
        trouble = ""
        if self.definition.press is not None:
            try:
                self.definition.press(self.memory, button, Parts(self.given), self.settings)
            except Exception as error:
                trouble = in_words(error)
        return self.refresh(trouble)

    def refresh(self, trouble: str = "") -> Lab:
        """Compute again with the latest settings; safe to call from any thread.

        ``trouble`` is shown as an error, unless computing has one of its own.
        """
        self._wanted = next(self._turns)
        self._catch_up(trouble)
        return self

    def _again(self) -> None:
        self.refresh()

    def close(self) -> None:
        """End what the lab remembers between moves, and its widget."""
        if hasattr(self.memory, "close"):
            self.memory.close()
        if self._widget is not None:
            self._widget.layout.close()
            self._widget.close()
            self._widget = None
        self._watchers.clear()

    # --- results ----------------------------------------------------------------------------------

    @property
    def numbers(self) -> Numbers:
        """What was measured at the settings; empty where nothing has worked yet."""
        return {} if self.result is None else self.result.numbers

    @property
    def picture(self) -> Picture:
        """What is drawn."""
        return Picture(()) if self.result is None else self.result.picture

    @property
    def description(self) -> str:
        """The picture in words."""
        return "" if self.result is None else self.result.description

    @property
    def result(self) -> Result | None:
        """The last result that worked."""
        if self._done == 0:
            self._catch_up()
        return self._result

    @property
    def other(self) -> Result | None:
        """The reference's result at the same settings, where the lab compares."""
        return self._other if self._compare else None

    @property
    def comparing(self) -> bool:
        """True where the reference's result is wanted too."""
        return self._compare

    @property
    def comparable(self) -> bool:
        """True where something other than the reference runs, and runs at once."""
        return self.definition.remember is None and is_the_learners(self.definition, self.given)

    @property
    def running(self) -> str:
        """Whose parts run, such as "your softmax, saved"."""
        return whose(self.definition, self.given)

    # --- computing --------------------------------------------------------------------------------

    def _catch_up(self, trouble: str = "") -> None:
        with self.lock:
            if self._done >= self._wanted:  # another thread has computed these settings
                return
            wanted, settings = self._wanted, self.settings
            try:
                self._result = run(self.definition, Parts(self.given), settings, self.memory)
                self.stale = False
            except Exception as error:
                trouble = in_words(error)
                self.stale = self._result is not None
            self.error = trouble
            if self._compare and self.comparable:
                self._other = self._by_the_reference(settings)
            self._done = wanted
            for watcher in list(self._watchers):
                watcher()

    def _by_the_reference(self, settings: dict[str, Any]) -> Result | None:
        try:
            with reference_only():
                return run(self.definition, Parts(), settings, self.memory)
        except Exception as error:
            self.error = self.error or f"The reference: {in_words(error)}"
            return None

    # --- showing ----------------------------------------------------------------------------------

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call ``watcher`` after each computation, on whatever thread it ran."""
        self._watchers.append(watcher)

    @property
    def widget(self) -> LabWidget:
        """The live view, made when first asked for."""
        if self._widget is None:
            from minitransformer.labs.widget import LabWidget

            self._widget = LabWidget(self)
        return self._widget

    def experiment(self, **lists: Any) -> Table:
        """Return a table of the numbers, one row for each combination of the settings given.

        ``lab.experiment(temperature=[0.5, 1, 2])`` leaves the other settings as they are. See
        ``minitransformer.labs.experiment``.
        """
        from minitransformer.labs.experiment import experiment

        return experiment(self, lists)

    def to_html(self, file: str | Path) -> Path:
        """Write a page that shows this lab without Python; return its path.

        See ``minitransformer.labs.page``.
        """
        from minitransformer.labs.page import write

        return write(self, file)

    def _ipython_display_(self) -> None:
        from minitransformer.labs.show import show

        show(self)

    def __repr__(self) -> str:
        words = [self.definition.title, self.description, self.picture.alarm, self.error]
        return "\n".join(word for word in words if word)
