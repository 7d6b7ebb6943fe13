"""The decoder and the whole Transformer: equal to PyTorch's."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from minitransformer import (
    Decoder,
    DecoderLayer,
    Transformer,
    TransformerConfig,
    causal_mask,
    padding_mask,
    sinusoidal_encoding,
)
from tests.solutions.against_torch import DIRECTIONS, assert_same, ids_with_padding, plain

every_variant = pytest.mark.parametrize(
    ("direction", "norm_first", "masked"),
    [(d, n, p) for d in DIRECTIONS for n in (False, True) for p in (False, True)],
)


def masks(masked, device):
    """Return the masks for the course and the keywords for torch, which mean the opposite."""
    if not masked:
        return (None, None), {}
    src, tgt = (ids_with_padding(3, length, 9, 0, device) for length in (6, 5))
    causal = causal_mask(5).to(device)
    keywords = {
        "tgt_mask": ~causal,
        "tgt_key_padding_mask": tgt == 0,
        "memory_key_padding_mask": src == 0,
    }
    return (causal & padding_mask(tgt, 0), padding_mask(src, 0)), keywords


@every_variant
def test_a_layer_equals_torch(direction, norm_first, masked, device):
    ours = DecoderLayer(8, 2, 12, 0.0, norm_first).to(device)
    theirs = nn.TransformerDecoderLayer(8, 2, 12, 0.0, batch_first=True, norm_first=norm_first)
    theirs = plain(theirs.to(device))
    both, keywords = masks(masked, device)
    inputs = [torch.randn(3, 5, 8, device=device), torch.randn(3, 6, 8, device=device)]
    assert_same(
        ours,
        theirs,
        lambda x, m: ours(x, m, *both),
        lambda x, memory: theirs(x, memory, **keywords),
        inputs,
        direction,
    )


@every_variant
def test_the_stack_equals_torch(direction, norm_first, masked, device):
    ours = Decoder(3, 8, 2, 12, 0.0, norm_first).to(device)
    layer = nn.TransformerDecoderLayer(8, 2, 12, 0.0, batch_first=True, norm_first=norm_first)
    norm = nn.LayerNorm(8) if norm_first else None
    theirs = plain(nn.TransformerDecoder(layer, 3, norm).to(device))
    both, keywords = masks(masked, device)
    inputs = [torch.randn(3, 5, 8, device=device), torch.randn(3, 6, 8, device=device)]
    assert_same(
        ours,
        theirs,
        lambda x, m: ours(x, m, *both),
        lambda x, memory: theirs(x, memory, **keywords),
        inputs,
        direction,
    )


class TorchTransformer(nn.Module):
    """``nn.Transformer`` with the embeddings, positions and tied output around it."""

    def __init__(self, config):
        super().__init__()
        c = config
        sizes = {"batch_first": True, "norm_first": c.norm_first, "dropout": 0.0}
        norms = [nn.LayerNorm(c.d_model) if c.norm_first else None for _ in range(2)]
        encoder_layer = nn.TransformerEncoderLayer(c.d_model, c.num_heads, c.d_ff, **sizes)
        decoder_layer = nn.TransformerDecoderLayer(c.d_model, c.num_heads, c.d_ff, **sizes)
        core = nn.Transformer(
            c.d_model,
            c.num_heads,
            custom_encoder=nn.TransformerEncoder(encoder_layer, c.num_layers, norms[0], False),
            custom_decoder=nn.TransformerDecoder(decoder_layer, c.num_layers, norms[1]),
            batch_first=True,
        )
        self.encoder, self.decoder, self.c = core.encoder, core.decoder, c
        self.core = [core]  # in a list: its parameters are counted once
        self.src_embedding = nn.Embedding(c.src_vocab_size, c.d_model, padding_idx=c.pad_id)
        self.tgt_embedding = nn.Embedding(c.tgt_vocab_size, c.d_model, padding_idx=c.pad_id)

    def forward(self, src, tgt):
        def embed(table, ids):
            waves = sinusoidal_encoding(ids.size(1), self.c.d_model).to(ids.device)
            return table(ids) * math.sqrt(self.c.d_model) + waves

        x = self.core[0](
            embed(self.src_embedding, src),
            embed(self.tgt_embedding, tgt),
            tgt_mask=~causal_mask(tgt.size(1)).to(tgt.device),
            src_key_padding_mask=src == self.c.pad_id,
            tgt_key_padding_mask=tgt == self.c.pad_id,
            memory_key_padding_mask=src == self.c.pad_id,
        )
        return x @ self.tgt_embedding.weight.T


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("norm_first", [False, True])
def test_the_whole_model_equals_torch(direction, norm_first, device):
    config = TransformerConfig(9, 11, 8, 2, 12, 2, dropout=0.0, pad_id=0, norm_first=norm_first)
    ours, theirs = Transformer(config).to(device), plain(TorchTransformer(config).to(device))
    src, tgt = ids_with_padding(3, 6, 9, 0, device), ids_with_padding(3, 5, 11, 0, device)
    assert_same(ours, theirs, lambda: ours(src, tgt), lambda: theirs(src, tgt), [], direction)


@pytest.fixture
def model():
    return Transformer(TransformerConfig(9, 11, 8, 2, 12, 2, pad_id=3)).eval()


def test_padding_the_source_changes_nothing(model):
    src, tgt = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 7]])
    assert_close(model(torch.tensor([[4, 5, 6, 3, 3]]), tgt), model(src, tgt))


def test_a_later_word_changes_no_earlier_prediction(model):
    src = torch.tensor([[4, 5, 6]])
    one, other = (model(src, torch.tensor([[1, 7, last]])) for last in (8, 9))
    assert_close(one[:, :2], other[:, :2])
    assert not torch.allclose(one[:, 2], other[:, 2])


def test_forward_is_encode_then_decode(model):
    src, tgt = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 7]])
    assert_close(model(src, tgt), model.decode(tgt, model.encode(src), src))
    assert model(src, tgt).shape == (1, 2, 11)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_it_computes_in_the_dtype_of_its_weights(model, dtype):
    assert model.to(dtype)(torch.tensor([[4, 5]]), torch.tensor([[1]])).dtype == dtype


def test_it_makes_every_mask_and_table_on_the_right_device(model):
    ids = torch.ones(2, 4, dtype=torch.long, device="meta")
    assert model.to("meta")(ids, ids).device.type == "meta"


def test_a_sentence_of_padding_alone_gives_no_nan(model):
    model.train()
    logits = model(torch.tensor([[3, 3], [4, 5]]), torch.tensor([[1, 3], [1, 6]]))
    logits.sum().backward()
    assert logits.isfinite().all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
