"""Run the attacks against this judge, nbgrader and Otter; write the table of docs/security.md.

    python -m benchmarks.security [--per-class N] [--otter PYTHON] [--jobs N] [--kept FILE]

``--otter`` names the Python of an environment of its own (``python -m venv otter; otter/bin/pip
install torch otter-grader ipykernel``). Both other graders get the exercise with ordinary visible
and hidden assert tests, and run inside bubblewrap with a private copy of the course, because the
attacks are real. Each grader first has to tell a right answer from a wrong one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.examine import examine
from autograder.judge.grade import Progress, grade
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.judge.schedule import workers
from autograder.nbgrader_plugin.configuration import configuration
from autograder.nbgrader_plugin.writer import Writer
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.lessons import find_lesson
from tests.autograder.attack_ground import ANSWER, Ground, ground
from tests.autograder.attacks import Attack, corpus
from tests.autograder.attacks_of_notebooks import ATTACKS, Desk, NoSuchCell, NotebookAttack
from tests.autograder.fake_class import make_course, submit

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- security table -->", "<!-- end of security table -->"
SECONDS = 90
HARMFUL = ("resources", "ending: everything killed", "neighbours: every process signalled")
VISIBLE = "assert causal_mask(1).tolist() == [[True]]\n"
HIDDEN = (
    "for n in (2, 3, 5):\n    mask = causal_mask(n)\n    assert mask.dtype == torch.bool\n"
    "    assert torch.equal(mask, torch.ones(n, n, dtype=torch.bool).tril())\n"
)
IMPORTS = "import math\nimport numpy as np\nimport torch\n"
LESSON = find_lesson("attention")
RIGHT = answer_text("causal_mask")
WRONG = "def causal_mask(length):\n    return 0\n"
POINTS = 2
Rows = dict[str, dict[str, dict[str, int]]]
"""{class: {grader: {what an attack came to: how often}}}."""
Score = tuple[float | None, float]
"""What an attack scored (None: it got no grade), and what it is worth."""


class Grader(Protocol):
    """Grades a hostile answer, or a hostile submission, on a ground of canaries."""

    def answer(self, attack: Attack, places: Ground) -> Score:
        """Grade one exercise's text; return its points and what it is worth."""
        ...

    def notebook(self, attack: NotebookAttack, places: Ground) -> Score:
        """Grade a submission folder beside an honest one; return its points and its worth."""
        ...


class Ours:
    """This judge. A notebook is graded in a course with lesson 04, as ``autograder grade`` does."""

    def __init__(self, warm: WarmProcess, workers: Executor, released: Path) -> None:
        self.warm, self.workers = warm, workers
        self.lock = threading.Lock()  # one writer at a time
        self.released = make_course(released / "course", [LESSON])

    def answer(self, attack: Attack, places: Ground) -> Score:
        text = places.fill(attack.text)
        subject = ProcessSubject(attack.exercise, text, self.warm, seconds=6.0)
        return examine(spec_of(attack.exercise), subject).score, attack.worth

    def notebook(self, attack: NotebookAttack, places: Ground) -> Score:
        course = Path(shutil.copytree(self.released, places.course / "judge"))
        submit(course, "honest", LESSON, {"causal_mask": RIGHT})
        folder = submit(course, "a", LESSON, {"causal_mask": WRONG}).parent
        attack.hand_in(_desk(folder, course, RIGHT))
        with self.lock:
            writer = Writer(configuration(course), LESSON.notebook)
            try:
                grade(writer, Progress(LESSON.notebook), self.workers)
            finally:
                writer.end()
        return _score(course), attack.worth * spec_of("causal_mask").points


class Stock:
    """nbgrader's own ``autograde``, in a course with visible and hidden asserts."""

    def __init__(self, released: Path) -> None:
        self.released = released / "stock"
        _write(_notebook(f"### BEGIN SOLUTION\n{ANSWER}### END SOLUTION", HIDDEN), self._source)
        config = "c = get_config()\nc.CourseDirectory.root='.'\n"
        (self.released / "nbgrader_config.py").write_text(config)
        self._run("generate_assignment", self.released, self.released)

    @property
    def _source(self) -> Path:
        return self.released / "source" / "masks" / "masks.ipynb"

    def _run(self, command: str, course: Path, writable: Path) -> None:
        _confined([sys.executable, "-m", "nbgrader", command, "masks"], course, writable)

    def answer(self, attack: Attack, places: Ground) -> Score:
        course = Path(shutil.copytree(self.released, places.course / "nbgrader"))
        self._submit(course, "a", places.fill(attack.text))
        self._run("autograde", course, places.course)
        return _score(course), attack.worth

    def notebook(self, attack: NotebookAttack, places: Ground) -> Score:
        course = Path(shutil.copytree(self.released, places.course / "nbgrader"))
        self._submit(course, "honest", ANSWER)
        folder = self._submit(course, "a", WRONG).parent
        attack.hand_in(_desk(folder, course, ANSWER))
        self._run("autograde", course, places.course)
        return _score(course), attack.worth * POINTS

    def _submit(self, course: Path, student: str, answer: str) -> Path:
        return _write(_notebook(answer), course / "submitted" / student / "masks" / "masks.ipynb")


class Otter:
    """``otter run`` of another environment; its tests are not in the notebook."""

    def __init__(self, python: Path, released: Path) -> None:
        self.program = [str(python), "-m", "otter"]
        self.released = released / "otter"
        (self.released / "tests").mkdir(parents=True)
        test = "OK_FORMAT = False\nimport torch\nfrom otter.test_files import test_case\n"
        test += "name = 'q1'\npoints = 2\n\n@test_case(points=1)\ndef visible(causal_mask):\n"
        test += _indented(VISIBLE) + "\n@test_case(points=1, hidden=True)\n"
        test += "def not_visible(causal_mask):\n" + _indented(HIDDEN)
        (self.released / "tests" / "q1.py").write_text(test)
        words = ["generate", "-t", "tests", "-o", "grader.zip", "--no-environment"]
        _confined([*self.program, *words], self.released, self.released)

    def answer(self, attack: Attack, places: Ground) -> Score:
        folder = Path(shutil.copytree(self.released, places.course / "otter"))
        _write(_unmarked(places.fill(attack.text)), folder / "a" / "masks" / "masks.ipynb")
        return self._run(folder, places.course), attack.worth

    def notebook(self, attack: NotebookAttack, places: Ground) -> Score:
        folder = Path(shutil.copytree(self.released, places.course / "otter"))
        _write(_unmarked(ANSWER), folder / "honest" / "masks" / "masks.ipynb")
        file = _write(_unmarked(WRONG), folder / "a" / "masks" / "masks.ipynb")
        attack.hand_in(_desk(file.parent, folder, ANSWER, marked=False))
        return self._run(folder, places.course), attack.worth * POINTS

    def _run(self, folder: Path, writable: Path) -> float | None:
        words = ["run", "-a", "grader.zip", "-o", ".", "a/masks/masks.ipynb"]
        _confined([*self.program, *words], folder, writable)
        results = folder / "results.json"
        if not results.is_file():
            return None
        found = json.loads(results.read_text())["tests"]
        return float(sum(test.get("score", 0) for test in found))


def _desk(folder: Path, course: Path, right: str, marked: bool = True) -> Desk:
    honest = folder.parent.parent / "honest" / folder.name
    return Desk(folder, course, honest, "causal_mask", right, WRONG, marked)


def _solve(desk: Desk, notebook: dict[str, Any]) -> None:
    desk.answer(notebook)["source"] = desk.right


def _score(course: Path) -> float | None:
    """Return what student ``a`` has in a course's gradebook; None where there is no grade."""
    query = (
        "select grade.auto_score from grade "
        "join submitted_notebook on submitted_notebook.id = grade.notebook_id "
        "join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id "
        "where submitted_assignment.student_id = 'a'"
    )
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        scores = [score for (score,) in database.execute(query) if score is not None]
    return sum(scores) if scores else None


def _write(notebook: nbformat.NotebookNode, file: Path) -> Path:
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)
    return file


def _unmarked(answer: str) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_code_cell(IMPORTS), new_code_cell(answer)])


def _notebook(answer: str, hidden: str = "") -> nbformat.NotebookNode:
    def marks(name: str, **more: object) -> dict[str, object]:
        own = {"grade_id": name, "schema_version": 3, "locked": False, "task": False}
        return {"nbgrader": own | {"grade": False, "solution": False} | more}

    tests = VISIBLE
    if hidden:
        tests += f"### BEGIN HIDDEN TESTS\n{hidden}### END HIDDEN TESTS\n"
    test = marks("test", grade=True, points=POINTS, locked=True)
    cells = [
        new_code_cell(IMPORTS, id="imports"),
        new_code_cell(answer, metadata=marks("answer", solution=True), id="answer"),
        new_code_cell(tests, metadata=test, id="test"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _confined(words: list[str], folder: Path, writable: Path) -> None:
    """Run a grader where its submission can reach its course, and nothing else for writing."""
    command = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    command += ["--bind", str(writable), str(writable), "--tmpfs", "/dev/shm"]
    command += ["--unshare-pid", "--unshare-ipc", "--die-with-parent", "--chdir", str(folder)]
    path = f"{Path(words[0]).parent}:/usr/bin:/bin"
    for name, value in (("HOME", folder), ("TMPDIR", folder), ("PATH", path)):
        command += ["--setenv", name, str(value)]
    command += ["--unsetenv", "PYTHONPATH", "--cap-drop", "ALL"]
    limits = ["prlimit", "--as=8000000000", "--fsize=100000000", "--cpu=60"]
    subprocess.run(
        [*limits, "timeout", "-k", "5", str(SECONDS), *command, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def run(graders: dict[str, Grader], per_class: int, jobs: int, kept: Path | None) -> str:
    """Return the table: how many attacks of each class win against each grader.

    What came of a class is written to ``kept``, and classes that stand there are not run again.
    """
    rows: Rows = json.loads(kept.read_text()) if kept and kept.is_file() else {}
    with ThreadPoolExecutor(jobs) as pool:
        for group, attacks in _classes(per_class).items():
            if group not in rows:
                rows[group] = {
                    name: _outcomes(group, attacks, name, grader, pool)
                    for name, grader in graders.items()
                }
                if kept:
                    kept.write_text(json.dumps(rows, indent=1))
                print(_line(group, rows[group], list(graders)), flush=True)
    return _table(rows, list(graders))


def _table(rows: Rows, names: list[str]) -> str:
    everything = {
        name: dict(sum((Counter(r[name]) for r in rows.values()), Counter())) for name in names
    }
    return "\n".join(
        [
            "| class | attacks | " + " | ".join(names) + " |",
            "|---|---|" + "---|" * len(names),
            *(_line(group, row, names) for group, row in rows.items()),
            _line("all", everything, names),
        ]
    )


def _line(group: str, row: dict[str, dict[str, int]], names: list[str]) -> str:
    """Return a line of the table: attacks that win, that get no grade, that were not run."""
    cells = []
    for name in names:
        found = Counter(row[name])
        words = [f"{found['win']} win"]
        words += [f"{found[kind]} {kind}" for kind in ("without a grade", "not run") if found[kind]]
        cells.append(", ".join(words))
    return f"| {group} | {sum(row[names[0]].values())} | " + " | ".join(cells) + " |"


def require_sound(name: str, grader: Grader) -> None:
    """Stop where a grader does not grade: a right answer earns points, a wrong one none."""
    wrong, right = Attack(WRONG), Attack(ANSWER)
    untouched, solved = NotebookAttack(lambda desk, notebook: None), NotebookAttack(_solve)
    for honest, share in ((right, 1), (solved, 1), (wrong, 0), (untouched, 0)):
        with tempfile.TemporaryDirectory() as folder, ground(Path(folder)) as places:
            score, _ = _graded(honest, grader, places)
        if score is None or (score > 0) != (share > 0):
            sys.exit(f"{name} gives {score} to an honest answer that is worth {share} of 1.")


def _classes(per_class: int) -> dict[str, dict[str, Attack | NotebookAttack]]:
    """Return the attacks by class: answers to one exercise first, then whole submissions."""
    found: dict[str, dict[str, Attack | NotebookAttack]] = {}
    for group, answers in corpus().items():
        for name, attack in answers.items():
            if attack.exercise == "causal_mask":
                found.setdefault(group.replace("_", " "), {})[name] = attack
    found |= {f"notebook: {group}": dict(made) for group, made in ATTACKS.items()}
    return {group: dict(list(made.items())[:per_class]) for group, made in found.items()}


def _outcomes(
    group: str,
    attacks: dict[str, Attack | NotebookAttack],
    name: str,
    grader: Grader,
    pool: Executor,
) -> dict[str, int]:
    """Return how often an attack of one class came to what."""

    def outcome(title: str) -> str:
        if name != "this judge" and (group in HARMFUL or f"{group}: {title}" in HARMFUL):
            return "not run"
        try:
            return _outcome(f"{name}: {group}: {title}", attacks[title], grader)
        except NoSuchCell:
            return "not run"

    return dict(Counter(pool.map(outcome, attacks)))


def _graded(attack: Attack | NotebookAttack, grader: Grader, places: Ground) -> Score:
    if isinstance(attack, Attack):
        return grader.answer(attack, places)
    return grader.notebook(attack, places)


def _outcome(told: str, attack: Attack | NotebookAttack, grader: Grader) -> str:
    with tempfile.TemporaryDirectory() as folder, ground(Path(folder)) as places:
        canaries = _canaries(places)
        score, worth = _graded(attack, grader, places)
        changed = _canaries(places) != canaries
    if (score or 0) > worth or changed:
        why = "a file changed" if changed else f"{score:g} for {worth:g}"
        print(f"  {told} wins ({why})", file=sys.stderr, flush=True)
        return "win"
    return "held" if score is not None else "without a grade"


def _canaries(places: Ground) -> list[bytes | None]:
    names = ("solution.py", "submitted/other/answer.py", "gradebook.db", "left")
    files = [places.course / name for name in names]
    files += places.course.rglob("*/left")
    return [file.read_bytes() if file.is_file() else None for file in files]


def main() -> None:
    """Run what the command line asks for and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-class", type=int, default=1000)
    parser.add_argument("--otter", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kept", type=Path, help="go on from what is kept in this file")
    options = parser.parse_args()
    with (
        WarmProcess(secure=True) as warm,
        workers(options.jobs) as pool,
        tempfile.TemporaryDirectory() as folder,
    ):
        released = Path(folder)
        graders: dict[str, Grader] = {
            "this judge": Ours(warm, pool, released),
            "nbgrader": Stock(released),
        }
        if options.otter:
            graders["Otter"] = Otter(options.otter.absolute(), released)
        for name, grader in graders.items():
            require_sound(name, grader)
        table = run(graders, options.per_class, options.jobs, options.kept)
    command = "python -m benchmarks.security"
    if options.per_class < 1000:
        command += f" --per-class {options.per_class}"
    if options.otter:
        command += " --otter otter/bin/python"
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    words = f"{BEGIN}\n{date.today()}, `{command}`:\n\n{table}\n{END}"
    PAGE.write_text(before + words + after, encoding="utf-8")


if __name__ == "__main__":
    main()
