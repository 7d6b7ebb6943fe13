"""How ``nbgrader autograde`` meets a submission: every one is rebuilt, none is lost.

Plugged in by one line of a course's configuration: ``c.Autograde.exporter_class = Submissions``.
"""

from __future__ import annotations

import fnmatch
import functools
import glob
import os
import re
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.utils import parse_utc

from autograder.judge.reading import read_bytes
from autograder.judge.rebuild import rebuild_file
from minitransformer.errors import CourseError

TIMESTAMP = "timestamp.txt"
LATEST = 4096


class Submissions(NotebookExporter):
    """Reads a submission by rebuilding it, where nbgrader would open its file as it is.

    nbgrader makes this object before it opens the first submission. Each submission is then
    expected to hold the released notebooks, whatever its files are called, and no other file of it
    is copied.
    """

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent=parent, **kwargs)
        self.autograde = parent
        coursedir: Any = self.autograde.coursedir
        _copy_no_extra_file(coursedir)
        _read_no_time_through_a_link(coursedir)
        for folder in submissions_of(self.autograde):
            self.autograde.assignments[folder] = [
                str(Path(folder) / f"{name}.ipynb") for name in self._released_names(folder)
            ]
            _set_odd_timestamp_aside(Path(folder), self.log)

    def release_of(self, folder: str) -> Path:
        """Return the folder of the release that the submission in ``folder`` answers."""
        pattern = self.autograde._format_source("(?P<assignment>.*)", ".*", escape=True)
        match = re.match(pattern, folder)
        assignment = match["assignment"] if match else Path(folder).name
        coursedir = self.autograde.coursedir
        return Path(coursedir.format_path(coursedir.release_directory, ".", assignment))

    def _released_names(self, folder: str) -> list[str]:
        wanted = self.autograde.coursedir.notebook_id
        release = self.release_of(folder)
        names = sorted(file.stem for file in release.glob("*.ipynb"))
        if not names:
            raise CourseError(
                f"{release} holds no notebook: grading starts from the released one. Run "
                f"`nbgrader generate_assignment {release.name}` first."
            )
        return [name for name in names if fnmatch.fnmatch(name, wanted)]

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Rebuild a submitted notebook; read one that is rebuilt already as nbgrader does."""
        file = Path(filename)
        if not self.autograde._sanitizing:
            copy_timestamp(self.autograde, resources or {}, file.parent)
            return super().from_filename(filename, resources=resources, **kw)
        released = nbformat.read(self.release_of(str(file.parent)) / file.name, as_version=4)
        rebuilt, repairs = rebuild_file(file, released)
        for repair in repairs:
            self.log.warning("%s: %s", (resources or {})["nbgrader"]["student"], repair)
        resources = resources or ResourcesDict()
        resources["metadata"] = ResourcesDict(name=file.stem, path=str(file.parent))
        return self.from_notebook_node(rebuilt, resources=resources, **kw)


def submissions_of(autograde: Any) -> list[str]:
    """Return every submission nbgrader was asked for, also those it found no notebook in."""
    coursedir = autograde.coursedir
    return sorted(
        glob.glob(autograde._format_source(coursedir.assignment_id, coursedir.student_id))
    )


def list_without_notebooks() -> None:
    """Let nbgrader's ``Autograde`` begin where not one submission holds a file named ``*.ipynb``.

    It gives up then, before it makes the exporter, and no trait of it is asked earlier. So its
    method is wrapped; it is as ever where nobody submitted, and with any other exporter.
    """
    if hasattr(Autograde.init_notebooks, "__wrapped__"):
        return
    listed_by_nbgrader = Autograde.init_notebooks

    @functools.wraps(listed_by_nbgrader)
    def init_notebooks(autograde: Any) -> None:
        everything = autograde.coursedir.notebook_id == "*"
        ours = everything and issubclass(autograde.exporter_class, Submissions)
        if ours and submissions_of(autograde):
            autograde.assignments, autograde.notebooks = {}, []  # Submissions lists them
        else:
            listed_by_nbgrader(autograde)

    Autograde.init_notebooks = init_notebooks


def _copy_no_extra_file(coursedir: Any) -> None:
    """Tell nbgrader to ignore what lies in a submission: it would follow links and copy."""
    root = glob.escape(coursedir.root)
    step = coursedir.submitted_directory
    pattern = os.path.join(
        root,
        coursedir.directory_structure.format(nbgrader_step=step, student_id="*", assignment_id="*"),
    )
    if pattern not in coursedir.ignore:
        coursedir.ignore = [*coursedir.ignore, pattern]


def _read_no_time_through_a_link(coursedir: Any) -> None:
    """Let nbgrader see no time in a folder that is a link: it would stop at one that is odd."""
    read = coursedir.get_existing_timestamp
    coursedir.get_existing_timestamp = lambda path: None if os.path.islink(path) else read(path)


def _time_of(folder: Path) -> str | None:
    """Return the submission's time as nbgrader's exchange wrote it; None where there is none.

    A folder that is a link has none: what lies at its end is not the student's. Raises
    ``ValueError`` where the file is there but says no time.
    """
    file = folder / TIMESTAMP
    if folder.is_symlink() or not os.path.lexists(file):
        return None
    raw, _ = read_bytes(file)
    if raw is None or len(raw) > LATEST:
        raise ValueError
    text = raw.decode("utf-8").strip()
    if text:
        parse_utc(text)
    return text


def _set_odd_timestamp_aside(folder: Path, log: Any) -> None:
    """Rename a time that nbgrader would fail or wait on; the submission then has none."""
    try:
        _time_of(folder)
    except (ValueError, OverflowError):
        try:
            os.replace(folder / TIMESTAMP, folder / f"{TIMESTAMP}.unreadable")
        except OSError as error:
            log.error("%s: %s cannot be set aside (%s)", folder, TIMESTAMP, error.strerror)
        else:
            log.warning("%s: %s says no time and was set aside", folder, TIMESTAMP)


def copy_timestamp(autograde: Any, resources: dict[str, Any], graded: Path) -> None:
    """Keep the time beside the graded notebook, so that a later submission is graded again."""
    names = resources["nbgrader"]
    coursedir = autograde.coursedir
    folder = coursedir.format_path(
        coursedir.submitted_directory, names["student"], names["assignment"]
    )
    if (time := _time_of(Path(folder))) is not None:
        (graded / TIMESTAMP).write_text(time, encoding="utf-8")
