"""The translation lens: alignment appears by itself, and follows a changed order."""

import numpy as np
import pytest

from minitransformer.errors import CourseError, DataError
from minitransformer.labs.definition import Parts
from minitransformer.labs.translation_lens import LAB
from tests.minitransformer.labs.broken import BROKEN, wrong_answer


def seen(parts=None, **settings):
    return LAB.compute(parts or Parts(), **{**LAB.defaults(), **settings})


def looked_at(numbers):
    """Return the source word that each written word looks at most."""
    places = numbers["weights"].argmax(axis=1)
    return dict(zip(numbers["written"], (numbers["source"][i] for i in places), strict=True))


def test_adjectives_change_places_and_the_weights_follow():
    numbers = seen()

    assert numbers["translation"] == "le chat blanc dort dans la grande maison"
    expected = {"chat": "cat", "blanc": "white", "dort": "sleeps", "grande": "big"}
    assert expected.items() <= looked_at(numbers).items()
    place = numbers["written"].index
    assert numbers["weights"][place("chat")][numbers["source"].index("cat")] > 0.9
    assert numbers["weights"][place("blanc")][numbers["source"].index("white")] > 0.9


def test_hindi_puts_the_verb_last_and_still_looks_at_it():
    numbers = seen(language="Hindi")

    assert looked_at(numbers)["बिल्ली"] == "cat" and looked_at(numbers)["घर"] == "house"


def test_layers_and_heads_differ_and_their_mean_is_the_mean():
    heads = [seen(head=str(head))["weights"] for head in range(1, 5)]

    assert np.allclose(np.mean(heads, axis=0), seen()["weights"])
    assert abs(heads[0] - heads[3]).max() > 0.2
    assert abs(seen(layer="1")["weights"] - seen(layer="2")["weights"]).max() > 0.2


def test_a_step_shows_its_rivals_and_the_last_step_is_the_end():
    second, last = seen(step=2), seen(step=20)

    assert second["rivals"][0] == "chat" and second["rival_shares"][0] > 0.9
    assert last["step"] == 8 and last["rivals"][0] == "<eos>"
    assert "“chat”, had share 0.98 and looks at “cat”" in LAB.describe(second)
    assert LAB.draw(second).panels[1].marked == ((1, 2),)


def test_words_it_never_saw_are_named():
    alarm = LAB.draw(seen(sentence="the zebra xylophoned")).alarm

    assert "Not among the words it was trained on: xylophoned" in alarm


@pytest.mark.parametrize(
    ("sentence", "message"),
    [("", "no word to translate"), (" ?!", "no word to translate"), ("a " * 60, "has 61 pieces")],
)
def test_a_sentence_that_cannot_be_translated_is_said_in_words(sentence, message):
    with pytest.raises(CourseError, match=message):
        seen(sentence=sentence)


@pytest.mark.parametrize(("exercise", "name"), BROKEN["translation_lens"])
def test_a_mistake_in_a_part_deep_inside_blurs_the_alignment(exercise, name):
    right, broken = seen(), seen(Parts({exercise: wrong_answer(exercise, name)}))
    same = right["weights"].shape == broken["weights"].shape

    assert not same or abs(right["weights"] - broken["weights"]).max() > 0.4


def test_weights_that_do_not_add_up_raise_the_alarm():
    numbers = seen(
        Parts(
            {
                "scaled_dot_product_attention": wrong_answer(
                    "scaled_dot_product_attention", "softmax-over-queries"
                )
            }
        )
    )

    assert "These are no attention weights" in LAB.draw(numbers).alarm


@pytest.mark.parametrize(
    ("exercise", "name", "error", "message"),
    [
        ("MultiHeadAttention", "mean-weights", CourseError, "have the shape"),
        ("DecoderLayer", "no-cross-attention", CourseError, "never called its cross_attention"),
        ("MultiHeadAttention", "no-bias", DataError, "this model has no such weight"),
        ("greedy_decode", "start-left-out", CourseError, "no words after the start token"),
        ("greedy_decode", "never-ends", None, ""),
    ],
)
def test_parts_that_do_not_fit_are_said_in_words(exercise, name, error, message):
    if error is None:
        assert (
            seen(Parts({exercise: wrong_answer(exercise, name)}))["translation"]
            == seen()["translation"]
        )
        return
    with pytest.raises(error, match=message):
        seen(Parts({exercise: wrong_answer(exercise, name)}))
