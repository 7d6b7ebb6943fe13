"""Depth gauge: a way around each layer keeps gradients alive, the norm keeps words in range."""

import numpy as np
import pytest

from minitransformer.labs.depth_gauge import LAB, NO_NORM, POST, PRE
from minitransformer.labs.lab import Lab
from tests.minitransformer.labs.broken import BROKEN, shows, wrong_answer


def gauge(**settings):
    return Lab(LAB, depth=24, **settings).numbers


def test_bare_layers_lose_the_gradient_and_a_way_around_keeps_it():
    bare = gauge(norm=NO_NORM, residual=False)
    around = gauge(norm=POST, residual=True)

    assert bare["bottom_gradient"] < 1e-6
    assert 0.1 < around["bottom_gradient"] < 100


def test_without_a_norm_words_grow_by_a_factor_and_post_norm_keeps_their_size():
    grown = gauge(norm=NO_NORM, residual=True)
    kept = gauge(norm=POST, residual=True)

    assert grown["top_size"] > 100
    assert abs(kept["top_size"] - 1) < 0.01


def test_with_pre_norm_words_grow_slowly():
    numbers = gauge(norm=PRE, residual=True)

    assert 2 < numbers["top_size"] < 24
    assert 0.1 < numbers["bottom_gradient"] < 100


def test_gamma_sets_the_size_of_the_words():
    assert gauge(norm=POST, gamma=2.0)["top_size"] == pytest.approx(2, abs=0.02)


def test_a_large_eps_makes_words_smaller():
    assert gauge(norm=POST, eps=1.0)["top_size"] < 0.9


@pytest.mark.parametrize("norm", [NO_NORM, POST, PRE])
@pytest.mark.parametrize("eps", [1e-8, 1e-5, 1.0])
def test_the_reference_gives_no_alarm(norm, eps):
    assert not Lab(LAB, norm=norm, eps=eps, gamma=0.5).picture.alarm


def test_what_is_drawn_on_a_logarithmic_axis_is_positive():
    for panel in Lab(LAB, depth=64, strength=0.1).picture.panels:
        for values in panel.series.values():
            assert (values[np.isfinite(values)] > 0).all()


@pytest.mark.parametrize(
    ("exercise", "name", "settings"),
    [
        ("AddNorm", "norm-first-ignored", {"norm": PRE}),
        ("AddNorm", "residual-from-norm", {"norm": PRE}),
        ("AddNorm", "both-norms", {"norm": PRE}),
        ("LayerNorm", "eps-outside", {}),
        ("LayerNorm", "unbiased", {}),
        ("LayerNorm", "eps-fixed", {"eps": 1e-3}),
        ("LayerNorm", "no-gamma-beta", {"gamma": 0.5}),
    ],
)
def test_some_mistakes_show_at_their_own_settings(exercise, name, settings):
    assert Lab(LAB, {exercise: wrong_answer(exercise, name)}, **settings).picture.alarm


@pytest.mark.parametrize(("exercise", "name"), BROKEN[LAB.name])
def test_a_broken_part_looks_broken(exercise, name):
    assert shows(Lab(LAB), Lab(LAB, {exercise: wrong_answer(exercise, name)}))
