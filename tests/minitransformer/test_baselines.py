"""The recurrent translators: the Transformer's interface, padding ignored, attention that helps."""

import pytest
import torch
from torch import Tensor

from minitransformer import TransformerConfig, additive_attention
from minitransformer.baselines import RecurrentTranslator

PAD, BOS, EOS = 0, 1, 2
SRC = torch.tensor([[5, 6, 7, EOS], [8, EOS, PAD, PAD]])
TGT = torch.tensor([[BOS, 4, 5, 6, 7], [BOS, 4, 4, PAD, PAD]])


def translator(attention: bool, seed: int = 0, dropout: float = 0.0) -> RecurrentTranslator:
    torch.manual_seed(seed)
    config = TransformerConfig(
        src_vocab_size=9, tgt_vocab_size=11, d_model=6, dropout=dropout, pad_id=PAD
    )
    return RecurrentTranslator(config, attention=attention).eval()


both = pytest.mark.parametrize("attention", [False, True], ids=["summary", "attention"])


@both
def test_has_the_shapes_of_a_transformer(attention: bool) -> None:
    model = translator(attention)
    memory = model.encode(SRC)
    assert memory.shape == (2, 4, 12)
    assert model.decode(TGT, memory, SRC).shape == (2, 5, 11)
    torch.testing.assert_close(model(SRC, TGT), model.decode(TGT, memory, SRC))


@both
def test_padding_of_the_source_changes_nothing(attention: bool) -> None:
    model = translator(attention)
    alone, target = SRC[1:, :2], TGT[1:]
    torch.testing.assert_close(model(alone, target), model(SRC, TGT)[1:])


@both
def test_a_later_target_word_changes_no_earlier_logits(attention: bool) -> None:
    model = translator(attention)
    changed = TGT.clone()
    changed[:, 3] = 9
    before, after = model(SRC, TGT), model(SRC, changed)
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


@both
def test_every_source_word_counts(attention: bool) -> None:
    model = translator(attention)
    for position in range(4):
        changed = SRC.clone()
        changed[0, position] = 3
        assert not torch.allclose(model(SRC, TGT)[0], model(changed, TGT)[0])


@both
def test_every_parameter_learns(attention: bool) -> None:
    model = translator(attention)
    model(SRC, TGT).logsumexp(-1).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@both
def test_dropout_acts_in_training_only(attention: bool) -> None:
    model = translator(attention, dropout=0.5)
    torch.testing.assert_close(model(SRC, TGT), model(SRC, TGT))
    model.train()
    assert not torch.allclose(model(SRC, TGT), model(SRC, TGT))


def test_attention_is_the_courses_additive_attention() -> None:
    model = translator(attention=True)
    memory = model.encode(SRC)
    _, weights = model.decode_with_weights(TGT, memory, SRC)
    assert weights is not None
    first_state = torch.tanh(model.bridge(model._summary(memory, SRC)))
    _, expected = additive_attention(first_state, memory, model.W_q, model.W_k, model.v, SRC != PAD)
    torch.testing.assert_close(weights[:, 0], expected)


def test_attention_weights_sum_to_one_over_real_words() -> None:
    model = translator(attention=True)
    _, weights = model.decode_with_weights(TGT, model.encode(SRC), SRC)
    assert weights is not None and weights.shape == (2, 5, 4)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 5))
    assert (weights[1, :, 2:] == 0).all()


def test_without_attention_there_are_no_weights() -> None:
    model = translator(attention=False)
    assert model.decode_with_weights(TGT, model.encode(SRC), SRC)[1] is None


def test_an_empty_source_is_no_crash() -> None:
    empty = torch.full((2, 3), PAD)
    for attention in (False, True):
        assert translator(attention)(empty, TGT).isfinite().all()


def test_it_can_learn_one_batch_by_heart() -> None:
    model = translator(attention=True, seed=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    target = torch.tensor([[4, 5, 6, 7, EOS], [4, 4, EOS, PAD, PAD]])
    for _ in range(60):
        loss = _loss(model(SRC, TGT), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_a_hidden_state_of_no_length_is_refused() -> None:
    config = TransformerConfig(src_vocab_size=9, tgt_vocab_size=11, d_model=0)
    with pytest.raises(ValueError, match="d_model is 0"):
        RecurrentTranslator(config)


def _loss(logits: Tensor, target: Tensor) -> Tensor:
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), target.flatten(), ignore_index=PAD
    )
