"""The learner's way through lesson 04 in a real Chromium: wrong, diagnosed, right, and the lab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.texts import answer_text
from tests.browser.jupyter import PIXELS, settle

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NAME = "scaled_dot_product_attention"
RIGHT = answer_text(NAME)
WRONG = RIGHT.replace("math.sqrt(query.size(-1))", "query.size(-1)")


@pytest.fixture(scope="module")
def lesson(open_notebook):
    return open_notebook("notebooks/04_attention.ipynb")


def shoot(page, folder, name):
    """Take a picture for the documentation, kept where SCREENSHOTS says."""
    page.wait_for_timeout(300)
    page.screenshot(path=str(Path(os.environ.get("SCREENSHOTS", folder)) / f"{name}.png"))


def test_a_wrong_answer_is_diagnosed_and_the_right_one_passes_and_is_saved(lesson, learner):
    assert WRONG != RIGHT
    lesson.run("import")
    exercise = f"@fill\ndef {NAME}"
    lesson.run(exercise, WRONG)
    report = lesson.output(lesson.run(f"check({NAME})"), "divided by d_k, not √d_k")
    assert "Read again" in report
    shoot(lesson.page, learner, "lesson_04_wrong")

    lesson.run(exercise, RIGHT)
    report = lesson.output(lesson.run(f"check({NAME})"), "all right")
    assert "saved to my_transformer/attention.py" in report
    shoot(lesson.page, learner, "lesson_04_right")
    saved = (learner / "my_transformer" / "attention.py").read_text(encoding="utf-8")
    assert f"def {NAME}" in saved


def test_the_lab_then_runs_what_the_learner_wrote(lesson):
    page = lesson.page
    lab = lesson.run("labs.one_query(").locator(".mt-lab")
    lab.wait_for(timeout=120_000)
    assert lab.locator(".mt-lab-running").inner_text() == f"Running: your {NAME}, as it is now."
    first, right = lab.evaluate(PIXELS), turned_to(page, lab, "End")
    assert right != first

    refill(lesson, WRONG)  # the picture follows the function
    turned_to(page, lab, "Home")
    assert turned_to(page, lab, "End") != right
    refill(lesson, RIGHT)
    turned_to(page, lab, "Home")
    assert turned_to(page, lab, "End") == right


def refill(lesson, text):
    """Write the exercise anew and run it to its end."""
    cell = lesson.run(f"@fill\ndef {NAME}", text)
    cell.locator(".jp-InputPrompt").filter(has_text="*").wait_for(state="hidden")


def turned_to(page, lab, key):
    """Press a key on the slider that turns the query; return the picture."""
    turn = lab.get_attribute("data-turn")
    lab.get_by_role("slider", name="turned by").focus()
    page.keyboard.press(key)
    page.wait_for_function(
        "([node, turn]) => node.dataset.turn !== turn", arg=[lab.element_handle(), turn]
    )
    settle(page, lab)
    return lab.evaluate(PIXELS)


def test_the_quiz_answers_a_wrong_choice_with_a_reason(lesson):
    cell = lesson.run("quiz(")
    cell.get_by_role("radio").first.wait_for(timeout=120_000)
    assert cell.get_by_role("radio").count() >= 3
