"""The ``autograder`` command."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Examine answers, make nbgrader courses, grade them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def refused(words: str) -> Exception:
    """Return the error that ``main`` tells in one sentence."""
    from minitransformer.errors import CourseError  # late: it imports torch

    return CourseError(words)


Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.callback()
def _commands(
    context: typer.Context,
    exercises: Annotated[
        Path | None,
        typer.Option(help="A folder with exercises of your own (docs/write-an-exercise.md)."),
    ] = None,
) -> None:
    """Examine answers, make nbgrader courses, grade them."""
    if exercises is not None:  # own_lessons.VARIABLE; for the processes we start, too
        os.environ["AUTOGRADER_EXERCISES"] = str(exercises.resolve())
    if context.invoked_subcommand not in ("check", "grade", "report"):  # they look by themselves
        _find_own_lessons()


def _find_own_lessons() -> None:
    from minitransformer.own_lessons import find_own_lessons

    find_own_lessons()


@app.command()
def exercises(as_json: Json = False) -> None:
    """List the exercises, their points and the mistakes that have names.

    Example: autograder exercises --json
    """
    import inspect

    from autograder.misconceptions import misconceptions_of
    from autograder.specs import spec_of
    from minitransformer.stub import each_part, plain_signature

    rows = [
        {
            "id": part.__name__,
            "lesson": part.lesson.notebook,
            "points": spec_of(part.__name__).points,
            "signature": f"{part.__name__}{plain_signature(inspect.signature(part.contract))}",
            "misconceptions": [
                {"id": m.id, "title": m.title} for m in misconceptions_of(part.__name__)
            ],
        }
        for part in each_part()
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        known = len(row["misconceptions"])
        print(f"{row['lesson']:<24}{row['signature']}  {row['points']:g} points, {known} mistakes")


@app.command()
def check(
    exercise: Annotated[str | None, typer.Argument(help="The exercise's name.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="The text of one exercise cell.")
    ] = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", help="A folder of EXERCISE/*.py files.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which inputs to draw.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    jobs: Annotated[int, typer.Option(help="How many to examine at a time.")] = 2,
    shortcuts: Annotated[
        str, typer.Option(help="flag: tell short cuts; refuse: they earn nothing.")
    ] = "flag",
    as_json: Json = False,
) -> None:
    """Examine an answer as the judge does: in a process of its own, judged from outside.

    Exits with 0 when every check passes, 1 when not, 2 when the command was wrong.

    Example: autograder check causal_mask --file answer.py --json
    """
    from autograder.judge import early

    if device == "cpu":
        early.start()
    _find_own_lessons()
    from autograder.judge.batch import check_batch, check_file

    if device not in ("cpu", "cuda"):
        raise refused(f"--device is {device!r}; it has to be cpu or cuda.")
    if shortcuts not in ("flag", "refuse"):
        raise refused(f"--shortcuts is {shortcuts!r}; it has to be flag or refuse.")
    refuse = shortcuts == "refuse"
    if batch is not None:
        if exercise or file:
            raise refused("--batch examines a whole folder: leave EXERCISE and --file out.")
        passed = True
        for row in check_batch(batch, seed, device, jobs, refuse):
            passed = passed and bool(row["passed"])
            print(json.dumps(row), flush=True)
        raise typer.Exit(0 if passed else 1)
    if exercise is None or file is None:
        raise refused("name an EXERCISE and its --file, or a folder with --batch.")
    verdict = check_file(exercise, file, seed, device, refuse)
    if as_json:
        print(json.dumps(verdict.as_json(), indent=2))
    else:
        from autograder.home import Report

        print(repr(Report(verdict)))
    raise typer.Exit(0 if verdict.passed else 1)


@app.command("init-course")
def init_course(
    folder: Annotated[Path, typer.Argument(help="Where to make the course.")],
    lessons: Annotated[
        str, typer.Option(help="Which lessons, such as 4,5 or 04_attention; all if left out.")
    ] = "",
) -> None:
    """Make a course directory in which nbgrader's own commands work.

    Example: autograder init-course my_course --lessons 4,5
    """
    from autograder.course import init_course as make_course
    from minitransformer.lessons import LESSONS, find_lesson

    try:
        chosen = tuple(find_lesson(name) for name in lessons.split(",") if name.strip())
    except KeyError as error:
        raise refused(str(error.args[0])) from None
    for written in make_course(folder, chosen or LESSONS):
        print(f"wrote {written}")
    print(f"next: cd {folder} && nbgrader generate_assignment {(chosen or LESSONS)[0].notebook}")


@app.command()
def report(
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Which lessons; every graded one if left out.")
    ] = None,
    course: Annotated[Path, typer.Option(help="The course's folder.")] = Path(),
    html: Annotated[Path | None, typer.Option(help="Write a page that opens offline.")] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Write a table, a row for each student and exercise.")
    ] = None,
    for_class: Annotated[
        bool, typer.Option("--for-class", help="Leave names out of the page, to show it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what a class understands and what it does not, from what grading found.

    Example: autograder report 4 --html report.html
    """
    from autograder.report import command

    if for_class and html is None:
        raise refused("--for-class is about the page: name its file with --html.")
    reports = command.write_all(command.gather_all(course, lessons or []), html, csv, for_class)
    if as_json:
        print(command.as_json(reports))
        return
    for lesson in reports:
        print(command.in_words(lesson))
    for file in filter(None, (html, csv)):
        print(f"wrote {file}")


@app.command()
def grade(
    lesson: Annotated[str, typer.Argument(help="Which lesson, such as 4 or 04_attention.")],
    course: Annotated[Path, typer.Option(help="The course's folder.")] = Path(),
    jobs: Annotated[int, typer.Option(help="How many worker processes.")] = 2,
    scheduler: Annotated[str, typer.Option(help="A Dask scheduler to work with, tcp://…")] = "",
    student: Annotated[
        list[str] | None, typer.Option(help="Only this student; may be given several times.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what is graded.")] = False,
    secure: Annotated[
        bool, typer.Option(help="Refuse to run an answer outside the whole sandbox.")
    ] = True,
    shortcuts: Annotated[
        str, typer.Option(help="flag or refuse; the course's configuration if left out.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Grade every submission of a lesson into nbgrader's gradebook, in parallel.

    It goes on where an earlier run stopped; what is graded stays as it is. Exits with 0 when
    everything is graded, 1 when it was stopped, 2 when the command was wrong or could not write.

    Example: autograder grade 04_attention --course my_course --jobs 2
    """
    from autograder.judge import early

    if secure and not scheduler:
        early.start(course)
    from autograder.grading import grade_lesson
    from autograder.grading_progress import ProgressLine

    if shortcuts not in ("", "flag", "refuse"):
        raise refused(f"--shortcuts is {shortcuts!r}; it has to be flag or refuse.")
    with ProgressLine() as line:
        try:
            grade_lesson(
                course,
                lesson,
                jobs,
                scheduler,
                tuple(student or ()),
                force,
                secure,
                shortcuts,
                line,
            )
        except KeyboardInterrupt:
            line.stopped = True
    line.report(as_json)
    raise typer.Exit(1 if line.stopped else 0)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Attempt every escape from the sandbox on this machine; say what is really held back.

    Exits with 0 when every escape is blocked, 1 when not.

    Example: autograder doctor --json
    """
    from autograder.judge.doctor import examine_machine

    report = examine_machine()
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        for row in report.rows:
            print(row.words())
        blocked = sum(row.blocked for row in report.rows)
        print(f"{blocked} of {len(report.rows)} escapes are blocked")
        if report.problem:
            print(f"There is no sandbox here: {report.problem}")
    raise typer.Exit(0 if report.well else 1)


@app.command()
def quality(
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", help="Only this one; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds at which right answers are tried.")] = 20,
    mutants: Annotated[bool, typer.Option(help="Also try machine-made mutants.")] = True,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes to use.")] = 2,
    write: Annotated[
        Path | None, typer.Option(help="Write the table as a page, such as docs/quality.md.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the examination: mistakes caught and named, right answers accepted, check times.

    Exits with 0 when every target is met, 1 when not, 2 when the command was wrong or stopped.

    Example: autograder quality --exercise softmax --seeds 5
    """
    from autograder.quality.command import quality as measure_quality

    good = measure_quality(exercise or [], seeds, mutants, jobs, as_json, write)
    raise typer.Exit(0 if good else 1)


def main() -> None:
    """Run the command; a ``CourseError`` is one sentence on stderr and exit code 2."""
    try:
        app()
    except Exception as error:
        from minitransformer.errors import CourseError

        if not isinstance(error, CourseError):
            raise
        print(f"autograder: {error}", file=sys.stderr)
        sys.exit(2)
    finally:
        gc.freeze()  # or Python looks through all of torch once more before it ends


if __name__ == "__main__":
    main()
