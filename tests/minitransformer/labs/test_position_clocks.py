"""Position clocks: the match of two positions depends on their distance."""

import numpy as np
import pytest
import torch

from minitransformer.labs.lab import Lab
from minitransformer.labs.position_clocks import LAB
from tests.minitransformer.labs.broken import BROKEN, shows, wrong_answer


def diagonals(lab):
    match = lab.numbers["match"]
    return [np.diagonal(match, shift) for shift in range(32)]


@pytest.mark.parametrize("d_model", [2, 32, 128])
@pytest.mark.parametrize("base", [10**0.5, 100, 10000])
def test_the_match_depends_on_the_distance_only(d_model, base):
    lab = Lab(LAB, d_model=d_model, base=base)

    assert max(np.ptp(diagonal) for diagonal in diagonals(lab)) < 1e-4
    assert lab.numbers["uneven"] < 1e-4 and not lab.picture.alarm


def test_a_near_position_matches_better_than_a_far_one():
    lab = Lab(LAB)

    assert lab.numbers["near"] > 0.95 > 0.7 > lab.numbers["far"]
    assert "0.96" in lab.description


def test_both_curves_are_one():
    lines = Lab(LAB, position=50).picture.panels[0]
    first, second = lines.series.values()

    both = np.isfinite(first) & np.isfinite(second)
    assert both.sum() > 30
    np.testing.assert_allclose(first[both], second[both], atol=1e-4)


def test_with_one_clock_positions_look_alike_again():
    lab = Lab(LAB, d_model=2, position=44)

    assert lab.numbers["match"][0, 44] > 0.99  # 44 words are seven rounds, nearly


def test_each_hand_has_length_one_and_starts_at_twelve():
    clocks = Lab(LAB, position=0).picture.panels[1]

    hands = np.array([clocks.xy[tip] - clocks.xy[middle] for middle, tip in clocks.arrows])
    np.testing.assert_allclose(hands, np.tile([0.0, 1.0], (len(hands), 1)), atol=1e-6)


def test_a_base_that_changes_nothing_is_told():
    lab = Lab(LAB, {"rotary_embedding": wrong_answer("rotary_embedding", "base-ignored")}, base=100)

    assert "hands turn as they do at base 10000" in lab.picture.alarm


def test_a_table_on_its_side_is_told_in_words():
    lab = Lab(LAB, lambda length, d_model: torch.zeros(d_model, length))

    assert lab.result is None
    assert lab.error == "sinusoidal_encoding should return shape (64, 32), but gave (32, 64)."


@pytest.mark.parametrize(("exercise", "name"), BROKEN[LAB.name])
def test_a_broken_part_looks_broken(exercise, name):
    assert shows(Lab(LAB), Lab(LAB, {exercise: wrong_answer(exercise, name)}))
