"""The cache stopwatch: recomputation avoided, counted and timed; equality is the alarm."""

import numpy as np
import pytest

from minitransformer.errors import CourseError
from minitransformer.labs.cache_stopwatch import LAB
from minitransformer.labs.definition import Parts
from tests.minitransformer.labs.broken import wrong_answer


def timed(parts=None, **settings):
    return LAB.compute(parts or Parts(), **{**LAB.defaults(), "length": 16, **settings})


def test_without_a_cache_each_word_computes_all_keys_again_with_it_one():
    numbers = timed()

    assert numbers["rows"].tolist() == list(range(1, 17))
    assert numbers["cached_rows"].tolist() == [1] * 16
    assert numbers["spared"] == 16 * 17 / 2 / 16
    assert "16 words without a cache" in LAB.describe(numbers) and "136 keys" in LAB.describe(
        numbers
    )


def test_the_longer_the_text_the_more_is_spared():
    assert timed(length=32)["spared"] > 1.9 * timed(length=16)["spared"]


def test_times_are_measured_for_each_word_and_both_ways():
    numbers = timed()
    times, ratio, keys = LAB.draw(numbers).panels

    assert (numbers["seconds"] > 0).all() and (numbers["cached_seconds"] > 0).all()
    assert set(times.series) == {"no cache", "cache"} and len(times.x) == 16
    total = numbers["seconds"].sum() / numbers["cached_seconds"].sum()
    assert ratio.series["no cache / cache"][-1] == pytest.approx(total) == numbers["ratio"]
    assert keys.values.tolist() == [136, 16]


def test_a_right_cache_changes_nothing():
    numbers = timed()

    assert np.nanmax(numbers["difference"]) < 1e-5
    assert LAB.draw(numbers).alarm == ""


def test_without_the_cache_only_the_plain_attention_is_measured():
    numbers = timed(
        Parts({"CachedAttention": wrong_answer("CachedAttention", "nothing-remembered")}),
        cache=False,
    )

    assert "cached_seconds" not in numbers and LAB.draw(numbers).alarm == ""
    assert len(LAB.draw(numbers).panels) == 2


def test_a_cache_that_forgets_gives_other_words():
    numbers = timed(
        Parts({"CachedAttention": wrong_answer("CachedAttention", "nothing-remembered")})
    )

    assert numbers["difference"][0] < 1e-5 and numbers["difference"][1:].min() > 0.05
    assert "word 2 differs" in LAB.draw(numbers).alarm


def test_a_cache_that_projects_everything_again_spares_nothing():
    numbers = timed(
        Parts({"CachedAttention": wrong_answer("CachedAttention", "everything-projected-again")})
    )

    assert numbers["spared"] == 1.0
    assert "the keys of 16 words were computed" in LAB.draw(numbers).alarm


def test_a_result_of_another_shape_is_said_in_words():
    with pytest.raises(CourseError, match=r"returned the shape \(1, 2, 64\), but \(1, 1, 64\)"):
        timed(Parts({"CachedAttention": wrong_answer("CachedAttention", "all-words-returned")}))


def test_the_global_random_state_is_left_alone():
    import torch

    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    timed()
    assert torch.equal(torch.rand(1), expected)
