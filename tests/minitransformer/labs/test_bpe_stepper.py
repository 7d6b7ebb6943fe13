"""BPE stepper: a larger vocabulary makes shorter texts, the first merges most."""

import numpy as np
import pytest

from minitransformer.labs.bpe_stepper import LAB
from minitransformer.labs.lab import Lab
from tests.minitransformer.labs.broken import BROKEN, shows, wrong_answer

TEXT = "the statement returns untranslatable exceptions"


def test_each_merge_adds_a_piece_to_the_vocabulary_and_none_makes_the_text_longer():
    lab = Lab(LAB, text=TEXT)
    table = [lab.set(merges=n).numbers for n in range(0, 121, 10)]

    letters = sum(len(word) for word in TEXT.split())
    counts = [numbers["count"] for numbers in table]
    sizes = [numbers["vocabulary"] for numbers in table]
    assert counts[0] == letters
    assert counts == sorted(counts, reverse=True) and counts[-1] < letters * 0.6
    assert sizes == [sizes[0] + 10 * n for n in range(len(table))]


def test_the_first_merges_save_most():
    per_word = Lab(LAB).picture.panels[2].series["pieces per word"]

    first_twenty, last_twenty = per_word[0] - per_word[3], per_word[-2] - per_word[-1]
    assert first_twenty > 5 * last_twenty > 0


def test_frequent_words_become_one_piece_and_unknown_ones_stay_writable():
    lab = Lab(LAB, text="the frobnik", merges=120)

    assert lab.numbers["pieces"][0] == "the"
    assert "".join(lab.numbers["pieces"]) == "thefrobnik"
    assert not lab.picture.alarm


def test_any_text_can_be_cut():
    lab = Lab(LAB, text="Ça va? 你好!")

    assert not lab.error and not lab.picture.alarm
    assert lab.numbers["words"] == ["ça", "va", "?", "你好", "!"]


def test_an_empty_text_is_told_and_the_last_picture_stays():
    lab = Lab(LAB)
    before = lab.picture
    lab.set(text="  ")

    assert lab.error == "there is nothing to cut; write a few words."
    assert lab.picture is before


def test_the_curve_falls_and_the_line_on_it_moves():
    low, high = Lab(LAB, merges=0).picture.panels[2], Lab(LAB, merges=120).picture.panels[2]

    assert (np.diff(low.series["pieces per word"]) < 0).all()
    assert (low.at, high.at) == (low.x[0], low.x[-1])


@pytest.mark.parametrize(("exercise", "name"), BROKEN[LAB.name])
def test_a_broken_part_looks_broken(exercise, name):
    assert shows(Lab(LAB), Lab(LAB, {exercise: wrong_answer(exercise, name)}))
