"""Filling in a part, and whose part then runs."""

import pytest
import torch
from torch import nn

import minitransformer
from minitransformer import FillError, MissingPart, fill, stub, workspace
from minitransformer.stub import (
    PARTS,
    Part,
    is_untouched,
    reference_only,
    source_is_untouched,
    using,
)

SOFTMAX = "def softmax(logits, dim=-1):\n    return logits * 0 + {number}\n"


@pytest.fixture(autouse=True)
def nothing_filled_or_saved(tmp_path, monkeypatch):
    """Give each test a home of its own, and forget everything afterwards."""
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path))
    for part in PARTS.values():
        part.forget_saved()
    yield
    for part in PARTS.values():
        part.fill(None)
        part.forget_saved()


def define(text, name):
    """Return what an exercise cell with this text defines."""
    return workspace.run_text(text, name)[name]


def softmax_of_one():
    return minitransformer.softmax(torch.zeros(1)).item()


def test_yours_now_goes_before_yours_saved_before_the_reference():
    part = PARTS["softmax"]
    assert part.whose() == "reference" and softmax_of_one() == 1
    workspace.save("softmax", SOFTMAX.format(number=2))
    assert part.whose() == "yours, saved" and softmax_of_one() == 2
    fill(define(SOFTMAX.format(number=3), "softmax"))
    assert part.whose() == "yours, now" and softmax_of_one() == 3
    part.fill(None)
    assert part.whose() == "yours, saved" and softmax_of_one() == 2


def test_your_part_is_used_by_the_parts_built_on_it():
    query = torch.zeros(1, 1, 4)
    fill(define(SOFTMAX.format(number=0), "softmax"))
    output, _ = minitransformer.scaled_dot_product_attention(query, query, query + 1)
    assert (output == 0).all()


def test_fill_returns_what_it_was_given():
    yours = define(SOFTMAX.format(number=2), "softmax")
    assert fill(yours) is yours


def test_within_reference_only_every_part_is_the_references():
    fill(define(SOFTMAX.format(number=3), "softmax"))
    with reference_only():
        assert softmax_of_one() == 1
        assert PARTS["softmax"].whose() == "reference"
    assert softmax_of_one() == 3


def test_an_unknown_name_is_refused_with_the_closest_one():
    with pytest.raises(FillError, match=r"no part .* called sofmax\. Did you mean softmax\?"):
        fill(define("def sofmax(logits): return logits", "sofmax"))


def test_what_is_not_a_function_or_class_is_refused():
    with pytest.raises(FillError, match="takes a function or class, but got int"):
        fill(3)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ("logits", "the parameter dim is missing"),
        ("x, dim=-1", "parameter 1 is called x, but the contract calls it logits"),
        ("logits, dim=0", "dim has default 0, but the contract has -1"),
        ("logits, dim", "dim has no default, but the contract has -1"),
        ("logits, dim=-1, *, scale", "the extra parameter scale needs a default"),
    ],
)
def test_another_signature_is_refused_in_words(parameters, problem):
    with pytest.raises(FillError, match=problem) as error:
        fill(define(f"def softmax({parameters}): return logits", "softmax"))
    assert "The contract is softmax(logits, dim=-1)." in str(error.value)
    assert PARTS["softmax"].whose() == "reference"


@pytest.mark.parametrize("parameters", ["logits, dim=-1, scale=1", "*args, **kwargs"])
def test_a_signature_that_can_be_called_as_promised_is_accepted(parameters):
    fill(define(f"def softmax({parameters}): return 7", "softmax"))
    assert minitransformer.softmax(torch.zeros(1)) == 7


def test_a_class_for_a_function_and_a_missing_method_are_refused():
    with pytest.raises(FillError, match="softmax has to be a function"):
        fill(define("class softmax: pass", "softmax"))
    text = "class AddNorm:\n    def __init__(self, d_model, dropout=0.1, norm_first=False): ..."
    with pytest.raises(FillError, match=r"AddNorm\.forward is missing"):
        fill(define(text, "AddNorm"))


@fill
def softmax(logits, dim=-1):
    """Not written yet."""
    raise NotImplementedError


def test_within_a_block_other_implementations_are_in_use_even_inside_other_parts():
    queries = torch.zeros(1, 2, 4)
    _, before = minitransformer.scaled_dot_product_attention(queries, queries, queries)
    with using({"softmax": lambda logits, dim=-1: logits * 0 + 7}):
        fill(define(SOFTMAX.format(number=3), "softmax"))
        assert softmax_of_one() == 7
        _, within = minitransformer.scaled_dot_product_attention(queries, queries, queries)
        with reference_only():
            assert softmax_of_one() == 1
    assert softmax_of_one() == 3
    assert before.unique().tolist() == [0.5] and within.unique().tolist() == [7]


def test_a_part_used_in_its_own_place_is_whoever_was_in_use():
    with using({"softmax": minitransformer.softmax}):
        assert softmax_of_one() == 1


def test_an_untouched_stub_is_not_installed():
    assert is_untouched(softmax)
    fill(define(SOFTMAX.format(number=3), "softmax"))
    fill(softmax)
    assert PARTS["softmax"].whose() == "reference"


@pytest.mark.parametrize(
    ("text", "untouched"),
    [
        ("def f(x):\n    'Doc.'\n    raise NotImplementedError", True),
        ("def f(x):\n    raise NotImplementedError('later')", True),
        ("def f(x):\n    y = x\n    raise NotImplementedError", False),
        ("def f(x):\n    raise ValueError", False),
        ("def g(x):\n    raise NotImplementedError", False),
        (
            "class f:\n    def __init__(self):\n        super().__init__()\n"
            "        raise NotImplementedError\n    def forward(self, x):\n        return x",
            True,  # one method still to write
        ),
        (
            "class f:\n    def __init__(self):\n        super().__init__()\n"
            "    def forward(self, x):\n        return x",
            False,
        ),
    ],
)
def test_a_stub_is_untouched_while_a_body_only_raises(text, untouched):
    assert source_is_untouched(text, "f") == untouched


def test_a_part_that_nobody_has_says_where_it_is_written(monkeypatch):
    part = Part(PARTS["softmax"].contract, module="no_such_file")
    assert part.whose() == "nobody"
    with pytest.raises(MissingPart, match=r"softmax is nobody's yet: .* lesson 00_softmax"):
        part(torch.zeros(1))


def test_the_error_sentence_stands_alone_in_a_notebook():
    assert FillError("Put it right.")._render_traceback_() == ["FillError: Put it right."]


def test_a_class_part_can_be_built_subclassed_and_asked_about():
    norm = minitransformer.LayerNorm(4)
    assert isinstance(norm, nn.Module) and isinstance(norm, minitransformer.LayerNorm)
    assert not isinstance(nn.LayerNorm(4), minitransformer.LayerNorm)

    class Louder(minitransformer.LayerNorm):
        def forward(self, x):
            return 2 * super().forward(x)

    x = torch.randn(2, 4)
    assert torch.equal(Louder(4)(x), 2 * norm(x))


def test_parts_come_in_the_order_of_the_lessons():
    names = [part.__name__ for part in stub.each_part()]
    assert names[:3] == ["softmax", "rnn_step", "additive_attention"]
    assert [p.__name__ for p in stub.each_part(lambda p: p.lesson.number == 7)] == ["FeedForward"]


# --- a reference among your parts -----------------------------------------------------------------


class TheirLayer(nn.Module):
    """An encoder layer that is easily told from the reference's."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x, mask=None):
        return self.scale * x


TheirLayer.__name__ = "EncoderLayer"


def encoder():
    return minitransformer.Encoder(3, d_model=4, num_heads=2, d_ff=8)


def test_a_references_stack_is_built_from_your_layer_of_the_same_file():
    x = torch.ones(1, 2, 4)
    fill(TheirLayer)

    assert all(type(layer) is TheirLayer for layer in encoder().layers)
    assert torch.equal(encoder()(x), 8 * x)
    assert list(encoder().state_dict()) == [f"layers.{n}.scale" for n in range(3)]
    assert isinstance(encoder(), minitransformer.Encoder)
    with reference_only():
        assert not any(isinstance(layer, TheirLayer) for layer in encoder().layers)


def test_what_is_handed_to_a_block_is_carried_on_within_it_only():
    with using({"EncoderLayer": TheirLayer}):
        assert all(type(layer) is TheirLayer for layer in encoder().layers)
    assert not any(type(layer) is TheirLayer for layer in encoder().layers)


def test_a_references_function_calls_your_function_of_the_same_file():
    def split_heads(x, num_heads):
        raise ValueError("it is called")

    attention = minitransformer.MultiHeadAttention(4, 2)
    assert attention(*torch.ones(3, 1, 2, 4))[0].shape == (1, 2, 4)
    fill(split_heads)
    with pytest.raises(ValueError, match="it is called"):
        minitransformer.MultiHeadAttention(4, 2)(*torch.ones(3, 1, 2, 4))


def test_where_all_is_the_references_nothing_is_made_of_it():
    from solutions.encoder import Encoder

    assert PARTS["Encoder"].choose().implementation is Encoder
    fill(TheirLayer)
    first = PARTS["Encoder"].choose().implementation
    assert issubclass(first, Encoder) and PARTS["Encoder"].choose().implementation is first
    assert PARTS["Encoder"].whose() == "reference"
