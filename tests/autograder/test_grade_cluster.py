"""Beyond one machine: a real Dask scheduler, workers in processes of their own, PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.judge.cache import FOLDER
from autograder.judge.examination import Examination, judge_here
from autograder.judge.grade import Progress, grade
from autograder.judge.schedule import workers
from autograder.nbgrader_plugin.configuration import configuration
from autograder.nbgrader_plugin.writer import Writer
from minitransformer.errors import CourseError
from minitransformer.lessons import find_lesson
from tests.autograder.fake_class import environment, make_course, nbgrader, submit_class
from tests.autograder.gradebook_rows import course_state, rows_of

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("grade")]

LESSON = find_lesson("softmax").notebook
STUDENTS = 12


@pytest.fixture(scope="module")
def submitted(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("made") / "course", [find_lesson("softmax")])
    submit_class(course, find_lesson("softmax"), STUDENTS, unlike_others=True)
    return course


def _needs(package: str) -> None:
    """Skip where an optional package is missing; in CI it has to be there."""
    if "CI" not in os.environ:
        pytest.importorskip(package)


class Cluster:
    """A Dask scheduler and workers, each a process with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[str]] = []
        scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self._address(scheduler, "Scheduler at")
        self.workers = [self._worker(number) for number in range(2)]

    def _worker(self, number: int) -> subprocess.Popen[str]:
        own = self.folder / f"worker{number}"
        own.mkdir()
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(own)]
        worker = self._start("worker", self.address, *options, cwd=own)
        self._address(worker, "Start worker at")
        return worker

    def _start(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=cwd or self.folder,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(self.folder),
        )
        self.processes.append(process)
        return process

    def _address(self, process: subprocess.Popen[str], before: str) -> str:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(rf"{before}: *(tcp://\S+)", line):
                return found[1]
        raise AssertionError("a process of the cluster ended before it was ready")

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    _needs("distributed")
    made = Cluster(tmp_path)
    yield made
    made.end()


def run(
    course: Path, scheduler: str = "", db_url: str = "", tell=lambda progress: None
) -> Progress:
    config = configuration(course)
    if db_url:
        config.CourseDirectory.db_url = db_url
    progress = Progress(LESSON, tell=tell)
    with workers(1, scheduler) as executor:
        writer = Writer(config, LESSON)
        try:
            grade(writer, progress, executor)
        finally:
            writer.end()
    return progress


@pytest.fixture(scope="module")
def graded(submitted, tmp_path_factory):
    """The course graded by a worker of this machine."""
    course = Path(shutil.copytree(submitted, tmp_path_factory.mktemp("local") / "course"))
    run(course)
    return course


@pytest.mark.slow
def test_a_cluster_of_which_a_worker_is_killed_gives_the_gradebook_of_one_machine(
    submitted, graded, cluster, tmp_path
):
    course = Path(shutil.copytree(submitted, tmp_path / "course"))

    def kill_one(progress: Progress) -> None:
        if progress.graded == 2:
            os.kill(cluster.workers[0].pid, signal.SIGKILL)

    progress = run(course, cluster.address, tell=kill_one)
    assert cluster.workers[0].wait(timeout=10) == -signal.SIGKILL
    assert progress.graded == STUDENTS and progress.examined > 2
    assert course_state(course) == course_state(graded)


def test_a_worker_with_other_code_is_refused():
    with pytest.raises(CourseError, match="Install the same version there"):
        judge_here(Examination("softmax", "", 0), "of another day")


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_one_sentence():
    pytest.importorskip("distributed")
    with (
        pytest.raises(CourseError, match="no Dask scheduler answers"),
        workers(1, "tcp://127.0.0.1:9"),
    ):
        pass


def _postgres(program: str) -> list[str]:
    """Return a command that runs one of PostgreSQL's programs as an ordinary user."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    found = str(places[-1]) if places else shutil.which(program)
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    return ["setpriv", "--reuid=nobody", "--clear-groups", found] if os.getuid() == 0 else [found]


@pytest.fixture
def postgresql():
    """The address of an empty database of a server of our own, without a network port."""
    _needs("psycopg")
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path has to be short
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
    data = str(folder / "data")
    subprocess.run(
        [*_postgres("initdb"), "-D", data, "-U", "judge", "-A", "trust", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    options = ["-D", data, "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    server = subprocess.Popen([*_postgres("postgres"), *options], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    assert any("ready to accept" in line for line in server.stderr)
    yield f"postgresql+psycopg://judge@/postgres?host={folder}"
    server.send_signal(signal.SIGINT)
    server.wait(timeout=20)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_postgresql_as_gradebook_holds_the_rows_of_sqlite(submitted, graded, postgresql, tmp_path):
    course = Path(shutil.copytree(submitted, tmp_path / "course"))
    shutil.copytree(graded / FOLDER, course / FOLDER)
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.CourseDirectory.db_url = {postgresql!r}\n")
    nbgrader(course, "generate_assignment", LESSON, "--force")
    progress = run(course)
    assert (progress.graded, progress.examined) == (STUDENTS, 0)
    mine, theirs = rows_of(postgresql), rows_of(f"sqlite:///{graded}/gradebook.db")
    assert mine == theirs
