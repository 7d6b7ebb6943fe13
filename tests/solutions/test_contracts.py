"""Contract and reference belong together, and every part is checked by shape."""

import ast
import builtins
import dis
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from jaxtyping import TypeCheckError

import minitransformer
from autograder.texts import answer_text, exercise_text
from minitransformer.lessons import LESSON_OF, LESSONS
from minitransformer.stub import PARTS, source_is_untouched
from minitransformer.workspace import run_text

ROOT = Path(__file__).parents[2]
every_part = pytest.mark.parametrize("part", LESSON_OF)


def methods(owner):
    """Return {name: function} of the methods a class defines itself; a function alone as {}."""
    if not isinstance(owner, type):
        return {"": inspect.unwrap(owner)}
    return {name: inspect.unwrap(f) for name, f in vars(owner).items() if inspect.isfunction(f)}


@every_part
def test_signatures_and_annotations_are_equal(part):
    contract = methods(PARTS[part].contract)
    reference = methods(PARTS[part].choose().implementation)
    assert contract.keys() == reference.keys()
    for name in contract:
        ours, theirs = inspect.signature(contract[name]), inspect.signature(reference[name])
        assert str(ours) == str(theirs)


@every_part
def test_the_docstrings_begin_with_the_same_line(part):
    contract, reference = PARTS[part].__doc__, PARTS[part].choose().implementation.__doc__
    assert contract.splitlines()[0] == reference.strip()


@every_part
def test_the_contract_holds_no_code_and_names_its_source(part):
    text = exercise_text(part)
    assert source_is_untouched(text, part)
    assert "Source: " in text
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    for function in functions:
        assert ast.unparse(function.body[-1]) == "raise NotImplementedError"
    if PARTS[part].is_class:
        start = ast.unparse(next(f for f in functions if f.name == "__init__").body[-2])
        assert start == "super().__init__()"


@every_part
def test_the_reference_needs_only_the_names_of_an_exercise_cell(part):
    text = answer_text(part)
    given = run_text(text, part).keys() | set(dir(builtins))
    codes = [compile(text, part, "exec")]
    for code in codes:
        codes += [inner for inner in code.co_consts if inspect.iscode(inner)]
    read = {
        instruction.argval
        for code in codes
        for instruction in dis.get_instructions(code)
        if instruction.opname == "LOAD_GLOBAL"
    }
    assert read <= given


def test_every_part_of_every_lesson_is_exported():
    assert set(LESSON_OF) <= set(minitransformer.__all__)
    assert set(LESSON_OF) == set(PARTS)
    assert all(getattr(minitransformer, name) is PARTS[name] for name in LESSON_OF)


def test_wrong_shapes_are_refused_while_these_tests_run():
    with pytest.raises(TypeCheckError):
        minitransformer.merge_heads(torch.zeros(2, 3, 4))
    with pytest.raises(TypeCheckError):
        minitransformer.MultiHeadAttention(4, 2)(*[torch.zeros(1, n, 4) for n in (2, 3, 5)])


def test_the_transformer_is_short():
    files = [ROOT / "solutions" / f"{lesson.name}.py" for lesson in LESSONS[3:12]]
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) <= 600


def test_importing_the_package_is_light():
    slow = "IPython ipywidgets matplotlib nbgrader yaml nbformat dask transformers solutions"
    program = f"import minitransformer, sys; print({{*{slow.split()}}} & {{*sys.modules}})"
    done = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert done.strip() == "set()"
