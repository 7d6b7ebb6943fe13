"""The texts of exercise cells, cut from the stub and solution files.

A cell's signature comes without annotations: the docstring says the shapes, and the cell then
needs no import. Nothing here runs the code it cuts.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF
from minitransformer.own_lessons import FILES

UNWRITTEN = "raise NotImplementedError"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Piece:
    """A definition and the lines of the file it stands in."""

    node: Definition
    lines: tuple[str, ...]


def exercise_text(part: str) -> str:
    """Return the released text of a part's exercise cell: ``@fill``, signature, contract."""
    stub = _piece("minitransformer", part)
    return "@fill\n" + "\n".join(_render(stub, None)) + "\n"


def solved_text(part: str) -> str:
    """Return the exercise cell with the reference between nbgrader's solution marks."""
    stub, solution = _piece("minitransformer", part), _piece("solutions", part)
    return "@fill\n" + "\n".join(_render(stub, solution, marks=True)) + "\n"


def answer_text(part: str) -> str:
    """Return the exercise cell as a learner who wrote the reference would have it."""
    module = LESSON_OF[part].name
    return _answer_text(part, _source("minitransformer", module), _source("solutions", module))


@functools.lru_cache(maxsize=256)
def _answer_text(part: str, *sources: str) -> str:
    """Cut the answer; kept, for every examination asks for the texts of the earlier parts."""
    stub, solution = _piece("minitransformer", part), _piece("solutions", part)
    return "@fill\n" + "\n".join(_render(stub, solution)) + "\n"


def _render(stub: Piece, solution: Piece | None, marks: bool = False) -> list[str]:
    if isinstance(stub.node, ast.FunctionDef):
        written = solution.node if solution else None
        return _render_function(stub, stub.node, solution, written, marks)
    lines = [f"class {stub.node.name}({', '.join(ast.unparse(b) for b in stub.node.bases)}):"]
    lines += _docstring(stub, stub.node)
    methods = _methods(solution.node) if solution else {}
    for name, method in _methods(stub.node).items():
        if solution and name not in methods:
            raise CourseError(f"solution: {stub.node.name} has no method {name}.")
        lines += ["", *_render_function(stub, method, solution, methods.get(name), marks)]
    extra = set(methods) - set(_methods(stub.node))
    if extra:
        raise CourseError(
            f"solution: {stub.node.name} has {_listed(extra)}, which the stub lacks. A cell "
            f"is made from the stub's methods: put helpers inside them, or add them to the stub."
        )
    return lines


def _render_function(
    stub: Piece,
    contract: ast.FunctionDef,
    solution: Piece | None,
    written: ast.AST | None,
    marks: bool,
) -> list[str]:
    indent = " " * contract.col_offset
    inner = indent + "    "
    lines = [f"{indent}def {contract.name}({_parameters(contract)}):"]
    lines += _docstring(stub, contract)
    given = [ast.unparse(node) for node in _body(contract)[:-1]]
    lines += [inner + line for line in given]
    if solution is None or not isinstance(written, ast.FunctionDef):
        return [*lines, inner + UNWRITTEN]
    body = _body_lines(solution, written)
    for line in given:
        if body[0].strip() != line:
            raise CourseError(f"solution: {contract.name} has to begin with {line}.")
        body = body[1:]
    if marks:
        body = [inner + BEGIN, *body, inner + END]
    return [*lines, *body]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _parameters(function: ast.FunctionDef) -> str:
    arguments = function.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        argument.annotation = None
    return ast.unparse(arguments)


def _docstring(piece: Piece, node: Definition) -> list[str]:
    if ast.get_docstring(node) is None:
        return []
    text = node.body[0]
    return list(piece.lines[text.lineno - 1 : text.end_lineno])


def _body(node: Definition) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def _body_lines(piece: Piece, node: ast.FunctionDef) -> list[str]:
    has_docstring = ast.get_docstring(node) is not None
    start = (node.body[0].end_lineno or 0) if has_docstring else node.body[0].lineno - 1
    lines = list(piece.lines[start : node.end_lineno])
    while lines and not lines[0].strip():
        lines.pop(0)
    return lines


def _methods(node: ast.AST) -> dict[str, ast.FunctionDef]:
    body = node.body if isinstance(node, ast.ClassDef) else []
    return {child.name: child for child in body if isinstance(child, ast.FunctionDef)}


def _piece(package: str, part: str) -> Piece:
    source = _source(package, LESSON_OF[part].name)
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == part:
            return Piece(node, tuple(source.splitlines()))
    raise CourseError(f"{package}/{LESSON_OF[part].name}.py does not define {part}.")


@functools.cache
def _source(package: str, module: str) -> str:
    own = FILES.get(f"{package}.{module}")
    if own is not None:
        return own.read_text(encoding="utf-8")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CourseError(f"the package {package} is not installed.")
    file = Path(spec.submodule_search_locations[0]) / f"{module}.py"
    if not file.is_file():
        raise CourseError(f"the lesson {module} has no file of its own in {package}.")
    return file.read_text(encoding="utf-8")
