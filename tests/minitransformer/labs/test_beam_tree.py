"""The beam tree: greedy search misses the best text, a beam of two finds it."""

import numpy as np
import pytest

from minitransformer.errors import CourseError
from minitransformer.labs.beam_tree import LAB, LONGEST
from minitransformer.labs.definition import Parts
from tests.minitransformer.labs.broken import BROKEN, wrong_answer


def searched(parts=None, **settings):
    return LAB.compute(parts or Parts(), **{**LAB.defaults(), **settings})


def test_greedy_misses_the_best_text_and_a_beam_of_two_finds_it():
    greedy, beam = searched(width=1), searched(width=2)

    assert greedy["answer"] == "the dog sleeps" and beam["answer"] == "a dog barks"
    assert greedy["probability"] == pytest.approx(0.55 * 0.45 * 0.40)
    assert beam["probability"] == pytest.approx(0.40 * 0.90 * 0.85 * 0.55)
    assert beam["probability"] == beam["best_probability"] > greedy["probability"]
    assert "missed “a dog barks”" in LAB.describe(greedy)
    assert "no text scores more" in LAB.describe(beam)


def test_a_length_penalty_makes_a_longer_text_win():
    assert searched(width=3, length_penalty=2.0)["answer"] == "a dog barks loudly"


def test_the_tree_grows_with_the_steps_and_the_beam():
    sizes = [len(searched(width=2, step=step)["tree"]) for step in range(1, LONGEST)]
    assert sizes == sorted(sizes) and sizes[0] == 4 and sizes[-1] > 10

    asked = [searched(width=width)["asked"] for width in (1, 2, 3)]
    assert asked == sorted(set(asked))


def test_branches_follow_their_parents_and_the_text_found_is_marked():
    numbers = searched(width=2)
    tree = numbers["tree"]

    assert all(branch.parent < place for place, branch in enumerate(tree))
    found = [branch.label for branch in tree if branch.best]
    assert found == ["<s>", "a", "dog", "barks", "</s>"]
    assert [b.score for b in tree if b.best][-1] == pytest.approx(numbers["score"], abs=1e-4)
    assert {branch.label for branch in tree if branch.parent == 0 and not branch.kept} == {"</s>"}


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.3, 2.0])
def test_a_right_search_gives_no_alarm(length_penalty):
    for width in range(1, 6):
        numbers = searched(width=width, length_penalty=length_penalty)
        assert LAB.draw(numbers).alarm == "", width


@pytest.mark.parametrize(("exercise", "name"), BROKEN["beam_tree"])
def test_a_mistake_finds_another_text(exercise, name):
    right, broken = searched(), searched(Parts({exercise: wrong_answer(exercise, name)}))

    assert broken["answer"] != right["answer"]
    assert broken["probability"] < right["probability"] - 0.01


@pytest.mark.parametrize(
    ("name", "alarm"),
    [
        ("greedy", "Only one beginning was followed, although the width is 3"),
        ("raw-logits", "but its words score"),
        ("score-without-penalty", "says its text scores -1.782, but its words score -1.188"),
        ("finished-extended", "but its words score"),
        ("start-left-out", "does not begin with the start token"),
    ],
)
def test_the_alarm_says_what_is_wrong(name, alarm):
    numbers = searched(
        Parts({"beam_search": wrong_answer("beam_search", name)}), width=3, length_penalty=1.0
    )

    assert alarm in LAB.draw(numbers).alarm


def test_a_search_that_never_stops_is_said_in_words():
    def endless(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
        ids = start
        while True:
            next_logits(ids)
            ids = np.pad(ids, ((0, 0), (0, 1)), constant_values=2)

    with pytest.raises(CourseError, match=f"max_len is {LONGEST}. Stop there"):
        searched(Parts({"beam_search": endless}))
