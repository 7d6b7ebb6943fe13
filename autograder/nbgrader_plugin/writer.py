"""The one who writes: a judged submission into the gradebook and into ``autograded/``."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import setenv
from traitlets.config import Config

from autograder.judge.examination import Examination
from autograder.judge.rebuild import rebuild_file
from autograder.nbgrader_plugin.gradebook import OpenGradebook, told_in_words
from autograder.nbgrader_plugin.judge import Judge
from autograder.nbgrader_plugin.manual import keep_manual_grades, manual_grades
from autograder.nbgrader_plugin.submissions import Submissions, copy_timestamp, submissions_of
from minitransformer.errors import CourseError

DRAFTS = ".judge-drafts"


@dataclass
class Submission:
    """A student's rebuilt notebooks by their files, and what to examine in them."""

    student: str
    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    asked: list[Examination] = field(default_factory=list)

    @property
    def repairs(self) -> list[str]:
        """What had to be repaired, in words."""
        return [line for notebook in self.notebooks.values() for line in notebook.metadata.repairs]


class Writer(Autograde):
    """nbgrader's ``Autograde`` for submissions that are rebuilt and judged already.

    The rows and files are made by nbgrader's own code and the course's own preprocessors. The
    rows of a submission are one transaction; its folder in ``autograded/`` appears after them and
    complete, so that a run that is killed anywhere can be repeated.
    """

    def __init__(self, config: Config, assignment: str) -> None:
        coursedir = CourseDirectory(config=config)
        coursedir.assignment_id = assignment
        super().__init__(coursedir=coursedir, config=config)
        self.step = coursedir.autograded_directory
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        if not isinstance(self.exporter, Submissions):
            raise CourseError(
                f"the configuration in {coursedir.root} does not use the judge's Submissions and "
                f"Judge. `autograder init-course` shows how they are plugged in."
            )
        self.steps = self._instances()
        self.judge = next(step for step in self.steps if isinstance(step, Judge))
        self.gradebook = OpenGradebook(coursedir.db_url, coursedir.course_id)
        self.released: dict[str, NotebookNode] = {}
        with told_in_words(coursedir.db_url):
            self.graded = self._graded_before()

    @property
    def _output_directory(self) -> str:
        return self.step

    def _instances(self) -> list[Any]:
        """Return the course's preprocessors in the order in which nbgrader runs them."""
        steps: list[Any] = []
        for self._sanitizing in (True, False):
            self._init_preprocessors()
            steps += self.exporter._preprocessors
        self._sanitizing = True
        last = {type(step): step for step in steps}  # a check made twice is made at the end
        return [step for step in steps if last[type(step)] is step]

    def students(self) -> list[str]:
        """Return the names of those who submitted, without those the course excludes."""
        excluded = set(self.coursedir.student_id_exclude.split(","))
        found = {self._student_of(folder): folder for folder in submissions_of(self)}
        return sorted(student for student in found if student not in excluded)

    def _student_of(self, folder: str) -> str:
        pattern = self._format_source("(?P<a>.*)", "(?P<student>.*)", escape=True)
        match = re.match(pattern, folder)
        return match["student"] if match else ""

    def is_graded(self, student: str) -> bool:
        """True where the gradebook has this submission, and none newer was made since."""
        assignment = self.coursedir.assignment_id
        graded = self._format_dest(assignment, student)
        if not os.path.isdir(graded):
            return False
        newer = self.coursedir.get_existing_timestamp(self._format_source(assignment, student))
        older = self.coursedir.get_existing_timestamp(graded)
        if newer is not None and (older is None or newer > older):
            return False
        return student in self.graded

    def _graded_before(self) -> set[str]:
        """Return the students whose submission stands in the gradebook."""
        assignment = self.coursedir.assignment_id
        try:
            self.gradebook.find_assignment(assignment)
        except MissingEntry:
            raise CourseError(
                f"the gradebook does not know {assignment}. Run "
                f"`nbgrader generate_assignment {assignment}` first."
            ) from None
        rows = self.gradebook.assignment_submissions(assignment)
        students = {row.student_id for row in rows}
        self.gradebook.db.remove()
        return students

    def read(self, student: str) -> Submission:
        """Rebuild a student's notebooks; never fails for what they hold."""
        folder = self._format_source(self.coursedir.assignment_id, student)
        submission = Submission(student)
        for file in self.assignments[folder]:
            notebook, repairs = rebuild_file(Path(file), self._release(folder, Path(file).name))
            notebook.metadata["repairs"] = repairs
            submission.notebooks[file] = notebook
            asked = self.judge.examinations(notebook, self.coursedir.assignment_id)
            submission.asked += asked.values()
        return submission

    def _release(self, folder: str, name: str) -> NotebookNode:
        if name not in self.released:
            file = self.exporter.release_of(folder) / name
            self.released[name] = nbformat.read(file, as_version=4)
        return self.released[name]

    def write(self, submission: Submission, found: dict[Examination, dict[str, Any]]) -> list[str]:
        """Write a judged submission; return the answers that changed since a manual grade.

        Raises ``CourseError`` where the gradebook or the folder cannot be written; then neither
        has changed.
        """
        assignment, student = self.coursedir.assignment_id, submission.student
        graded = Path(self._format_dest(assignment, student))
        self.judge.found = found
        self.notebooks = list(submission.notebooks)
        names = {"nbgrader": {"student": student, "assignment": assignment}}
        with self._draft(student) as draft, told_in_words(self.coursedir.db_url):
            with self.gradebook.transaction(), setenv(NBGRADER_EXECUTION="autograde"):
                before = manual_grades(self.gradebook, assignment, student, graded)
                self.run_pre_convert_hook()
                self.init_assignment(assignment, student)
                written = {
                    Path(file).stem: self._convert(file, notebook, student)
                    for file, notebook in submission.notebooks.items()
                }
                copy_timestamp(self, names, draft)
                self.set_permissions(assignment, student)
                self.run_post_convert_hook()
                changed = keep_manual_grades(self.gradebook, before, written)
            _put_in_place(draft, graded)
        return changed

    def _convert(self, file: str, notebook: NotebookNode, student: str) -> NotebookNode:
        """Run the course's preprocessors over a rebuilt notebook and write it."""
        resources = self.init_single_notebook_resources(file)
        for step in self.steps:
            notebook, resources = step(notebook, resources)
        resources["output_suffix"] = ".nbconvert"
        resources["output_extension"] = self.exporter.file_extension
        text = nbformat.writes(notebook, version=4)
        self.write_single_notebook(text if text.endswith("\n") else text + "\n", resources)
        return notebook

    @contextmanager
    def _draft(self, student: str) -> Iterator[Path]:
        """Let nbgrader write into a folder beside ``autograded/``; remove what is left of it."""
        self.step = DRAFTS
        draft = Path(self._format_dest(self.coursedir.assignment_id, student))
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            yield draft
        except OSError as error:
            raise CourseError(
                f"the graded notebook of {student} could not be written ({error.strerror}). Every "
                f"grade already written is kept; then run the same command again, and it goes on."
            ) from error
        finally:
            self.step = self.coursedir.autograded_directory
            shutil.rmtree(draft, ignore_errors=True)

    def end(self) -> None:
        """Close the gradebook and remove the folder of drafts."""
        self.gradebook.end()
        shutil.rmtree(Path(self.coursedir.root) / DRAFTS, ignore_errors=True)


def _put_in_place(draft: Path, graded: Path) -> None:
    """Put the complete folder where the old one was."""
    graded.parent.mkdir(parents=True, exist_ok=True)
    old = draft.with_name(f"{draft.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if graded.exists():
        os.replace(graded, old)
    os.replace(draft, graded)
    shutil.rmtree(old, ignore_errors=True)
