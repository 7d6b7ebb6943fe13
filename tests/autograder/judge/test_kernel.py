"""An instructor's own assert cells run in the sandbox, and are marked as decided there."""

from __future__ import annotations

import pytest

from autograder.judge.kernel import HELD, decide, decided_html
from autograder.judge.process import WarmProcess
from autograder.texts import answer_text

RIGHT = "def double(x):\n    return 2 * x\n"
TEST = "assert double(3) == 6, 'double(3) is wrong'\nassert double(-1) == -2\n"


@pytest.fixture(scope="module")
def warm():
    with WarmProcess() as warm:
        yield warm


@pytest.fixture
def decided(warm):
    def decided(answer, test=TEST, **more):
        return decide("test_double", {"double": answer} | more, test, 2.0, warm)

    return decided


def test_all_points_where_every_assert_holds(decided):
    verdict = decided(RIGHT)
    assert (verdict["passed"], verdict["score"], verdict["problem"]) == (True, 2.0, "")
    assert verdict["decided"] == "in the kernel"


@pytest.mark.parametrize(
    "answer, words",
    [
        ("def double(x):\n    return x\n", "AssertionError: double(3) is wrong"),
        ("def double(x):\n    return abs(2 * x)\n", "AssertionError"),
        ("def double(x)\n", "NameError"),
        ("", "NameError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("import os\nos._exit(0)", "exit code 0"),
        ("TEST = 'pass'\nANSWERS = []\n", "NameError"),
    ],
)
def test_no_points_and_a_reason_where_one_does_not(decided, answer, words):
    verdict = decided(answer)
    assert (verdict["passed"], verdict["score"]) == (False, 0.0)
    assert words in verdict["problem"]


def test_the_earlier_parts_of_an_exercise_are_there_and_its_own_solution_is_not(decided):
    attention = "scaled_dot_product_attention"
    test = f"q = torch.ones(1, 2)\nassert {attention}(q, q, q)[0].shape == (1, 2)\n"
    solved = {attention: answer_text(attention)}
    assert decided(RIGHT, test, **solved)["passed"]
    assert not decided(RIGHT, test, **{attention: "pass"})["passed"]


def test_a_cell_that_fails_costs_only_what_needs_it(decided):
    assert decided(RIGHT, broken="this is not Python")["passed"]


def test_magic_lines_do_not_matter(decided):
    assert decided("%matplotlib inline\n" + RIGHT)["passed"]


def test_the_result_is_marked_and_escaped(decided):
    shown = decided_html(decided("def double(x):\n    raise ValueError('<b>')\n"))
    assert "decided in the kernel" in shown and "<b>" not in shown
    assert HELD in decided_html(decided(RIGHT))
