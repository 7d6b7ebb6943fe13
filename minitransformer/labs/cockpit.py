"""What a training cockpit is in code: its runs, and what one can do with them."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from minitransformer.errors import CourseError
from minitransformer.labs.definition import Parts
from minitransformer.labs.experiment import Table
from minitransformer.labs.lab import Lab
from minitransformer.labs.training_material import chosen
from minitransformer.labs.training_run import FAILED, Run, recent


class Runs:
    """What a cockpit remembers: all its runs; at most one of them goes on.

    Attributes:
        runs: from the first to the latest; nothing is thrown away.
    """

    def __init__(self, refresh: Callable[[], None]) -> None:
        self.runs: list[Run] = []
        self._refresh = refresh

    @property
    def latest(self) -> Run | None:
        """The run that goes on, or went on last."""
        return self.runs[-1] if self.runs else None

    def start(self, parts: Parts, settings: Mapping[str, Any]) -> Run:
        """Stop the run under way and start another, with the parts that are in use now."""
        self.stop()
        self.runs.append(Run(len(self.runs) + 1, chosen(settings), parts, _weakly(self)))
        return self.runs[-1]

    def stop(self) -> None:
        """Stop the run under way."""
        if self.latest is not None:
            self.latest.stop()

    def refresh(self) -> None:
        """Let the cockpit draw again."""
        self._refresh()

    def close(self) -> None:
        """End the thread."""
        self._refresh = lambda: None
        self.stop()

    def __del__(self) -> None:
        if self.latest is not None:
            self.latest.ask_to_stop()


def _weakly(runs: Runs) -> Callable[[], None]:
    """Return what tells ``runs`` to refresh, without keeping a deleted cockpit alive."""
    found = weakref.ref(runs)

    def notify() -> None:
        alive = found()
        if alive is not None:
            alive.refresh()

    return notify


class TrainingCockpit(Lab):
    """A lab that trains in the background; everything it shows can be read from Python.

    Raises:
        CourseError: there is no run yet; a run failed; waiting took too long.
    """

    memory: Runs

    @property
    def runs(self) -> list[Run]:
        """All runs, the latest last: losses, norms, rates, samples, model, state, error."""
        return self.memory.runs

    @property
    def model(self) -> nn.Module:
        """The model of the latest run."""
        return self._latest().model

    def start(self, **settings: Any) -> TrainingCockpit:
        """Start a new run; the one under way is stopped and stays in ``runs``."""
        self.move(settings)
        self.memory.start(Parts(self.given), self.settings)
        self.refresh()
        return self

    def pause(self) -> TrainingCockpit:
        """Let the run rest; when this returns, no weight moves any more."""
        self._latest().pause()
        self.refresh()
        return self

    def resume(self) -> TrainingCockpit:
        """Go on after a pause."""
        self._latest().resume()
        self.refresh()
        return self

    def stop(self) -> TrainingCockpit:
        """End the run; its curves and its model stay."""
        self._latest().stop()
        self.refresh()
        return self

    def wait(self, steps: int, timeout: float = 120.0) -> TrainingCockpit:
        """Wait until the latest run has taken so many steps, or rests; Ctrl-C waits no longer."""
        run = self._latest()
        in_time = run.wait(steps, timeout)
        if run.state == FAILED:
            raise CourseError(run.error)
        if not in_time:
            raise CourseError(f"after {timeout:g} s run {run.number} is at step {run.steps} only.")
        self.refresh()
        return self

    def experiment(self, steps: int = 60, **lists: Any) -> Table:
        """Train once for each combination of settings; return a table of how it went.

        ``cockpit.experiment(steps=60, learning_rate=[0.003, 0.03], warmup=[0, 40])``
        """
        named = {n: v if isinstance(v, Sequence) else [v] for n, v in lists.items()}
        rows = []
        for values in itertools.product(*named.values()):
            settings = dict(zip(named, values, strict=True))
            self.start(**settings).wait(steps, timeout=3600.0).stop()
            rows.append({**settings, "steps": steps, "loss": recent(self.runs[-1].losses[:steps])})
        return Table(rows)

    def _latest(self) -> Run:
        if self.memory.latest is None:
            raise CourseError("there is no run yet. Press “start a new run”, or call start().")
        return self.memory.latest
