"""The sampler: a nucleus adapts to how sure the model is, a top k does not."""

import itertools

import numpy as np
import pytest

from minitransformer.errors import CourseError
from minitransformer.labs.definition import Parts
from minitransformer.labs.sampler import LAB
from tests.minitransformer.labs.broken import BROKEN, wrong_answer


def sampled(parts=None, **settings):
    return LAB.compute(parts or Parts(), **{**LAB.defaults(), **settings})


def test_one_p_keeps_few_words_where_the_model_is_sure_and_many_where_it_is_not():
    numbers = sampled(top_p=0.9)

    assert (numbers["kept_sure"], numbers["kept_unsure"]) == (2, 10)
    assert "2 of 12 words are drawn where the model is sure, 10 where" in LAB.describe(numbers)


def test_one_k_keeps_the_same_number_in_both():
    numbers = sampled(top_k=4, top_p=1.0)

    assert numbers["kept_sure"] == numbers["kept_unsure"] == 4


def test_cold_takes_the_best_and_hot_flattens():
    largest = [sampled(temperature=t, top_p=1.0)["drawn"].max(axis=1) for t in (0.1, 1.0, 5.0)]

    assert largest[0][0] == 1.0 and largest[1][0] == pytest.approx(0.8, abs=0.03)
    assert (largest[2] < [0.3, 0.15]).all()


def test_the_same_settings_draw_the_same_and_another_seed_does_not():
    assert np.array_equal(sampled()["drawn"], sampled()["drawn"])
    assert not np.array_equal(sampled()["drawn"], sampled(seed=1)["drawn"])


def test_words_cut_are_faded():
    says, _, unsure, _ = LAB.draw(sampled(top_p=0.9)).panels

    assert says.faded == tuple(range(2, 12)) and unsure.faded == (10, 11)


@pytest.mark.parametrize("temperature", [0.1, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0])
def test_a_right_sample_gives_no_alarm(temperature):
    for top_k, top_p in itertools.product((1, 2, 5, 9, 12), (0.05, 0.3, 0.55, 0.9, 0.95, 1.0)):
        numbers = sampled(temperature=temperature, top_k=top_k, top_p=top_p)
        assert LAB.draw(numbers).alarm == "", (top_k, top_p)


@pytest.mark.parametrize(("exercise", "name"), BROKEN["sampler"])
def test_a_mistake_moves_many_draws_and_is_said(exercise, name):
    right, broken = sampled(), sampled(Parts({exercise: wrong_answer(exercise, name)}))

    moved = abs(right["drawn"] - broken["drawn"]).sum() / 2  # of two contexts' shares
    assert moved > 0.05
    assert LAB.draw(broken).alarm


@pytest.mark.parametrize(
    ("name", "settings", "alarm"),
    [
        ("top-k-one-too-many", {"top_k": 4, "top_p": 1.0}, "although k is 4"),
        ("temperature-multiplies", {"temperature": 0.4, "top_p": 1.0}, "at this temperature"),
        ("top-p-one-too-many", {}, "the better ones have 0.91 already"),
        ("always-the-best", {}, "have only 0.81 together"),
        ("top-k-worst", {"top_k": 4, "top_p": 1.0}, "never some better word"),
    ],
)
def test_the_alarm_says_what_is_wrong(name, settings, alarm):
    numbers = sampled(Parts({"sample": wrong_answer("sample", name)}), **settings)

    assert alarm in LAB.draw(numbers).alarm


def test_a_result_of_another_shape_is_said_in_words():
    with pytest.raises(CourseError, match=r"returned the shape \(8000, 1\), but \(8000,\)"):
        sampled(Parts({"sample": wrong_answer("sample", "axis-left")}))
