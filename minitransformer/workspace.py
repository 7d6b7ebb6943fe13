"""``my_transformer/``: the package that grows as the learner's parts pass.

Each lesson has one file there, each part one section of it. A section is the text of the
learner's exercise cell; the imports above the sections are written by us, so that the package
works by itself.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import re
import symtable
from pathlib import Path
from typing import Any

from minitransformer.errors import CourseError
from minitransformer.files import write_text
from minitransformer.lessons import LESSON_OF, LESSONS, OWN_LESSONS, Lesson

STANDARD_IMPORTS = """\
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
"""

LAZY_ANNOTATIONS = "from __future__ import annotations\n\n"  # they then need no import

_SECTION = re.compile(r"^# --- part: (\w+) ---\n", re.MULTILINE)


def home() -> Path:
    """Return where the learner's work lives: ``MINITRANSFORMER_HOME`` or the repository's root.

    Outside a checkout of the course it is the current folder.
    """
    chosen = os.environ.get("MINITRANSFORMER_HOME")
    if chosen:
        return Path(chosen).expanduser()
    root = Path(__file__).resolve().parent.parent
    return root if (root / "notebooks").is_dir() else Path.cwd()


def package() -> Path:
    """Return the folder of the learner's own package."""
    return home() / "my_transformer"


def namespace() -> dict[str, Any]:
    """Return the names an exercise cell may use without importing them.

    They are ``math``, ``np``, ``torch``, ``F``, ``nn``, ``Tensor``, every part of the course, and
    a ``fill`` that leaves its argument alone.
    """
    import minitransformer
    from minitransformer.stub import PARTS

    names: dict[str, Any] = {"__name__": "exercise"}
    exec(STANDARD_IMPORTS, names)
    names.update({name: getattr(minitransformer, name) for name in minitransformer.__all__})
    names.update(PARTS)
    names["fill"] = lambda implementation: implementation
    names["check"] = lambda *args, **kwargs: None
    return names


def python_of(text: str) -> str:
    """Return a cell's text as Python: where it does not parse, %magic and !command lines go.

    They become empty lines, so that line numbers stay.
    """
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return re.sub(r"^[%!].*$", "", text, flags=re.MULTILINE)
    return text


def run_text(text: str, label: str) -> dict[str, Any]:
    """Run the text of an exercise cell in a clean namespace; return the namespace.

    Errors of the text are raised as they are; tracebacks can quote its lines.
    """
    filename = f"<{label}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    names = namespace()
    exec(compile(text, filename, "exec"), names)
    return names


def saved_parts() -> dict[str, str]:
    """Return {part: text} of everything saved so far."""
    parts: dict[str, str] = {}
    for lesson in (*LESSONS, *OWN_LESSONS):
        parts.update(_sections(_file(lesson)))
    return parts


def load(part: str) -> Any:
    """Return the learner's saved implementation of ``part``, or None.

    Raises ``CourseError`` naming the file when what is saved there no longer runs.
    """
    from minitransformer.stub import Part

    text = _sections(_file(LESSON_OF[part])).get(part)
    if text is None:
        return None
    try:
        implementation = run_text(text, f"my_transformer/{part}")[part]
        if isinstance(implementation, Part):  # the course's own name, still in place
            raise NameError(f"it does not define {part}")
        return implementation
    except Exception as error:
        raise CourseError(
            f"my_transformer/{LESSON_OF[part].name}.py: the saved {part} does not run "
            f"({type(error).__name__}: {error}). Run its check in lesson "
            f"{LESSON_OF[part].notebook} again, or delete the file."
        ) from None


def save(part: str, text: str) -> Path:
    """Save the text of a passed exercise cell; return the file it went to."""
    from minitransformer.stub import PARTS

    lesson = LESSON_OF[part]
    sections = _sections(_file(lesson))
    sections[part] = _without_course_calls(python_of(text))
    package().mkdir(parents=True, exist_ok=True)
    _write_lesson(lesson, sections)
    for other in (*LESSONS, *OWN_LESSONS):  # a file may now import this part from its neighbour
        if other is not lesson and _file(other).exists():
            _write_lesson(other, _sections(_file(other)))
    write_text(package() / "__init__.py", _init_text())
    PARTS[part].forget_saved()
    return _file(lesson)


def _file(lesson: Lesson) -> Path:
    return package() / f"{lesson.name}.py"


def _sections(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    pieces = _SECTION.split(file.read_text(encoding="utf-8"))
    return {name: body.strip("\n") + "\n" for name, body in zip(pieces[1::2], pieces[2::2])}


def _without_course_calls(text: str) -> str:
    """Take out ``@fill``, ``check(...)`` and imports of the course: the package stands alone."""
    tree = ast.parse(text)
    drop: set[int] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).rpartition(".")[2] == "fill":  # fill or mt.fill
                    drop.update(_lines(decorator))
        elif _is_course_call(node):
            drop.update(_lines(node))
    kept = [line for number, line in enumerate(text.split("\n"), 1) if number not in drop]
    return "\n".join(kept).strip("\n") + "\n"


def _is_course_call(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        renames = any(alias.asname for alias in node.names)  # the text needs the new name
        ours = (node.module or "").split(".")[0] in ("minitransformer", "autograder")
        return ours and not renames
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return isinstance(node.value.func, ast.Name) and node.value.func.id == "check"
    return False


def _lines(node: ast.expr | ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _write_lesson(lesson: Lesson, sections: dict[str, str]) -> None:
    body = "\n\n".join(
        f"# --- part: {part} ---\n{sections[part]}" for part in lesson.parts if part in sections
    )
    title = f'"""Lesson {lesson.notebook}: the parts you wrote."""\n\n'
    imports = STANDARD_IMPORTS + _imports_of_parts(lesson, sections)
    write_text(_file(lesson), f"{title}{LAZY_ANNOTATIONS}{imports}\n\n{body}")


def _imports_of_parts(lesson: Lesson, sections: dict[str, str]) -> str:
    """Import the other parts that the sections use: yours where saved, the course's otherwise."""
    used = set().union(*map(_names_from_outside, sections.values()))
    lines = ["from minitransformer import TransformerConfig"] * ("TransformerConfig" in used)
    for part, home_lesson in LESSON_OF.items():
        if part not in used or part in sections:
            continue
        saved = part in _sections(_file(home_lesson))
        own = "" if home_lesson.folder is None else f".{home_lesson.name}"
        source = f".{home_lesson.name}" if saved else f"minitransformer{own}"
        lines.append(f"from {source} import {part}")
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def _names_from_outside(text: str) -> set[str]:
    """Return the names that ``text`` reads but never binds, annotations left out."""
    module = symtable.symtable(LAZY_ANNOTATIONS + text, "section", "exec")
    tables, read = [module], set()
    for table in tables:  # grows while it is walked
        tables += table.get_children()
        read |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global()}
    bound = {s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported()}
    return read - bound


def _init_text() -> str:
    lines = ['"""The Transformer you wrote, part by part."""\n']
    for part in saved_parts():
        lines.append(f"from .{LESSON_OF[part].name} import {part} as {part}")
    return "\n".join(lines) + "\n"


def status() -> list[dict[str, Any]]:
    """Return one row a part: lesson, part, whose implementation is in use."""
    from minitransformer.own_lessons import find_own_lessons
    from minitransformer.stub import each_part

    find_own_lessons()
    return [
        {"lesson": part.lesson.notebook, "part": part.__name__, "whose": part.whose()}
        for part in each_part()
    ]


def status_json() -> str:
    """Return ``{"parts": status(), "quizzes": quiz.progress()}`` as JSON text."""
    from minitransformer.quiz import progress

    return json.dumps({"parts": status(), "quizzes": progress()}, indent=2)
