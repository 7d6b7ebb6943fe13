"""Every lab has mistakes of the bank to show; that each shows is asserted in the lab's own test."""

import pytest

from minitransformer import labs
from tests.minitransformer.labs.broken import BROKEN, wrong_answer


@pytest.mark.parametrize("name", labs.NAMES)
def test_every_lab_has_at_least_three_mistakes_to_show(name):
    assert len(set(BROKEN[name])) >= 3
    for exercise, mistake in BROKEN[name]:
        assert exercise in labs.find(name).parts
        assert wrong_answer(exercise, mistake) is not None


def test_no_other_lab_is_listed():
    assert set(BROKEN) == set(labs.NAMES)
