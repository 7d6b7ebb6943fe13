"""Grading is interrupted, killed, or cannot write: it says so, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import Executor
from pathlib import Path

import pytest

from autograder.judge.cache import FOLDER
from autograder.judge.examination import Examination, judge_here, source_version
from autograder.judge.grade import Progress, alone, grade
from autograder.judge.schedule import workers
from autograder.nbgrader_plugin.configuration import configuration
from autograder.nbgrader_plugin.writer import Writer
from minitransformer.errors import CourseError
from minitransformer.lessons import find_lesson
from tests.autograder.fake_class import environment, make_course, submit_class
from tests.autograder.gradebook_rows import course_state

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("grade")]

LESSON = find_lesson("softmax").notebook
STUDENTS = 14  # enough for Ctrl-C to come in time


def run(course: Path, executor: Executor, db_url: str = "", force: bool = False) -> Progress:
    """Grade the lesson with these workers, into another gradebook where ``db_url`` says so."""
    config = configuration(course)
    if db_url:
        config.CourseDirectory.db_url = db_url
    progress = Progress(LESSON)
    writer = Writer(config, LESSON)
    try:
        grade(writer, progress, executor, force=force)
    finally:
        writer.end()
    return progress


@pytest.fixture(scope="module")
def pool():
    with workers(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def submitted(tmp_path_factory):
    """An ungraded course without a verdict in its cache."""
    course = make_course(tmp_path_factory.mktemp("made") / "course", [find_lesson("softmax")])
    submit_class(course, find_lesson("softmax"), STUDENTS)
    return course


@pytest.fixture(scope="module")
def graded(submitted, pool, tmp_path_factory):
    course = Path(shutil.copytree(submitted, tmp_path_factory.mktemp("graded") / "course"))
    run(course, pool)
    return course


@pytest.fixture
def ungraded(submitted, graded, tmp_path):
    """The course before grading, with every verdict in the cache."""
    course = Path(shutil.copytree(submitted, tmp_path / "course"))
    shutil.copytree(graded / FOLDER, course / FOLDER)
    return course


NOBODY = Executor()
"""Workers that cannot work: whoever needs one has lost a verdict."""


def test_a_torn_or_foreign_cache_file_is_told_and_its_answer_examined_again(
    ungraded, graded, pool, caplog
):
    first, second, *others = sorted((ungraded / FOLDER).glob("*/*.json"))
    first.write_text(first.read_text()[:-20])
    second.write_text(others[0].read_text())
    assert run(ungraded, pool).examined == 2
    assert sum("torn or foreign" in record.message for record in caplog.records) == 2
    assert course_state(ungraded) == course_state(graded)
    assert run(ungraded, NOBODY, force=True).examined == 0


def test_a_locked_gradebook_is_one_sentence_and_grading_goes_on_later(ungraded, graded):
    file = ungraded / "gradebook.db"
    with sqlite3.connect(file) as other:
        other.execute("begin immediate")
        with pytest.raises(CourseError, match=r"database is locked.*run the same command again"):
            run(ungraded, NOBODY, f"sqlite:///{file}?timeout=0.1")
        other.rollback()
    assert not (ungraded / "autograded").exists()
    run(ungraded, NOBODY)
    assert course_state(ungraded) == course_state(graded)


def test_a_read_only_gradebook_is_one_sentence_and_keeps_its_grades(graded, tmp_path):
    course = Path(shutil.copytree(graded, tmp_path / "course"))
    before = course_state(course)
    with pytest.raises(CourseError, match=r"readonly database.*writable for yourself"):
        run(course, NOBODY, f"sqlite:///file:{course}/gradebook.db?mode=ro&uri=true", force=True)
    assert course_state(course) == before


@pytest.mark.sandbox
def test_a_full_disk_is_one_sentence_and_with_room_the_grades_are_all_there(
    ungraded, graded, tmp_path
):
    state = tmp_path / "state.json"
    small = ["bwrap", "--dev-bind", "/", "/", "--size", "4000000", "--tmpfs", "/mnt"]
    python = [sys.executable, "-m", "tests.autograder.full_disk"]
    subprocess.run([*small, *python, str(ungraded), "/mnt", str(state), LESSON], check=True)
    found = json.loads(state.read_text())
    assert found["told"][-1] == "graded"
    refused = [told for told in found["told"] if told != "graded"]
    assert len(refused) >= 2
    assert all("run the same command again" in told for told in refused)
    assert found["state"] == json.loads(json.dumps(course_state(graded)))


def test_an_answer_at_which_the_judge_itself_fails_costs_only_itself(monkeypatch):
    def fails(examination: Examination, warm: object) -> None:
        raise ValueError("<b>from the answer</b>")

    monkeypatch.setattr("autograder.judge.examination.judged", fails)
    monkeypatch.setattr("autograder.judge.examination.warm_process", lambda secure: None)
    found = judge_here(Examination("softmax", "", 7), source_version())
    assert (found["verdict"]["score"], found["lasting"]) == (0, False)
    assert "graded by hand" in found["failed"] and "from the answer" not in found["html"]


def test_one_run_at_a_time_grades_a_course(ungraded):
    code = "import sys, pathlib; from autograder.judge.grade import alone\n"
    code += "with alone(pathlib.Path(sys.argv[1])): pass"
    with alone(ungraded):
        done = subprocess.run(
            [sys.executable, "-c", code, str(ungraded)], capture_output=True, text=True, check=False
        )
    assert "another run is grading" in done.stderr


LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from autograder.cli import main
main()
"""
"""The command, listening to Ctrl-C even where a shell started these tests in the background."""


def test_ctrl_c_keeps_what_is_graded_and_the_next_run_goes_on(submitted, graded, pool, tmp_path):
    course = Path(shutil.copytree(submitted, tmp_path / "course"))
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING, "grade", LESSON, "--jobs", "1", "--json"],
        cwd=course,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(course),
        bufsize=0,
    ) as command:
        shown = b""
        while b"1 of" not in shown:
            piece = command.stderr.read(200)
            assert piece, shown
            shown += piece
        command.send_signal(signal.SIGINT)
        told, rest = command.communicate(timeout=60)
    assert command.returncode == 1 and b"Traceback" not in shown + rest
    outcome = json.loads(told)
    assert outcome["stopped"] and 1 <= outcome["graded"] < STUDENTS
    progress = run(course, pool)
    assert progress.graded == STUDENTS - outcome["graded"]
    assert course_state(course) == course_state(graded)


def test_killed_and_run_again_the_gradebook_equals_that_of_a_serial_run(submitted, tmp_path):
    log = tmp_path / "kill.txt"
    course = Path(shutil.copytree(submitted, tmp_path / "course"))
    (course / "release" / "04_attention").mkdir()  # released, and nobody has submitted it yet
    kill = [sys.executable, "-m", "benchmarks.kill", "--kills", "4", "--course", str(course)]
    done = subprocess.run(
        [*kill, "--results", str(log)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(submitted),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equals the serial one" in done.stdout
    assert log.read_text().count("kill ") >= 4
