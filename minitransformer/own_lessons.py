"""Lessons of an instructor's own: a folder of folders, each with one lesson's files.

``my_exercises/rms_norm/`` holds ``stub.py`` and ``spec.py``, and may hold ``solution.py``,
``misconceptions.py``, ``variants.py``, ``equivalent.yaml`` and ``lesson.md``. The Python files
stand in for the modules of the lesson's name in the course's own packages, such as
``minitransformer.rms_norm`` and ``solutions.rms_norm``; so whatever finds a lesson by its name
finds this one too.

The folder is named by ``AUTOGRADER_EXERCISES``; where that is not set, it is ``my_exercises``
beside the notebook, or where the learner's work lives.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.util
import os
import sys
import traceback
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF, LESSONS, OWN_LESSONS, Lesson

VARIABLE = "AUTOGRADER_EXERCISES"
FOLDER = "my_exercises"

ROOMS = {
    "minitransformer": "stub.py",
    "solutions": "solution.py",
    "autograder.specs": "spec.py",
    "autograder.misconceptions": "misconceptions.py",
    "autograder.variants": "variants.py",
}

FILES: dict[str, Path] = {}
"""The file of each module that belongs to an own lesson."""


class _OwnModules(importlib.abc.MetaPathFinder):
    """Finds the modules of own lessons; it is asked last, so that the course's own come first."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        file = FILES.get(name)
        return importlib.util.spec_from_file_location(name, file) if file else None


def find_own_lessons() -> list[Lesson]:
    """Register the lessons of the folders in use, and return all that are registered.

    Raises ``CourseError`` naming the file that is missing or does not run.
    """
    for folder in _folders():
        for child in sorted(folder.iterdir()):
            if (child / "stub.py").is_file():
                _register(child.resolve())
    return list(OWN_LESSONS)


def _folders() -> list[Path]:
    from minitransformer.workspace import home

    chosen = os.environ.get(VARIABLE)
    if chosen is None:
        return [f for f in dict.fromkeys((Path.cwd() / FOLDER, home() / FOLDER)) if f.is_dir()]
    if not chosen:
        return []
    folder = Path(chosen).expanduser()
    if not folder.is_dir():
        raise CourseError(f"{folder} is not a folder; exercises of your own are looked for there.")
    if not any((child / "stub.py").is_file() for child in folder.iterdir()):
        raise CourseError(
            f"{folder} holds no lesson. Each lesson is a folder in it, with stub.py and spec.py."
        )
    return [folder]


def _register(folder: Path) -> None:
    name = folder.name
    known = {lesson.name: lesson for lesson in OWN_LESSONS}
    if name in known:
        if known[name].folder != folder:
            raise CourseError(f"two lessons are called {name}: {known[name].folder} and {folder}.")
        return
    course = Path(__file__).parent
    if not name.isidentifier() or (course / name).exists() or (course / f"{name}.py").exists():
        raise CourseError(f"{folder}: a lesson cannot be called {name}. Choose another name.")
    if not (folder / "spec.py").is_file():
        raise CourseError(f"{folder / 'spec.py'} is missing: it says what an answer has to do.")
    parts, title = _contracts(folder / "stub.py")
    for part in parts:
        if part in LESSON_OF:
            taken = LESSON_OF[part].notebook
            raise CourseError(f"{folder}: {part} is an exercise of lesson {taken} already.")
    number = 100 + len(OWN_LESSONS)
    lesson = Lesson(number, name, title or name, parts, folder)
    OWN_LESSONS.append(lesson)
    LESSON_OF.update(dict.fromkeys(parts, lesson))
    for package, file in ROOMS.items():
        if (folder / file).is_file():
            FILES[f"{package}.{name}"] = folder / file
    if not any(isinstance(finder, _OwnModules) for finder in sys.meta_path):
        sys.meta_path.append(_OwnModules())
    try:
        load(f"minitransformer.{name}")
    except CourseError:
        forget(lesson)
        raise


def forget(lesson: Lesson) -> None:
    """Take an own lesson out again."""
    from minitransformer.stub import PARTS

    OWN_LESSONS.remove(lesson)
    for part in lesson.parts:
        del LESSON_OF[part]
        PARTS.pop(part, None)
    for package in ROOMS:
        FILES.pop(f"{package}.{lesson.name}", None)
        sys.modules.pop(f"{package}.{lesson.name}", None)


def _contracts(file: Path) -> tuple[tuple[str, ...], str]:
    """Return the names that ``@stub`` marks in a file, and the first line of its docstring."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise CourseError(f"{file} cannot be read: {error}.") from None
    parts = tuple(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and any(ast.unparse(mark) == "stub" for mark in node.decorator_list)
    )
    if not parts:
        raise CourseError(f"{file} marks nothing with @stub: mark each function or class to write.")
    return parts, (ast.get_docstring(tree) or "").split("\n")[0].rstrip(".")


def load(module: str) -> ModuleType:
    """Import a lesson's module.

    Raises ``CourseError`` with the file and line where the file of an own lesson does not run.
    """
    try:
        return importlib.import_module(module)
    except CourseError:
        raise
    except Exception as error:
        file = FILES.get(module)
        if file is None:
            raise
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(file)]
        line = getattr(error, "lineno", None) or (lines[-1] if lines else None)
        where = f"{file}, line {line}" if line else str(file)
        raise CourseError(f"{where}: {type(error).__name__}: {error}.") from None


def all_lessons() -> tuple[Lesson, ...]:
    """Return the course's lessons and the own ones registered so far."""
    return (*LESSONS, *OWN_LESSONS)
