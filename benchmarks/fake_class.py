"""A made-up class of lesson 04, with the mistakes, habits and accidents of a class.

    python benchmarks/fake_class.py FOLDER

makes a course in FOLDER, lets them submit, grades it, and writes
feedback, ``report.html`` (for the teacher) and ``class.html`` (without names, to be shown).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat

from autograder.course import init_course
from autograder.texts import exercise_text
from minitransformer.lessons import find_lesson

LESSON = find_lesson("attention")
ATTENTION, PADDING, CAUSAL = LESSON.parts

LONG_WAY = """\
    batch_shape = query.shape[:-2]
    width = query.shape[-1]
    alignment = torch.einsum("...qd,...kd->...qk", query, key) * width ** -0.5
    if mask is None:
        mask = torch.ones(1, dtype=torch.bool, device=query.device)
    allowed = mask.expand(*batch_shape, query.shape[-2], key.shape[-2])
    lowest = torch.full_like(alignment, torch.finfo(alignment.dtype).min)
    alignment = torch.where(allowed, alignment, lowest)
    largest = alignment.max(dim=-1, keepdim=True).values
    powers = torch.exp(alignment - largest)
    shares = powers / powers.sum(dim=-1, keepdim=True)
    shares = torch.where(allowed, shares, torch.zeros_like(shares))
    blended = torch.einsum("...qk,...kd->...qd", shares, value)
    return blended, shares
"""

BODIES = {
    "right": """\
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is None:
        weights = softmax(scores, dim=-1)
    else:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = softmax(scores, dim=-1) * mask
    return weights @ value, weights
""",
    "right, other names": """\
    d = key.shape[-1]
    s = torch.matmul(query, key.mT) / d ** 0.5  # how well they fit
    if mask is not None:
        s = s.masked_fill(mask == False, -1e30)
    w = softmax(s)
    if mask is not None:
        w = w * mask
    return torch.matmul(w, value), w
""",
    "no scale": """\
    scores = query @ key.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = softmax(scores, dim=-1)
    if mask is not None:
        weights = weights * mask
    return weights @ value, weights
""",
    "d_k": """\
    scores = query @ key.transpose(-2, -1) / query.size(-1)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = softmax(scores, dim=-1)
    if mask is not None:
        weights = weights * mask
    return weights @ value, weights
""",
    "nan": """\
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = softmax(scores, dim=-1)
    return weights @ value, weights
""",
    "mask after": """\
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    weights = softmax(scores, dim=-1)
    if mask is not None:
        weights = weights * mask
    return weights @ value, weights
""",
    "mask inverted": """\
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask, float("-inf"))
    weights = softmax(scores, dim=-1)
    return weights @ value, weights
""",
    "own mistake": """\
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores + mask
    weights = softmax(scores, dim=-1)
    return weights @ value + 0.01, weights
""",
    "the library's": """\
    weights = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return output, softmax(weights)
""",
    "does not run": "    scores = query @ key.transpose(-2, -1\n    return scores\n",
    "endless": "    while True:\n        query = query + 0\n    return query, query\n",
    "long way": LONG_WAY,
    "long way, renamed": "    # written by me\n"
    + LONG_WAY.replace("alignment", "fit").replace("shares", "a").replace("blended", "result"),
}
PADDING_BODIES = {
    "right": "    return (ids != pad_id)[:, None, None, :]\n",
    "right, other names": "    keep = ids.ne(pad_id)\n    return keep.unsqueeze(1).unsqueeze(2)\n",
    "no axes": "    return ids != pad_id\n",
    "inverted": "    return (ids == pad_id)[:, None, None, :]\n",
    "zero": "    return (ids != 0).unsqueeze(1).unsqueeze(1)\n",
}
CAUSAL_BODIES = {
    "right": "    return torch.ones(length, length, dtype=torch.bool).tril()\n",
    "right, other names": "    i = torch.arange(length)\n    return i[None, :] <= i[:, None]\n",
    "off by one": "    return torch.ones(length, length, dtype=torch.bool).tril(-1)\n",
    "numbers": "    return torch.tril(torch.ones(length, length))\n",
    "true hides": "    return torch.triu(torch.ones(length, length, dtype=torch.bool), 1)\n",
}
RENAMED, EMPTY = "my homework (final).ipynb", "an empty file"

STUDENTS: dict[str, tuple[str, str, str]] = {
    "abadi": ("right", "right", "right"),
    "bahdanau": ("right, other names", "right, other names", "right, other names"),
    "bengio": ("nan", "right", "right"),
    "cho": ("nan", "no axes", "right, other names"),
    "devlin": ("no scale", "right", "off by one"),
    "elman": ("mask after", "right", "numbers"),
    "firth": ("no scale", "no axes", "right"),
    "graves": ("right", "right, other names", "right, other names"),
    "hinton": ("nan", "inverted", "right"),
    "hochreiter": ("long way", "right", "right"),
    "jordan": ("long way, renamed", "right", "right"),
    "kaiser": ("right", "right", "right, other names"),
    "kalchbrenner": ("own mistake", "zero", "true hides"),
    "lecun": ("mask inverted", "inverted", "true hides"),
    "luong": ("d_k", "right", "right"),
    "markov": ("", "", ""),
    "mikolov": ("no scale", "no axes", "off by one"),
    "pascanu": ("does not run", "right", "right"),
    "pennington": ("nan", "right, other names", "right"),
    "radford": ("the library's", "right", "right"),
    "rumelhart": ("right", "no axes", "off by one"),
    "schmidhuber": ("endless", "right", "right"),
    "shannon": ("right, other names", "zero", "right"),
    "sutskever": ("nan", "right", "numbers"),
    "uszkoreit": ("right", "right", "right"),
}
ABSENT = ("turing", "vaswani")


def answers_of(student: str) -> dict[str, str]:
    """Return the cells of one student; an exercise left out keeps its released text."""
    kinds = zip(LESSON.parts, STUDENTS[student], (BODIES, PADDING_BODIES, CAUSAL_BODIES))
    return {part: answer(part, bodies[kind]) for part, kind, bodies in kinds if kind}


def answer(part: str, body: str) -> str:
    """Return an exercise cell with ``body`` in place of the line to be replaced."""
    return exercise_text(part).replace("    raise NotImplementedError\n", body)


def submit_all(course: Path) -> None:
    """Put every student's notebook where ``nbgrader collect`` would put it."""
    name = f"{LESSON.notebook}.ipynb"
    for student in STUDENTS:
        notebook = nbformat.read(course / "release" / LESSON.notebook / name, as_version=4)
        answers = answers_of(student)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(grade_id, cell.source)
            if grade_id == "explain_attention" and student != "markov":
                cell.source = cell.source.replace("*Write your answer here.*", "It saturates.")
        folder = course / "submitted" / student / LESSON.notebook
        folder.mkdir(parents=True)
        text = nbformat.writes(notebook)
        file = folder / ("my homework (final).ipynb" if student == "graves" else name)
        file.write_text(text[: len(text) * 3 // 5] if student == "kaiser" else text)


def make(folder: Path) -> None:
    """Make the course, the class and everything that is written about it."""
    init_course(folder, (LESSON,))
    _run(folder, "nbgrader", "generate_assignment", LESSON.notebook)
    enrol(folder)
    submit_all(folder)
    _run(folder, "autograder.cli", "grade", LESSON.notebook)
    _run(folder, "nbgrader", "generate_feedback", LESSON.notebook)
    _run(folder, "autograder.cli", "report", LESSON.notebook, "--html", "report.html")
    _run(folder, "autograder.cli", "report", "--for-class", "--html", "class.html")


def enrol(folder: Path) -> None:
    """Put everybody into the gradebook, those who will not submit included."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder.resolve()}/gradebook.db") as gradebook:
        for student in (*STUDENTS, *ABSENT):
            gradebook.update_or_create_student(student)


def _run(folder: Path, module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
