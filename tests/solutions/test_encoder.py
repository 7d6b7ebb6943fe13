"""The encoder: equal to PyTorch's, post- and pre-norm, with and without padding."""

import pytest
import torch
from torch import nn

from minitransformer import Encoder, EncoderLayer, padding_mask
from tests.solutions.against_torch import DIRECTIONS, assert_same, ids_with_padding, plain

every_variant = pytest.mark.parametrize(
    ("direction", "norm_first", "padded"),
    [(d, n, p) for d in DIRECTIONS for n in (False, True) for p in (False, True)],
)


def masks(padded, device):
    """Return the mask for the course and the keyword for torch, which means the opposite."""
    if not padded:
        return None, {}
    ids = ids_with_padding(3, 5, 9, 0, device)
    return padding_mask(ids, 0), {"src_key_padding_mask": ids == 0}


@every_variant
def test_a_layer_equals_torch(direction, norm_first, padded, device):
    ours = EncoderLayer(8, 2, 12, 0.0, norm_first).to(device)
    theirs = nn.TransformerEncoderLayer(8, 2, 12, 0.0, batch_first=True, norm_first=norm_first)
    theirs = plain(theirs.to(device))
    mask, options = masks(padded, device)
    x = torch.randn(3, 5, 8, device=device)
    assert_same(
        ours,
        theirs,
        lambda x: ours(x, mask),
        lambda x: theirs(x, **options),
        [x],
        direction,
    )


@every_variant
def test_the_stack_equals_torch(direction, norm_first, padded, device):
    ours = Encoder(3, 8, 2, 12, 0.0, norm_first).to(device)
    layer = nn.TransformerEncoderLayer(8, 2, 12, 0.0, batch_first=True, norm_first=norm_first)
    norm = nn.LayerNorm(8) if norm_first else None
    theirs = nn.TransformerEncoder(layer, 3, norm, enable_nested_tensor=False)
    theirs = plain(theirs.to(device))
    mask, options = masks(padded, device)
    x = torch.randn(3, 5, 8, device=device)
    assert_same(
        ours,
        theirs,
        lambda x: ours(x, mask),
        lambda x: theirs(x, **options),
        [x],
        direction,
    )


def test_layers_have_weights_of_their_own():
    first, second = Encoder(2, 8, 2, 12).layers
    assert not torch.equal(first.feed_forward.linear1.weight, second.feed_forward.linear1.weight)
