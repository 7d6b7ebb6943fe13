"""Grade every lesson with nbgrader: solved, as released, and with each exercise sabotaged.

    python benchmarks/nbgrader_scores.py

prints one row a lesson: the points of the solution, of the release, and of each submission in
which one exercise returns nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from autograder.course import init_course
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.lessons import LESSONS
from tests.autograder.test_nbgrader import grades, nbgrader, sabotaged, submit


def main() -> None:
    """Make, grade and print."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        init_course(course)
        nbgrader(course, "generate_assignment", "--assignment=*")
        for lesson in LESSONS:
            solved = {part: answer_text(part) for part in lesson.parts}
            submit(course, "solution", lesson, solved)
            submit(course, "released", lesson, {})
            for part in lesson.parts:
                submit(course, f"without {part}", lesson, solved | {part: sabotaged(part)})
        nbgrader(course, "autograde", "--assignment=*")
        print(f"{'lesson':<24}{'points':>7}{'solution':>10}{'release':>9}  sabotaged: lost")
        for lesson in LESSONS:
            totals = {name: sum(row.values()) for name, row in grades(course, lesson).items()}
            points = sum(spec_of(part).points for part in lesson.parts)
            lost = ", ".join(
                f"{part} {points - totals[f'without {part}']:g} of {spec_of(part).points:g}"
                for part in lesson.parts
            )
            print(
                f"{lesson.notebook:<24}{points:>7g}{totals['solution'] / points:>10.0%}"
                f"{totals['released'] / points:>9.0%}  {lost}"
            )


if __name__ == "__main__":
    main()
