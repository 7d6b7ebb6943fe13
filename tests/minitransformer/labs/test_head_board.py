"""Head board: more heads cost nothing more, and each can look for something else."""

import numpy as np
import pytest
import torch

from minitransformer.labs.head_board import LAB, NONE
from minitransformer.labs.lab import Lab
from tests.minitransformer.labs.broken import BROKEN, shows, wrong_answer

pytestmark = pytest.mark.slow


def test_every_number_of_heads_costs_the_same():
    assert len(set(Lab(LAB).numbers["sizes"])) == 1


def test_one_head_divides_its_look_and_two_share_the_questions():
    one, two = Lab(LAB, heads="1", off=NONE).numbers, Lab(LAB, heads="2", off=NONE).numbers

    assert one["weights"][0, [1, 3]].min() > 0.2  # dog and man
    assert sorted(two["weights"].argmax(axis=1)) == [1, 3]
    assert two["weights"].max(axis=1).min() > 0.9
    assert min(two["right"]) > 0.95 > 0.8 > min(one["right"])


def test_without_a_head_one_answer_is_lost_and_the_other_stays():
    shares = [Lab(LAB, off=f"head {head}").numbers["right_without"] for head in range(2)]

    for share in shares:
        assert max(share) > 0.95 and min(share) < 0.2
    assert np.argmin(shares[0]) != np.argmin(shares[1])


def test_nothing_is_lost_where_nothing_is_switched_off():
    numbers = Lab(LAB, off=NONE).numbers

    assert numbers["moved"] == 0 and numbers["right"] == numbers["right_without"]


def test_a_head_that_is_not_there_is_told():
    lab = Lab(LAB, heads="2", off="head 5")

    assert lab.result is None
    assert lab.error == "there is no head 5 here, only head 0 to head 1; choose one of these."


def test_looking_does_not_change_the_global_generator():
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    assert Lab(LAB, heads="4").numbers["heads"] == 4
    assert torch.equal(torch.rand(2), wanted)


@pytest.mark.parametrize(("exercise", "name"), BROKEN[LAB.name])
def test_a_broken_part_looks_broken(exercise, name):
    assert shows(Lab(LAB), Lab(LAB, {exercise: wrong_answer(exercise, name)}))
