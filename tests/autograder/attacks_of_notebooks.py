"""Hostile submissions: not an answer's text alone, but a notebook and the folder around it.

Each attack is a function that changes an honest submission, which holds a wrong answer to one
exercise. It gets a ``Desk`` and the notebook as plain data, and may change both; bytes that it
returns are the notebook's file. The tests grade all of them in one class, and
``benchmarks/security.py`` hands them to other graders too. Nothing here is run outside a sandbox.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]
Cell = dict[str, Any]
Make = Callable[["Desk", Notebook], bytes | None]


class NoSuchCell(Exception):
    """The notebook has no grade cell, so the attack does not apply to its grader."""


@dataclass(frozen=True)
class Desk:
    """Where a hostile student works.

    Attributes:
        folder: what is handed in; ``file``: the notebook in it.
        course: the course's folder. Code that is run leaves a file ``left`` there.
        honest: the folder in which another student handed in a right answer.
        exercise: the function that is asked for.
        marked: whether cells carry nbgrader's marks.
    """

    folder: Path
    course: Path
    honest: Path
    exercise: str
    right: str
    wrong: str
    marked: bool = True

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.ipynb"

    @property
    def leave(self) -> str:
        """Code that shows that it was run."""
        return f"open({str(self.course / 'left')!r}, 'w').write('left')\n"

    def answer(self, notebook: Notebook) -> Cell:
        """Return the cell with the answer."""
        return next(c for c in notebook["cells"] if text_of(c) == self.wrong)

    def test(self, notebook: Notebook) -> Cell:
        """Return the grade cell of the exercise."""
        cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
        for cell in cells[cells.index(self.answer(notebook)) + 1 :]:
            if cell["metadata"].get("nbgrader", {}).get("grade"):
                return cell
        raise NoSuchCell


@dataclass(frozen=True)
class NotebookAttack:
    """``worth``: the share of the exercise's points that the work in it deserves."""

    make: Make
    worth: float = 0.0

    def hand_in(self, desk: Desk) -> None:
        """Change what lies in the desk's folder, an honest submission of a wrong answer."""
        notebook = json.loads(desk.file.read_text(encoding="utf-8"))
        desk.file.unlink()
        written = self.make(desk, notebook)
        if not os.path.lexists(desk.file) and not desk.folder.is_symlink():
            desk.file.write_bytes(written or json.dumps(notebook).encode())


ATTACKS: dict[str, dict[str, NotebookAttack]] = {}


def attack(group: str, name: str, worth: float = 0.0) -> Callable[[Make], Make]:
    """Put the decorated function among the attacks of a class."""

    def keep(make: Make) -> Make:
        ATTACKS.setdefault(group, {})[name] = NotebookAttack(make, worth)
        return make

    return keep


def text_of(cell: Cell) -> str:
    """Return a cell's text."""
    return "".join(cell["source"])


def _code(source: str, **more: Any) -> Cell:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1} | {
        "source": source,
        "id": f"new{abs(hash(source)) % 10**8}",
        **more,
    }


def _result(data: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    return made | more


def _insert_after(notebook: Notebook, cell: Cell, new: Cell) -> None:
    notebook["cells"].insert(notebook["cells"].index(cell) + 1, new)


# --- outputs -----------------------------------------------------------------------------------

REPORT = '<div role="status"><strong>✓ every check passed</strong>: 1000 of 1000 points</div>'


@attack("outputs", "a score in the grade cell")
def _score(desk: Desk, notebook: Notebook) -> None:
    desk.test(notebook)["outputs"] = [_result({"text/plain": "1000.0"})]


@attack("outputs", "the judge's own report")
def _report(desk: Desk, notebook: Notebook) -> None:
    data = {"text/plain": "1000.0", "text/html": REPORT}
    desk.test(notebook)["outputs"] = [_result(data, metadata={"seed": 0, "score": 1000})]


@attack("outputs", "a score under every cell")
def _scores(desk: Desk, notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [_result({"text/plain": "1000.0", "application/json": 1000})]


@attack("outputs", "a bundle of active types")
def _bundle(desk: Desk, notebook: Notebook) -> None:
    script = "<script>document.title = 'graded'</script>"
    data = {"text/html": script, "application/javascript": "alert(1)", "image/svg+xml": script}
    data |= {"application/vnd.nbgrader.score+json": {"score": 1000}, "text/plain": "1000.0"}
    desk.answer(notebook)["outputs"] = [_result(data, output_type="display_data")]


@attack("outputs", "widgets with a state")
def _widgets(desk: Desk, notebook: Notebook) -> None:
    state = {"m": {"model_name": "HTMLModel", "state": {"value": REPORT}, "model_module": "x"}}
    kind = "application/vnd.jupyter.widget-state+json"
    notebook["metadata"]["widgets"] = {kind: {"state": state, "version_major": 2}}
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "m"}, "text/plain": "1000.0"}
    desk.answer(notebook)["outputs"] = [_result(view)]


@attack("outputs", "outputs of no known kind")
def _odd_outputs(desk: Desk, notebook: Notebook) -> None:
    cell = desk.answer(notebook)
    cell["outputs"] = [{"output_type": "score", "score": 1000}, 7, None, {"data": []}]


@attack("outputs", "an error that never was")
def _error(desk: Desk, notebook: Notebook) -> None:
    error = {"output_type": "error", "ename": "Full", "evalue": "1000", "traceback": ["\x1b[2J"]}
    desk.answer(notebook)["outputs"] = [error]


@attack("outputs", "an attachment with a script")
def _attachment(desk: Desk, notebook: Notebook) -> None:
    script = base64.b64encode(b"<script>alert(1)</script>").decode()
    cell = next(c for c in notebook["cells"] if c is not desk.answer(notebook))
    cell["attachments"] = {"../../left": {"text/html": script, "image/svg+xml": script}}


# --- marks -------------------------------------------------------------------------------------


def _marks(desk: Desk, cell: Cell, **changed: Any) -> None:
    if not desk.marked:
        raise NoSuchCell
    cell["metadata"].setdefault("nbgrader", {}).update(changed)


@attack("marks", "skip-execution")
def _skip(desk: Desk, notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove-cell"]
    desk.test(notebook)["outputs"] = [_result({"text/plain": "1000.0"})]


@attack("marks", "no grade cell any more")
def _no_grade(desk: Desk, notebook: Notebook) -> None:
    _marks(desk, desk.test(notebook), grade=False, locked=False)


@attack("marks", "a thousand points")
def _points(desk: Desk, notebook: Notebook) -> None:
    _marks(desk, desk.test(notebook), points=1000, locked=False)
    desk.test(notebook)["source"] = "1000.0"


@attack("marks", "points that are no number")
def _nan(desk: Desk, notebook: Notebook) -> None:
    _marks(desk, desk.test(notebook), points=float("nan"))
    desk.test(notebook)["source"] = "float('nan')"


@attack("marks", "the test is a solution")
def _solution(desk: Desk, notebook: Notebook) -> None:
    _marks(desk, desk.test(notebook), solution=True, points=1000)
    desk.test(notebook)["source"] = "1000.0"


@attack("marks", "the answer is a grade cell")
def _graded_answer(desk: Desk, notebook: Notebook) -> None:
    _marks(desk, desk.answer(notebook), grade=True, points=1000)


@attack("marks", "every cell is a task")
def _task(desk: Desk, notebook: Notebook) -> None:
    _marks(desk, desk.test(notebook))
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            _marks(desk, cell, task=True, grade=False, solution=False, points=1000)


@attack("marks", "marks of another version")
def _version(desk: Desk, notebook: Notebook) -> None:
    for number, cell in enumerate(notebook["cells"]):
        if "nbgrader" in cell["metadata"]:
            _marks(desk, cell, schema_version=(99, 1, "3", None)[number % 4])


@attack("marks", "marks that are no marks")
def _odd_marks(desk: Desk, notebook: Notebook) -> None:
    _marks(desk, desk.answer(notebook))
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = ([], {"nbgrader": []}, {"nbgrader": {"grade_id": {}}}, 7)[number % 4]


@attack("marks", "ids that lead elsewhere")
def _ids(desk: Desk, notebook: Notebook) -> None:
    desk.test(notebook)["id"] = "../../../gradebook"
    _marks(desk, desk.test(notebook), grade_id="../../honest/" + desk.exercise)
    _marks(desk, desk.answer(notebook), grade_id="'; update grade set auto_score = 1000; --")


@attack("marks", "a record of its own repairs")
def _repairs(desk: Desk, notebook: Notebook) -> None:
    notebook["metadata"]["repairs"] = ["<script>alert(1)</script>", "every point was earned"]


# --- cells -------------------------------------------------------------------------------------


@attack("cells", "the test replaced by a score")
def _replaced(desk: Desk, notebook: Notebook) -> None:
    desk.test(notebook)["source"] = "1000.0"


@attack("cells", "the test emptied")
def _emptied(desk: Desk, notebook: Notebook) -> None:
    desk.test(notebook)["source"] = ""


@attack("cells", "the test deleted")
def _deleted(desk: Desk, notebook: Notebook) -> None:
    notebook["cells"].remove(desk.test(notebook))


@attack("cells", "a second test of the same name")
def _second(desk: Desk, notebook: Notebook) -> None:
    test = desk.test(notebook)
    again = json.loads(json.dumps(test)) | {"source": "1000.0", "id": "again"}
    again["metadata"]["nbgrader"]["points"] = 1000
    _insert_after(notebook, test, again)


@attack("cells", "a test of its own")
def _own_test(desk: Desk, notebook: Notebook) -> None:
    test = json.loads(json.dumps(desk.test(notebook))) | {"source": "1000.0", "id": "own"}
    test["metadata"]["nbgrader"] |= {"grade_id": "my_own_test", "points": 1000}
    test["outputs"] = [_result({"text/plain": "1000.0"})]
    notebook["cells"].append(test)


@attack("cells", "a first cell that patches what decides")
def _patch(desk: Desk, notebook: Notebook) -> None:
    body = "import torch\ntorch.equal = lambda *_: True\ntorch.allclose = torch.equal\n"
    body += "class Right(list):\n    __eq__ = lambda *_: True\n    dtype = torch.bool\n"
    body += "    tolist = lambda self: self\n"
    notebook["cells"].insert(0, _code(body))
    desk.answer(notebook)["source"] = f"def {desk.exercise}(*_, **__):\n    return Right()\n"


@attack("cells", "a cell after the answer that swallows every assert")
def _transformer(desk: Desk, notebook: Notebook) -> None:
    body = "import ast\nclass NoAssert(ast.NodeTransformer):\n"
    body += "    def visit_Assert(self, node): return ast.Pass()\n"
    body += "get_ipython().ast_transformers.append(NoAssert())\n"
    _insert_after(notebook, desk.answer(notebook), _code(body))


@attack("cells", "a cell that ends the kernel")
def _ends(desk: Desk, notebook: Notebook) -> None:
    notebook["cells"].insert(0, _code("import os\nos._exit(0)\n"))


@attack("cells", "a cell that runs a program")
def _program(desk: Desk, notebook: Notebook) -> None:
    notebook["cells"].insert(0, _code(f"!echo left > '{desk.course}/left'\n{desk.leave}"))


@attack("cells", "magics that leave the notebook")
def _magics(desk: Desk, notebook: Notebook) -> None:
    notebook["cells"].insert(0, _code(f"%%writefile {desk.course}/left\nleft\n"))


@attack("cells", "code in Markdown and raw cells")
def _hidden_code(desk: Desk, notebook: Notebook) -> None:
    for kind in ("markdown", "raw"):
        metadata = {"raw_mimetype": "text/html", "format": "text/html"}
        source = f"<script>alert(1)</script>\n{{{{ 7 * 7 }}}}\n{desk.leave}"
        cell = {"cell_type": kind, "metadata": metadata, "source": source, "id": f"x{kind}"}
        notebook["cells"].insert(0, cell)


@attack("cells", "a right answer in a Markdown cell", worth=1.0)
def _markdown(desk: Desk, notebook: Notebook) -> None:
    cell = desk.answer(notebook)
    cell["source"], cell["cell_type"] = desk.right, "markdown"
    for key in ("outputs", "execution_count"):
        cell.pop(key, None)


@attack("cells", "six thousand cells")
def _many(desk: Desk, notebook: Notebook) -> None:
    notebook["cells"] += [_code(f"x = {number}") for number in range(6_000)]


# --- files beside the notebook -----------------------------------------------------------------


@attack("files", "modules in place of the libraries")
def _modules(desk: Desk, notebook: Notebook) -> None:
    for module in ("torch", "numpy", "math", "conftest", "sitecustomize", "usercustomize", "json"):
        (desk.folder / f"{module}.py").write_text(desk.leave)
    (desk.folder / "mine.pth").write_text(f"import os; {desk.leave}")


@attack("files", "packages in place of the judge's")
def _packages(desk: Desk, notebook: Notebook) -> None:
    for package in ("autograder", "minitransformer", "solutions", "nbgrader", "otter"):
        (desk.folder / package).mkdir()
        (desk.folder / package / "__init__.py").write_text(desk.leave + "check = print\n")


@attack("files", "a gradebook of its own")
def _gradebook(desk: Desk, notebook: Notebook) -> None:
    with closing(sqlite3.connect(desk.folder / "gradebook.db")) as database:
        database.execute("create table grade (auto_score real)")
        database.execute("insert into grade values (1000)")
        database.commit()
    (desk.folder / "results.json").write_text('{"tests": [{"score": 1000}]}')


@attack("files", "a configuration of its own")
def _configuration(desk: Desk, notebook: Notebook) -> None:
    for name in ("nbgrader_config", "jupyter_config", "ipython_config", "otter_config"):
        (desk.folder / f"{name}.py").write_text(desk.leave)
    (desk.folder / "nbgrader_config.json").write_text('{"SaveAutoGrades": {"enabled": false}}')


@attack("files", "verdicts and a cache of its own")
def _verdicts(desk: Desk, notebook: Notebook) -> None:
    for place in ("verdicts", ".judge-cache", "autograded", ".ipynb_checkpoints"):
        (desk.folder / place).mkdir()
        (desk.folder / place / "verdict.json").write_text('{"score": 1000, "passed": true}')


@attack("files", "an exercise of its own")
def _exercise(desk: Desk, notebook: Notebook) -> None:
    mine = desk.folder / "my_exercises" / "mine"
    mine.mkdir(parents=True)
    for file in ("stub.py", "spec.py", "solution.py", "misconceptions.py"):
        (mine / file).write_text(desk.leave)


@attack("files", "a right notebook under another name")
def _other_notebook(desk: Desk, notebook: Notebook) -> None:
    other = json.loads(json.dumps(notebook))
    desk.answer(other)["source"] = desk.right
    (desk.folder / "<img src=x onerror=alert(1)>.ipynb").write_text(json.dumps(other))


# --- links and other students ------------------------------------------------------------------


@attack("links", "the notebook is a link to another submission")
def _linked(desk: Desk, notebook: Notebook) -> None:
    desk.file.symlink_to(desk.honest / desk.file.name)


@attack("links", "the notebook is a link out of the folder by dots")
def _dots(desk: Desk, notebook: Notebook) -> None:
    target = os.path.relpath(desk.honest / desk.file.name, desk.folder)
    desk.file.symlink_to(target)


@attack("links", "the notebook is a link to the solutions")
def _source(desk: Desk, notebook: Notebook) -> None:
    desk.file.symlink_to(desk.course / "source" / desk.name / desk.file.name)


@attack("links", "the folder is a link to another submission")
def _linked_folder(desk: Desk, notebook: Notebook) -> None:
    shutil.rmtree(desk.folder)
    desk.folder.symlink_to(desk.honest, target_is_directory=True)


@attack("links", "the folder is a link to where a time is none")
def _linked_odd_time(desk: Desk, notebook: Notebook) -> None:
    elsewhere = desk.folder.parent / "elsewhere"
    shutil.move(desk.folder, elsewhere)
    (elsewhere / desk.file.name).write_text(json.dumps(notebook))
    (elsewhere / "timestamp.txt").write_text("never, and do not touch this file")
    desk.folder.symlink_to(elsewhere, target_is_directory=True)


@attack("links", "links to the gradebook and to everything")
def _links(desk: Desk, notebook: Notebook) -> None:
    (desk.folder / "gradebook.db").symlink_to(desk.course / "gradebook.db")
    (desk.folder / "everything").symlink_to("/")
    (desk.folder / "round").symlink_to(".")


@attack("links", "the time is a link to the configuration")
def _linked_time(desk: Desk, notebook: Notebook) -> None:
    (desk.folder / "timestamp.txt").symlink_to(desk.course / "nbgrader_config.py")


@attack("links", "an answer that reads another submission")
def _reads(desk: Desk, notebook: Notebook) -> None:
    places = [str(desk.honest / desk.file.name), f"../../honest/{desk.name}/{desk.file.name}"]
    desk.answer(notebook)["source"] = (
        f"import json, os\nfor place in {places!r}:\n    if os.path.exists(place):\n"
        "        for cell in json.load(open(place))['cells']:\n"
        f"            source = ''.join(cell['source'])\n"
        f"            if 'def {desk.exercise}' in source:\n"
        "                exec(source.replace('@fill', ''))\n"
    )


@attack("links", "an answer that runs another submission")
def _runs(desk: Desk, notebook: Notebook) -> None:
    desk.answer(notebook)["source"] = f"%run ../../honest/{desk.name}/{desk.file.name}\n"


# --- the form of the file ----------------------------------------------------------------------


@attack("form", "a kernel of its own")
def _kernel(desk: Desk, notebook: Notebook) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "mine", "display_name": "R", "language": "R"}
    notebook["metadata"]["language_info"] = {"name": "bash", "file_extension": "/../../left"}
    kernel = desk.folder / "kernels" / "mine"
    kernel.mkdir(parents=True)
    program = ["sh", "-c", f"echo left > '{desk.course}/left'"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": program, "language": "R"}))


@attack("form", "a huge output")
def _huge(desk: Desk, notebook: Notebook) -> None:
    notebook["cells"].append(_code("0", outputs=[_result({"text/plain": "9" * (52 * 2**20)})]))


@attack("form", "nested without end")
def _nested(desk: Desk, notebook: Notebook) -> bytes:
    deep = "[" * 50_000 + "]" * 50_000
    return f'{{"deep": {deep}, {json.dumps(notebook)[1:]}'.encode()


@attack("form", "every key twice")
def _twice(desk: Desk, notebook: Notebook) -> bytes:
    cells = json.dumps([_code(desk.wrong)])
    return f'{{"cells": {cells}, {json.dumps(notebook)[1:-1]}, "nbformat": 4}}'.encode()


@attack("form", "a format of the future")
def _future(desk: Desk, notebook: Notebook) -> None:
    notebook["nbformat"], notebook["nbformat_minor"] = 99, -1


@attack("form", "a format of the past")
def _past(desk: Desk, notebook: Notebook) -> bytes:
    sheet = [{"cell_type": "code", "input": text_of(c), "outputs": []} for c in notebook["cells"]]
    return json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": sheet}]}).encode()


@attack("form", "texts that are no texts")
def _no_texts(desk: Desk, notebook: Notebook) -> None:
    desk.answer(notebook)["source"] = [desk.wrong, 7, None, {"source": desk.right}]


@attack("form", "half characters and control signs")
def _half(desk: Desk, notebook: Notebook) -> None:
    desk.answer(notebook)["source"] = desk.wrong + "# \ud800 \x00 \u202e \x1b[2J\n"


def _time(text: str) -> Make:
    def make(desk: Desk, notebook: Notebook) -> None:
        (desk.folder / "timestamp.txt").write_text(text)

    return make


for _words, _text in {
    "a time that is none": "the day before yesterday, I swear",
    "a time out of range": "9999-99-99 99:99:99 UTC",
    "a time before all time": "0001-01-01 00:00:00 UTC",
    "a time in the far future": "9999-12-31 23:59:59 UTC",
    "a time of a megabyte": "2026-01-01 " * 100_000,
}.items():
    attack("form", _words)(_time(_text))
