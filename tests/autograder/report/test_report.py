"""``autograder report``: what it counts, what it shows, and what it never shows."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import init_course
from autograder.judge.record import FOLDER, write_record
from autograder.report.gather import gather
from autograder.report.page import page
from autograder.report.summary import lesson_report
from autograder.report.table import table
from autograder.specs import spec_of
from minitransformer.errors import CourseError
from minitransformer.lessons import find_lesson

LESSON = find_lesson("attention")
NAME = LESSON.notebook
EVIL = "<img src=x onerror=alert(1)>\"'&"


def verdict(exercise, passed=False, score=0.0, mistake="", **more):
    """Return a verdict as a record holds it."""
    points = spec_of(exercise).points
    return {
        "exercise": exercise,
        "passed": passed,
        "score": points if passed else score,
        "points": points,
        "diagnosis": {"id": mistake, "message": f"Title of {mistake}. And why."}
        if mistake
        else None,
        "example": "",
        "checks": [
            {"name": check.name, "passed": passed, "message": ""}
            for check in spec_of(exercise).checks
        ],
        "flags": [],
        "answered": True,
        "problem": "",
        "seed": 1,
        "seconds": 0.5,
    } | more


def _verdicts(**of_first):
    first, *others = LESSON.parts
    return [verdict(first, **of_first), *(verdict(part, passed=True) for part in others)]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    init_course(folder, (LESSON,))
    students = {
        "ada": _verdicts(passed=True),
        "bob": _verdicts(mistake="no-scale"),
        "cyd": _verdicts(mistake="no-scale", score=2.0),
        "dan": _verdicts(mistake="no-scale+mask-ignored"),
        "eve": _verdicts(answered=False),
        "fay": _verdicts(problem="line 3: x\nit did not finish within 20 seconds", flags=["a cut"]),
        "gus": _verdicts(),
        f"hex {EVIL}": _verdicts(mistake=EVIL, flags=[EVIL], problem=EVIL),
    }
    for student, verdicts in students.items():
        repairs = [f"{EVIL}.ipynb was read"] if student == "bob" else []
        write_record(folder, NAME, student, NAME, verdicts, repairs)
    (folder / "submitted" / "zoe" / "03_positional_encoding").mkdir(parents=True)
    (folder / FOLDER / NAME / "torn.json").write_text("{")
    return folder


@pytest.fixture(scope="module")
def report(course):
    return lesson_report(gather(course, NAME))


def test_an_exercise_is_counted_by_how_it_was_answered(report):
    first = report.exercises[0]
    assert first.exercise == LESSON.parts[0]
    assert (first.right, first.partly, first.wrong, first.not_filled_in) == (1, 1, 5, 1)
    assert first.pass_rate == 1 / 8
    assert [row.pass_rate for row in report.exercises[1:]] == [1.0, 1.0]


def test_mistakes_are_counted_in_words_and_two_at_once_count_as_each(report):
    rows = {m.id: m for m in report.exercises[0].mistakes}
    assert rows["no-scale"].title == "Your scores are not divided by √d_k"
    assert rows["no-scale"].students == ("bob", "cyd", "dan")
    assert (rows["no-scale"].count, rows["no-scale"].share) == (3, 0.375)
    assert rows["no-scale"].paragraph == "The mathematics"
    assert rows["mask-ignored"].students == ("dan",)


def test_wrong_answers_without_a_name_are_told_by_what_fails(report):
    titles = {m.title: m.students for m in report.exercises[0].mistakes if not m.id}
    assert titles["it could not be examined: it did not finish within 20 seconds"] == ("fay",)
    assert any(title.startswith("no known mistake; the first check") for title in titles)


def test_an_instructors_assert_cell_is_counted_and_marked(tmp_path):
    own = verdict("softmax", problem="AssertionError: no", decided="in the kernel", checks=[])
    write_record(tmp_path, NAME, "ada", NAME, [own | {"exercise": "test_double"}], [])
    report = lesson_report(gather(tmp_path, NAME))
    (row,) = report.exercises
    assert (row.wrong, row.decided) == (1, "in the kernel")
    assert row.mistakes[0].title == "its asserts do not hold: AssertionError"
    assert "decided in the kernel" in page([report])


def test_who_has_not_submitted_is_named(report):
    assert report.not_submitted == ("zoe",)


def test_a_torn_record_is_named_and_the_others_count(report):
    assert report.unreadable == (f"{FOLDER}/{NAME}/torn.json",)
    assert len(report.students) == 8


def test_scores_are_sorted_into_tenths(report):
    assert sum(report.distribution) == 8
    assert report.distribution[9] == 1


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


def _tags(text):
    parser = _Tags()
    parser.feed(text)
    return parser.seen


@pytest.mark.parametrize("for_class", [False, True])
def test_the_page_opens_offline_and_runs_nothing(report, for_class):
    tags = _tags(page([report], for_class))
    assert not {"script", "link", "img", "iframe", "object", "base"} & {tag for tag, _ in tags}
    for _, attributes in tags:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "#").startswith("#")
        assert "src" not in attributes
    assert "url(" not in page([report]) and "@import" not in page([report])


def test_every_text_from_a_student_is_escaped(report):
    text = page([report])
    assert EVIL not in text and "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_tables_have_heads_and_pictures_have_words(report):
    tags = _tags(page([report]))
    assert all(a.get("scope") in ("col", "row") for tag, a in tags if tag == "th")
    pictures = [a for tag, a in tags if tag == "svg"]
    assert len(pictures) == 2
    assert all(a["role"] == "img" and a["aria-label"] for a in pictures)
    assert ("html", {"lang": "en"}) in tags


def test_the_page_for_the_class_names_nobody(report):
    text = page([report], for_class=True)
    assert "Your scores are not divided by √d_k" in text
    for name in ("ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hex", "zoe"):
        assert not re.search(rf"\b{name}\b", text)


def test_the_table_has_a_row_for_each_student_and_exercise(course):
    rows = list(csv.DictReader(io.StringIO(table([gather(course, NAME)]))))
    assert len(rows) == 8 * len(LESSON.parts) + 1
    of_bob = next(r for r in rows if r["student"] == "bob")
    assert of_bob["mistake"] == "no-scale" and of_bob["repairs"].endswith("was read")
    assert [r["answered"] for r in rows if r["student"] == "zoe"] == ["False"]


def test_no_cell_of_the_table_is_a_formula(tmp_path):
    write_record(tmp_path, NAME, "=cmd()", NAME, _verdicts(flags=["@x"]), ["+1"])
    for row in csv.DictReader(io.StringIO(table([gather(tmp_path, NAME)]))):
        assert not any(value[:1] in "=+-@" for value in row.values() if value)


# --- the command -----------------------------------------------------------------------------


def _run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def test_it_prints_the_main_figures(course):
    done = _run("4", "--course", course)
    assert done.exit_code == 0
    assert "8 submissions, 1 students have not submitted" in done.stdout
    assert "3 × Your scores are not divided by √d_k" in done.stdout


def test_it_writes_a_page_a_table_and_json(course, tmp_path):
    html, table = tmp_path / "r.html", tmp_path / "r.csv"
    done = _run("--course", course, "--html", html, "--csv", table, "--json")
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert table.read_text(encoding="utf-8").startswith("assignment,student,")
    (lesson,) = json.loads(done.stdout)
    assert lesson["exercises"][0]["pass_rate"] == 0.125
    assert lesson["not_submitted"] == ["zoe"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--course", "nowhere"], "holds no verdicts yet"),
        (["5"], "is not graded yet"),
        (["polka"], "no lesson is called"),
        (["--for-class"], "--html"),
        (["--html", "/proc/nowhere/x.html"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(course, arguments, words):
    more = [] if "--course" in arguments else ["--course", course]
    done = _run(*arguments, *more)
    assert isinstance(done.exception, CourseError)
    assert words in str(done.exception)
