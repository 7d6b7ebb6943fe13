"""The one who writes: a judged submission into the gradebook and into ``autograded/``."""

from __future__ import annotations

import os
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
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.judge.examination import Examination
from autograder.judge.rebuild import rebuild_file
from autograder.nbgrader_plugin.gradebook import OpenGradebook
from autograder.nbgrader_plugin.judge import PARTS_BY_CHECK, Judge
from autograder.nbgrader_plugin.submissions import Submissions
from minitransformer.errors import CourseError

DRAFTS = ".judge-drafts"


@dataclass
class Submission:
    """A student's rebuilt notebooks, by name, and what had to be repaired in them."""

    student: str
    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    repairs: list[str] = field(default_factory=list)
    asked: list[Examination] = field(default_factory=list)


class Writer(Autograde):
    """nbgrader's ``Autograde`` for submissions that are rebuilt and judged already.

    The rows and files are made by nbgrader's own code and the course's own preprocessors. A
    submission's rows are one transaction; its folder in ``autograded/`` appears complete, after
    its rows, so that a run killed anywhere can be repeated.
    """

    def __init__(self, config: Config, assignment: str, force: bool = False) -> None:
        coursedir = CourseDirectory(config=config)
        coursedir.assignment_id = assignment
        super().__init__(coursedir=coursedir, config=config)
        self.force = force
        self.assignment = assignment
        self.step = self.coursedir.autograded_directory
        self.init_all_submissions()
        self.steps = self._instances()
        self.judge = self._the_judge()
        self.gradebook = OpenGradebook(coursedir.db_url, coursedir.course_id)
        self.released: dict[str, NotebookNode] = {}
        self.changed: list[str] = []
