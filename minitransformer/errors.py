"""Errors that speak to a learner: one clear sentence, without a traceback through our code."""

from __future__ import annotations


class CourseError(Exception):
    """A mistake that one sentence explains: what was wrong, what was expected, what to do next.

    Jupyter shows only the sentence; the command-line programs print it and exit with 2.
    """

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback."""
        return [f"{type(self).__name__}: {self}"]


class FillError(CourseError):
    """What was handed to ``fill`` does not fit any stub."""


class MissingPart(CourseError):
    """A part was called that neither the learner nor the reference provides."""


class DataError(CourseError):
    """A data file, checkpoint or sentence cannot be used; the message names the place."""
