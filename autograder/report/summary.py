"""Count what a class did in one lesson: plain numbers, for a page or a program."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from autograder.report.alike import Group, groups
from autograder.report.gather import Gathered
from autograder.specification import Misconception
from minitransformer.lessons import LESSON_OF
from minitransformer.own_lessons import all_lessons

BINS = 10


@dataclass(frozen=True)
class Mistake:
    """A mistake that has a name, or a check that failed without one.

    ``share`` is of those who submitted; ``paragraph`` is the lesson's heading to teach again.
    """

    exercise: str
    id: str
    title: str
    explanation: str
    paragraph: str
    count: int
    share: float
    students: tuple[str, ...]


@dataclass(frozen=True)
class ExerciseReport:
    """How a class did in one exercise; counts are of submissions.

    ``decided`` is "in the kernel" for an instructor's own assert cell, else empty.
    """

    exercise: str
    points: float
    submissions: int
    right: int
    partly: int
    wrong: int
    not_filled_in: int
    mean_score: float
    seconds: float
    seconds_longest: float
    mistakes: tuple[Mistake, ...]
    decided: str = ""

    @property
    def pass_rate(self) -> float:
        """The share of the submissions in which every check passes."""
        return self.right / self.submissions if self.submissions else 0.0


@dataclass(frozen=True)
class StudentRow:
    """One student's submission; ``total`` is the gradebook's, hand-graded parts included."""

    student: str
    score: float
    points: float
    total: float | None
    total_points: float | None
    needs_hand_grading: bool
    right: tuple[str, ...]
    mistakes: tuple[str, ...]
    repairs: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class LessonReport:
    """Everything the report says about one lesson."""

    assignment: str
    title: str
    exercises: tuple[ExerciseReport, ...]
    students: tuple[StudentRow, ...]
    not_submitted: tuple[str, ...]
    distribution: tuple[int, ...]
    alike: tuple[Group, ...] = field(default_factory=tuple)
    unreadable: tuple[str, ...] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        """Return plain data for ``autograder report --json``."""
        data = asdict(self)
        for row, exercise in zip(data["exercises"], self.exercises):
            row["pass_rate"] = round(exercise.pass_rate, 4)
        return data


def lesson_report(found: Gathered) -> LessonReport:
    """Return the report on what was gathered about an assignment."""
    rows = tuple(_student_row(found, student) for student in sorted(found.verdicts))
    by_exercise: dict[str, dict[str, dict[str, Any]]] = {}
    for student in sorted(found.verdicts):
        for verdict in found.verdicts[student]:
            by_exercise.setdefault(verdict["exercise"], {})[student] = verdict
    known = list(LESSON_OF)
    names = sorted(by_exercise, key=lambda n: known.index(n) if n in known else len(known))
    title = next((lsn.title for lsn in all_lessons() if lsn.notebook == found.assignment), "")
    return LessonReport(
        assignment=found.assignment,
        title=title,
        exercises=tuple(_exercise_report(name, by_exercise[name]) for name in names),
        students=rows,
        not_submitted=tuple(sorted(found.students - set(found.verdicts))),
        distribution=_distribution([row.score / row.points for row in rows if row.points]),
        alike=tuple(group for name in names for group in _alike(name, by_exercise[name], found)),
        unreadable=tuple(found.unreadable),
    )


def _student_row(found: Gathered, student: str) -> StudentRow:
    verdicts = found.verdicts[student]
    total, most, by_hand = found.totals.get(student, (None, None, False))
    return StudentRow(
        student=student,
        score=round(sum(v["score"] for v in verdicts), 4),
        points=round(sum(v["points"] for v in verdicts), 4),
        total=total,
        total_points=most,
        needs_hand_grading=by_hand,
        right=tuple(v["exercise"] for v in verdicts if v["passed"]),
        mistakes=tuple(
            f"{v['exercise']}: {title}"
            for v in verdicts
            if not v["passed"]
            for _, title in _kinds(v)
        ),
        repairs=tuple(found.repairs.get(student, ())),
        flags=tuple(f"{v['exercise']}: {flag}" for v in verdicts for flag in v["flags"]),
    )


def _exercise_report(name: str, verdicts: dict[str, dict[str, Any]]) -> ExerciseReport:
    every = list(verdicts.values())
    filled_in = [v for v in every if v["answered"]]
    right = sum(v["passed"] for v in every)
    partly = sum(not v["passed"] and v["score"] > 0 for v in filled_in)
    seconds = [v["seconds"] for v in filled_in] or [0.0]
    return ExerciseReport(
        exercise=name,
        points=every[0]["points"],
        submissions=len(every),
        right=right,
        partly=partly,
        wrong=len(filled_in) - right - partly,
        not_filled_in=len(every) - len(filled_in),
        mean_score=round(sum(v["score"] for v in every) / len(every), 4),
        seconds=round(median(seconds), 3),
        seconds_longest=round(max(seconds), 3),
        mistakes=_mistakes(name, verdicts),
        decided=every[0].get("decided", ""),
    )


def _mistakes(exercise: str, verdicts: dict[str, dict[str, Any]]) -> tuple[Mistake, ...]:
    """Return the mistakes by frequency, those with a name before checks that failed without one."""
    wrong = {s: v for s, v in verdicts.items() if v["answered"] and not v["passed"]}
    made = [(kind, student) for student, verdict in wrong.items() for kind in _kinds(verdict)]
    told = _bank(exercise)
    rows = []
    for (id, title), count in Counter(kind for kind, _ in made).items():
        explanation, paragraph = (
            (told[id].explanation, told[id].paragraph) if id in told else ("",) * 2
        )
        students = tuple(student for kind, student in made if kind == (id, title))
        share = round(count / len(verdicts), 4)
        rows.append(Mistake(exercise, id, title, explanation, paragraph, count, share, students))
    return tuple(sorted(rows, key=lambda row: (-row.count, not row.id, row.title)))


def _kinds(verdict: dict[str, Any]) -> list[tuple[str, str]]:
    """Return id and title of each mistake in a wrong answer; what has no name has no id."""
    if not verdict["answered"]:
        return [("", "not filled in")]
    if verdict["diagnosis"]:
        told, message = _bank(verdict["exercise"]), verdict["diagnosis"]["message"]
        ids = verdict["diagnosis"]["id"].split("+")  # two mistakes at once count as each
        return [(id, told[id].title if id in told else message.split(". ")[0]) for id in ids]
    if verdict.get("decided"):
        return [("", f"its asserts do not hold: {_kind_of(verdict['problem'])}")]
    if verdict["problem"]:
        return [("", f"it could not be examined: {_kind_of(verdict['problem'])}")]
    titles = _check_titles(verdict["exercise"])
    failed = next((c["name"] for c in verdict["checks"] if not c["passed"]), "")
    return [("", f"no known mistake; the first check that fails: {titles.get(failed, failed)}")]


def _kind_of(problem: str) -> str:
    """Return the last line of a problem without what is this answer's own."""
    line = problem.strip().splitlines()[-1] if problem.strip() else ""
    return line.split(":")[0][:120]


def _bank(exercise: str) -> dict[str, Misconception]:
    if exercise not in LESSON_OF:
        return {}
    from autograder.misconceptions import misconceptions_of

    return {m.id: m for m in misconceptions_of(exercise)}


def _check_titles(exercise: str) -> dict[str, str]:
    if exercise not in LESSON_OF:
        return {}
    from autograder.specs import spec_of

    return {check.name: check.title for check in spec_of(exercise).checks}


def _alike(exercise: str, verdicts: dict[str, Any], found: Gathered) -> list[Group]:
    """Return the groups of near-identical answers among those who filled the exercise in."""
    if exercise not in LESSON_OF:
        return []
    from autograder.texts import answer_text, exercise_text

    written = [student for student, verdict in verdicts.items() if verdict["answered"]]
    texts = {s: found.answers.get(s, {}).get(exercise, "") for s in written}
    return groups(exercise, texts, exercise_text(exercise), answer_text(exercise))


def _distribution(shares: list[float]) -> tuple[int, ...]:
    """Return how many shares lie in each tenth, a full score in the last."""
    counts = [0] * BINS
    for share in shares:
        counts[min(int(share * BINS + 1e-9), BINS - 1)] += 1
    return tuple(counts)
