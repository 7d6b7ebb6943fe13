"""Forgetting curve: one state forgets, attention reads again."""

import numpy as np
import pytest

from minitransformer.labs.forgetting_curve import LAB, SYMBOLS
from minitransformer.labs.lab import Lab
from tests.minitransformer.labs.broken import BROKEN, shows, wrong_answer

pytestmark = pytest.mark.slow


def test_attention_cures_forgetting():
    lab = Lab(LAB, length=8)

    assert lab.numbers["accuracy"] > lab.numbers["alone"] + 0.3
    assert lab.numbers["accuracy"] > 0.75


def test_a_state_alone_copies_short_sequences_and_loses_long_ones():
    lab = Lab(LAB, attention=False)
    (curve,) = lab.numbers["curves"].values()

    assert curve[0] > 0.95 and curve[7] < 0.5
    assert curve[15] < curve[3]
    assert curve[15] > 0.5 / SYMBOLS


def test_the_decoder_finds_the_place_by_itself():
    weights = Lab(LAB, length=6).numbers["weights"]

    assert np.trace(weights) / 6 > 0.5  # evenly shared it would be 1/6


def test_gates_keep_more_than_a_plain_step():
    plain, gated = (Lab(LAB, cell=cell, attention=False).numbers for cell in ("RNN", "GRU"))

    assert gated["alone"] > plain["alone"] + 0.1


def test_wrong_symbols_are_marked():
    lab = Lab(LAB, attention=False, length=12)
    panel = lab.picture.panels[-1]

    wrong = [
        n for n, (a, b) in enumerate(zip(lab.numbers["read"], lab.numbers["written"])) if a != b
    ]
    assert list(panel.marked) == wrong and wrong


@pytest.mark.parametrize(("exercise", "name"), BROKEN[LAB.name])
def test_a_broken_part_looks_broken(exercise, name):
    wrong = Lab(LAB, {exercise: wrong_answer(exercise, name)})

    assert shows(Lab(LAB), wrong, share=0.5)  # two right answers may differ by up to 0.35
