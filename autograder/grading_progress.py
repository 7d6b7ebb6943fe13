"""What ``autograder grade`` shows: a line that moves on stderr, and the outcome on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

from tqdm import tqdm

from autograder.judge.grade import Progress

BAR = "{desc}: {n_fmt} of {total_fmt} graded [{elapsed}, {remaining} left, {rate_fmt}]{postfix}"


class ProgressLine:
    """Shows how far a run has come: done, left and rate. Use it as a context manager."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.progress: Progress | None = None
        self.stopped = False
        self.told = 0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, progress: Progress) -> None:
        """Show the state of a run, and the lines that are new."""
        self.progress = progress
        if self.bar is None:
            self.bar = tqdm(
                total=progress.students,
                initial=progress.skipped,
                desc=progress.assignment,
                unit=" submissions",
                bar_format=BAR,
                file=sys.stderr,
            )
        for text in progress.lines[self.told :]:
            self.bar.write(text, file=sys.stderr)
        self.told = len(progress.lines)
        self.bar.update(progress.graded + progress.skipped - self.bar.n)

    def report(self, as_json: bool) -> None:
        """Print what became of the run."""
        progress = self.progress
        if as_json:
            told = progress.as_json() if progress else {}
            print(json.dumps(told | {"stopped": self.stopped}, indent=2))
            return
        if progress is None:
            print("stopped before the first submission was graded")
            return
        print(
            f"{progress.assignment}: {progress.graded} submissions graded"
            + (f", {progress.skipped} were graded before" if progress.skipped else "")
            + f"; {progress.examined} answers examined, {progress.kept} verdicts were there "
            f"already; {progress.seconds:.1f} s"
        )
        left = progress.students - progress.graded - progress.skipped
        if self.stopped:
            print(f"stopped; {left} are left. Run the same command again, and it goes on.")
