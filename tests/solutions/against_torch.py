"""Compare a part of the course with PyTorch's own module, the same weights in both."""

import re

import torch
from torch import nn
from torch.testing import assert_close

DIRECTIONS = ["ours into torch", "torch into ours"]


def course_names(name):
    """Return the course's names for the torch parameter ``name``: three for a fused projection."""
    name = name.replace("self_attn.", "self_attention.")
    name = name.replace("multihead_attn.", "cross_attention.")
    name = name.replace("linear", "feed_forward.linear")
    name = re.sub(r"\bnorm(\d)\.", r"add_norm\1.norm.", name)
    if "norm." in name or name in ("weight", "bias"):  # the latter: a norm by itself
        name = name.replace("weight", "gamma").replace("bias", "beta")
    if "in_proj_" in name:
        return [name.replace("in_proj_", f"{letter}_proj.") for letter in "qkv"]
    return [name]


def share_weights(ours, theirs, direction):
    """Draw all weights, then copy them one way; no parameter may be left over."""
    source = ours if direction == "ours into torch" else theirs
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.normal_(std=0.3)
        mine, left = dict(ours.named_parameters()), set(dict(ours.named_parameters()))
        for name, parameter in theirs.named_parameters():
            names = course_names(name)
            left -= set(names)
            if source is ours:
                parameter.copy_(torch.cat([mine[n] for n in names]))
            else:
                for n, piece in zip(names, parameter.chunk(len(names)), strict=True):
                    mine[n].copy_(piece)
    assert not left, f"torch has no counterpart of {left}"


def assert_same(ours, theirs, our_call, their_call, inputs, direction):
    """Require equal outputs (1e-5) and equal gradients of inputs and parameters (1e-4)."""
    share_weights(ours, theirs, direction)
    mine = [x.clone().requires_grad_() for x in inputs]
    other = [x.clone().requires_grad_() for x in inputs]
    output, wanted = our_call(*mine), their_call(*other)
    assert_close(output, wanted, atol=1e-5, rtol=1e-5)
    probe = torch.randn_like(wanted)
    output.backward(probe)
    wanted.backward(probe)
    for a, b in zip(mine, other, strict=True):
        assert_close(a.grad, b.grad, atol=1e-4, rtol=1e-4)
    gradients = {name: parameter.grad for name, parameter in ours.named_parameters()}
    for name, parameter in theirs.named_parameters():
        grad = torch.cat([gradients[n] for n in course_names(name)])
        assert_close(grad, parameter.grad, atol=1e-4, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}")


def ids_with_padding(batch, length, vocab, pad_id, device):
    """Draw ids without padding, then pad each row but the first at its end."""
    ids = torch.randint(1, vocab, (batch, length), device=device)
    for row in range(1, batch):
        ids[row, length - row :] = pad_id
    return ids


def plain(module: nn.Module) -> nn.Module:
    """Put the module into training mode: torch then takes no short cut at padding."""
    return module.train()
