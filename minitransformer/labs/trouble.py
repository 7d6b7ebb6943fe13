"""What went wrong in a lab, in words: the line of the learner's cell, and no traceback of ours."""

from __future__ import annotations

import linecache
import sysconfig
import traceback
from pathlib import Path

from minitransformer.errors import CourseError

LONGEST = 300
_OURS = Path(__file__).resolve().parents[2]
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def in_words(error: BaseException) -> str:
    """Return one or two sentences about an exception that a lab's code raised."""
    if isinstance(error, CourseError):
        return str(error)
    what = f"{type(error).__name__}: {_shortened(str(error))}".removesuffix(": ")
    frame = _learners_frame(error)
    if frame is None:
        return f"The lab cannot show what the parts it runs gave back. {what}"
    line = linecache.getline(frame.filename, frame.lineno or 0).strip()
    if isinstance(error, NotImplementedError) and line.startswith("raise NotImplementedError"):
        return f"{frame.name} is not filled in yet (line {frame.lineno} of its cell)."
    return f"Line {frame.lineno}, in {frame.name}: {line or '(its text is not known)'}\n{what}"


def _learners_frame(error: BaseException) -> traceback.FrameSummary | None:
    """Return the innermost frame in a file that is neither ours nor a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame for frame in reversed(frames) if _is_learners(frame.filename)), None)


def _is_learners(filename: str) -> bool:
    if filename.startswith("<frozen") or filename.startswith("<__array"):
        return False
    if filename.startswith("<") or "ipykernel_" in filename:
        return True
    file = Path(filename).resolve()
    if any(file.is_relative_to(library) for library in _LIBRARIES):
        return False
    packages = ("minitransformer", "solutions", "autograder")
    return not any(file.is_relative_to(_OURS / package) for package in packages)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
