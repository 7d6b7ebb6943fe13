"""Run the attacks against this judge, nbgrader and Otter; write the table of docs/security.md.

    python -m benchmarks.security [--per-class N] [--otter PYTHON]

``--otter`` names the Python of an environment with otter-grader in it (``python -m venv otter;
otter/bin/pip install otter-grader``); PyTorch is lent to it from this environment. Both other
graders get the exercise with ordinary visible and hidden assert tests, and run inside bubblewrap
with a private copy of the course, because the attacks are real.
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
from collections.abc import Callable
from datetime import date
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.examine import examine
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.specs import spec_of
from tests.autograder.attack_ground import Ground, ground
from tests.autograder.attacks import Attack, corpus

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- security table -->", "<!-- end of security table -->"
SECONDS = 120
HARMFUL = ("resources", "ending: everything killed", "neighbours: every process signalled")
VISIBLE = "assert causal_mask(1).tolist() == [[True]]\n"
HIDDEN = (
    "for n in (2, 3, 5):\n    mask = causal_mask(n)\n    assert mask.dtype == torch.bool\n"
    "    assert torch.equal(mask, torch.ones(n, n, dtype=torch.bool).tril())\n"
)
IMPORTS = "import math\nimport numpy as np\nimport torch\n"
Grader = Callable[[Attack, Ground], tuple[float | None, float]]


def ours(warm: WarmProcess) -> Grader:
    """Return a grader that scores with this judge."""

    def grade(attack: Attack, places: Ground) -> tuple[float | None, float]:
        subject = ProcessSubject(attack.exercise, places.fill(attack.text), warm, seconds=3.0)
        verdict = examine(spec_of(attack.exercise), subject)
        return verdict.score, attack.worth

    return grade


def nbgrader(released: Path) -> Grader:
    """Return a grader that scores with nbgrader's ``autograde``; ``released`` holds a course."""
    program = [sys.executable, "-m", "nbgrader"]
    (released / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.root='.'\n")
    _write(_notebook(""), released / "source" / "work" / "work.ipynb")
    _confined([*program, "generate_assignment", "work"], released, released)

    def grade(attack: Attack, places: Ground) -> tuple[float | None, float]:
        course = places.course / "nbgrader"
        shutil.copytree(released, course)
        answer = _notebook(places.fill(attack.text))
        _write(answer, course / "submitted" / "a" / "work" / "work.ipynb")
        _confined([*program, "autograde", "work"], course, places.course)
        with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
            rows = database.execute("select auto_score from grade").fetchall()
        scores = [score for (score,) in rows if score is not None]
        return (sum(scores) if scores else None), 0.0

    return grade


def _write(notebook: nbformat.NotebookNode, file: Path) -> None:
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)


def _notebook(answer: str) -> nbformat.NotebookNode:
    def marks(name: str, **more: object) -> dict[str, object]:
        own = {"grade_id": name, "schema_version": 3, "locked": False, "task": False}
        return {"nbgrader": own | {"grade": False, "solution": False} | more}

    hidden = f"### BEGIN HIDDEN TESTS\n{HIDDEN}### END HIDDEN TESTS\n"
    tests = VISIBLE if answer else VISIBLE + hidden
    cells = [
        new_code_cell(IMPORTS, id="imports"),
        new_code_cell(
            answer or "### BEGIN SOLUTION\n### END SOLUTION",
            metadata=marks("answer", solution=True),
            id="answer",
        ),
        new_code_cell(tests, metadata=marks("test", grade=True, points=2, locked=True), id="test"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def otter(python: Path) -> Grader:
    """Return a grader that scores with ``otter run`` of that environment."""

    def grade(attack: Attack, places: Ground) -> tuple[float | None, float]:
        folder = places.course / "otter"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "tests").mkdir(parents=True)
        test = "OK_FORMAT = False\nimport torch\nfrom otter.test_files import test_case\n"
        test += "name = 'q1'\npoints = 2\n\n@test_case(points=1)\ndef visible(causal_mask):\n"
        test += _indented(VISIBLE) + "\n@test_case(points=1, hidden=True)\n"
        test += "def not_visible(causal_mask):\n" + _indented(HIDDEN)
        (folder / "tests" / "q1.py").write_text(test)
        cells = [new_code_cell(IMPORTS), new_code_cell(places.fill(attack.text))]
        nbformat.write(new_notebook(cells=cells), folder / "work.ipynb")
        program = [str(python), "-m", "otter"]
        _confined(
            [*program, "generate", "-t", "tests", "-o", "grader.zip", "--no-environment"],
            folder,
            places.course,
        )
        _confined(
            [*program, "run", "-a", "grader.zip", "-o", ".", "work.ipynb"], folder, places.course
        )
        results = folder / "results.json"
        if not results.is_file():
            return None, 0.0
        found = json.loads(results.read_text())["tests"]
        return float(sum(test.get("score", 0) for test in found)), 0.0

    return grade


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _confined(words: list[str], folder: Path, writable: Path) -> None:
    """Run a grader where its submission can reach its course, and nothing else for writing."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    command = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    command += ["--bind", str(writable), str(writable), "--tmpfs", "/dev/shm"]
    command += ["--unshare-pid", "--unshare-ipc", "--die-with-parent", "--chdir", str(folder)]
    path = f"{Path(words[0]).parent}:/usr/bin:/bin"
    for name, value in (("HOME", folder), ("TMPDIR", folder), ("PATH", path)):
        command += ["--setenv", name, str(value)]
    if "otter" in words:
        command += ["--setenv", "PYTHONPATH", f"{folder}:{packages}"]
    limits = ["prlimit", "--as=8000000000", "--fsize=100000000", "--cpu=60"]
    subprocess.run(
        [*limits, "timeout", "-k", "5", str(SECONDS), *command, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def run(graders: dict[str, Grader], per_class: int) -> str:
    """Return the table: how many attacks of each class win against each grader."""
    lines = [
        "| class | attacks | " + " | ".join(graders) + " |",
        "|---|---|" + "---|" * len(graders),
    ]
    sums = dict.fromkeys(graders, 0)
    total = 0
    for group, attacks in corpus().items():
        chosen = [(n, a) for n, a in attacks.items() if a.exercise == "causal_mask"][:per_class]
        cells = [_cell(group, chosen, name, grader, sums) for name, grader in graders.items()]
        total += len(chosen)
        lines.append(f"| {group.replace('_', ' ')} | {len(chosen)} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    lines.append(f"| all | {total} | " + " | ".join(f"{n} win" for n in sums.values()) + " |")
    return "\n".join(lines)


def _cell(
    group: str, attacks: list[tuple[str, Attack]], name: str, grader: Grader, sums: dict[str, int]
) -> str:
    """Return what came of one class: attacks that win, that get no grade, that were not run."""
    wins = lost = skipped = 0
    for title, attack in attacks:
        if name != "this judge" and (group in HARMFUL or f"{group}: {title}" in HARMFUL):
            skipped += 1
            continue
        with tempfile.TemporaryDirectory() as folder, ground(Path(folder)) as places:
            canaries = _canaries(places)
            score, worth = grader(attack, places)
            won = (score or 0) > worth or _canaries(places) != canaries
            wins += won
            lost += score is None and not won
            if won:
                print(f"  {name}: {group}: {title} wins ({score})", file=sys.stderr, flush=True)
    sums[name] += wins
    words = [f"{wins} win"] + [f"{lost} without a grade"] * bool(lost)
    return ", ".join(words + [f"{skipped} not run"] * bool(skipped))


def _canaries(places: Ground) -> list[bytes | None]:
    names = ("solution.py", "submitted/other/answer.py", "gradebook.db", "left")
    files = [places.course / name for name in names]
    return [file.read_bytes() if file.is_file() else None for file in files]


def main() -> None:
    """Run what the command line asks for and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-class", type=int, default=1000)
    parser.add_argument("--otter", type=Path)
    options = parser.parse_args()
    with WarmProcess(secure=True) as warm, tempfile.TemporaryDirectory() as released:
        graders = {"this judge": ours(warm), "nbgrader": nbgrader(Path(released))}
        if options.otter:
            graders["Otter"] = otter(options.otter.absolute())
        table = run(graders, options.per_class)
    command = " ".join(["python -m benchmarks.security", *sys.argv[1:]])
    if options.otter:
        command = command.replace(str(options.otter), "otter/bin/python")
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    words = f"{BEGIN}\n{date.today()}, `{command}`:\n\n{table}\n{END}"
    PAGE.write_text(before + words + after, encoding="utf-8")


if __name__ == "__main__":
    main()
