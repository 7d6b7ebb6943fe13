"""Word map: training brings words of one kind together, and some differences are directions."""

import numpy as np
import pytest

from minitransformer.labs.lab import Lab
from minitransformer.labs.word_map import LAB, STEPS, UNDECIDED
from tests.minitransformer.labs.broken import BROKEN, shows, wrong_answer

pytestmark = pytest.mark.slow


def test_words_of_one_kind_come_together():
    before, after = Lab(LAB, steps=0).numbers, Lab(LAB, steps=STEPS).numbers

    assert before["kin"] < 0.35 and after["kin"] > 0.6
    assert abs(before["loss"] - UNDECIDED) < 0.1 and after["loss"] < 2.7


def test_the_nearest_of_true_is_false():
    assert Lab(LAB, ask="true").numbers["answer"] == "false"


def test_methods_minus_method_plus_function_is_functions():
    lab = Lab(LAB)

    assert "functions" in lab.numbers["nearest"][:2]
    assert len(lab.picture.panels[0].arrows) == 2


def test_the_same_run_is_looked_at_and_not_repeated():
    numbers = Lab(LAB, steps=STEPS).numbers
    again = Lab(LAB, steps=STEPS).numbers

    np.testing.assert_array_equal(numbers["xy"], again["xy"])


def test_a_word_without_a_vector_is_told():
    lab = Lab(LAB, ask="functiom")

    assert lab.result is None
    assert "functiom is too rare" in lab.error and "function" in lab.error


@pytest.mark.parametrize(("exercise", "name"), BROKEN[LAB.name])
def test_a_broken_part_looks_broken(exercise, name):
    assert shows(Lab(LAB), Lab(LAB, {exercise: wrong_answer(exercise, name)}))
