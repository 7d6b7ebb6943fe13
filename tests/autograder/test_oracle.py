"""The oracle agrees with PyTorch's own functions and modules, sacrebleu, and sums done by hand.

Nothing here touches ``solutions``. Sizes all differ, so that a swapped axis cannot go unnoticed.
"""

from __future__ import annotations

import ast
import copy
import itertools
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder import oracle

BATCH, HEADS, D_HEAD, D_FF = 2, 3, 4, 7
D_MODEL = HEADS * D_HEAD  # 12
SRC_LEN, TGT_LEN = 6, 5


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20170612)


def t(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(array))


def close(ours: np.ndarray, theirs: Tensor | np.ndarray) -> None:
    expected = theirs.detach().numpy() if isinstance(theirs, Tensor) else theirs
    assert np.shape(ours) == expected.shape
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-11)


def state(module: nn.Module) -> dict[str, np.ndarray]:
    return {name: array.detach().numpy() for name, array in module.state_dict().items()}


def shake(module: nn.Module, rng: np.random.Generator) -> nn.Module:
    """Give every parameter of a module random values, biases and norms included; float64, eval."""
    module = module.double().eval()
    for parameter in module.parameters():
        parameter.data = t(rng.normal(size=tuple(parameter.shape)) * 0.5)
    return module


def below(prefix: str, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{prefix}.{name}": array for name, array in weights.items()}


def attention_weights(module: nn.MultiheadAttention) -> dict[str, np.ndarray]:
    """Return a torch module's weights under the course's names."""
    given = state(module)
    weights = {}
    for row, name in enumerate(("q_proj", "k_proj", "v_proj")):
        rows = slice(row * D_MODEL, (row + 1) * D_MODEL)
        weights[f"{name}.weight"] = given["in_proj_weight"][rows]
        weights[f"{name}.bias"] = given["in_proj_bias"][rows]
    weights |= {f"out_proj.{end}": given[f"out_proj.{end}"] for end in ("weight", "bias")}
    return weights


def norm_weights(module: nn.LayerNorm) -> dict[str, np.ndarray]:
    return {"gamma": state(module)["weight"], "beta": state(module)["bias"]}


def layer_weights(layer: nn.Module) -> dict[str, np.ndarray]:
    """Return the weights of torch's encoder or decoder layer under the course's names."""
    weights = below("self_attention", attention_weights(layer.self_attn))
    norms = [layer.norm1, layer.norm2]
    if isinstance(layer, nn.TransformerDecoderLayer):
        weights |= below("cross_attention", attention_weights(layer.multihead_attn))
        norms.append(layer.norm3)
    weights |= below("feed_forward.linear1", state(layer.linear1))
    weights |= below("feed_forward.linear2", state(layer.linear2))
    for number, norm in enumerate(norms, 1):
        weights |= below(f"add_norm{number}.norm", norm_weights(norm))
    return weights


def stack_weights(stack: nn.Module) -> dict[str, np.ndarray]:
    weights = {}
    for index, layer in enumerate(stack.layers):
        weights |= below(f"layers.{index}", layer_weights(layer))
    if stack.norm is not None:
        weights |= below("norm", norm_weights(stack.norm))
    return weights


# The oracle as a whole


def test_it_stands_alone():
    """Only the standard library, NumPy and its own files: nothing it could share a mistake with."""
    for file in Path(oracle.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                top = name.split(".")[0]
                assert (
                    top in sys.stdlib_module_names
                    or top == "numpy"
                    or name.startswith("autograder.oracle.")
                ), f"{file.name} imports {name}"


def test_float32_is_computed_in_float64(rng):
    x = rng.normal(size=(BATCH, SRC_LEN)).astype(np.float32)
    assert oracle.softmax(x).dtype == np.float64
    close(oracle.softmax(x), F.softmax(t(x).double(), dim=-1))


def test_inputs_are_left_unchanged(rng):
    x = rng.normal(size=(BATCH, SRC_LEN, D_MODEL))
    tgt = np.array([[3, 4, 2]])
    mask = np.array([True, False, True, True, True, True])
    layer = shake(nn.TransformerEncoderLayer(D_MODEL, HEADS, D_FF), rng)
    weights = layer_weights(layer)
    before = copy.deepcopy((x, tgt, mask, weights))
    oracle.encoder_layer(x, mask, weights, HEADS)
    oracle.rotary_embedding(x[:, None], np.arange(SRC_LEN))
    oracle.shift_right(tgt, 1)
    np.testing.assert_equal((x, tgt, mask, weights), before)


def test_a_part_without_weights_is_named():
    with pytest.raises(KeyError, match=r"no weight starts with 'q_proj\.'"):
        oracle.multi_head_attention(np.ones((1, 1, 2)), 0, 0, None, {"wq.weight": np.eye(2)}, 1)


# 00 softmax


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_softmax(rng, dim):
    logits = rng.normal(size=(2, 3, 5)) * 10
    close(oracle.softmax(logits, dim), F.softmax(t(logits), dim=dim))


def test_softmax_of_huge_scores():
    # e^0 : e^(-ln 3) = 3 : 1, whatever is added to both.
    close(oracle.softmax([1000.0, 1000.0 - math.log(3)]), np.array([0.75, 0.25]))


# 01 recurrence


def test_rnn_step(rng):
    cell = shake(nn.RNNCell(4, 3), rng)  # tanh(W_ih x + b_ih + W_hh h + b_hh)
    x, h = rng.normal(size=(2, 4)), rng.normal(size=(2, 3))
    w = state(cell)
    ours = oracle.rnn_step(x, h, w["weight_ih"].T, w["weight_hh"].T, w["bias_ih"] + w["bias_hh"])
    close(ours, cell(t(x), t(h)))


def test_additive_attention_by_hand():
    # One query of 1 and two keys, all of width 1, with W_q = W_k = v = 1. The keys are chosen so
    # that tanh(1 + k) is 1/2 and -1/2: the scores differ by 1, so the weights are e : 1.
    keys = np.array([math.atanh(0.5) - 1, math.atanh(-0.5) - 1]).reshape(1, 2, 1)
    one = np.ones((1, 1))
    context, weights = oracle.additive_attention(one, keys, one, one, np.ones(1))
    share = math.e / (math.e + 1)
    close(weights, np.array([[share, 1 - share]]))
    # Their mean: share · atanh(1/2) − (1 − share) · atanh(1/2) − 1.
    close(context, np.array([[(2 * share - 1) * math.atanh(0.5) - 1]]))


def test_additive_attention_with_a_mask(rng):
    query, keys = rng.normal(size=(3, 4)), rng.normal(size=(3, 5, 6))
    W_q, W_k, v = rng.normal(size=(4, 7)), rng.normal(size=(6, 7)), rng.normal(size=7)
    mask = np.array([[True] * 5, [True, True, False, True, False], [False] * 5])
    context, weights = oracle.additive_attention(query, keys, W_q, W_k, v, mask)
    scores = torch.tanh(t(query @ W_q)[:, None] + t(keys @ W_k)) @ t(v)
    expected = F.softmax(scores.masked_fill(~t(mask), -math.inf), dim=-1).nan_to_num(0.0)
    close(weights, expected)
    close(context, torch.einsum("bt,btk->bk", expected, t(keys)))


# 02 embeddings


def test_skip_gram_loss(rng):
    center, context = rng.normal(size=(2, 5)), rng.normal(size=(2, 5))
    negatives = rng.normal(size=(2, 3, 5))
    positive = F.logsigmoid((t(center) * t(context)).sum(-1))
    negative = F.logsigmoid(-torch.einsum("bd,bkd->bk", t(center), t(negatives))).sum(-1)
    close(oracle.skip_gram_loss(center, context, negatives), -(positive + negative).mean())


def test_skip_gram_loss_of_large_products_is_finite():
    # −log σ(−1000) = 1000 to double precision, and the negative at −1000 costs nothing.
    center = np.array([[1000.0]])
    close(oracle.skip_gram_loss(center, -np.ones((1, 1)), -np.ones((1, 1, 1))), np.array(1000.0))


def test_learn_bpe_by_hand():
    # low ×5, lower ×2, newest ×6, widest ×3.
    # (e,s) and (s,t): 6+3 = 9 each, more than any other; (e,s) is the smaller tuple.
    # Then (es,t) 9. Then (l,o) and (o,w) 7; (l,o). Then (lo,w) 7.
    # Then (e,w), (n,e), (w,est) 6; (e,w) is the smallest.
    counts = {"low": 5, "lower": 2, "newest": 6, "widest": 3}
    assert oracle.learn_bpe(counts, 5) == [
        ("e", "s"),
        ("es", "t"),
        ("l", "o"),
        ("lo", "w"),
        ("e", "w"),
    ]


def test_learn_bpe_counts_overlaps():
    # "bbb" holds (b,b) twice, which beats (a,c) and (b,c) at one each. Counted once it would tie,
    # and (a,c) is the smallest tuple.
    assert oracle.learn_bpe({"bbb": 1, "bc": 1, "ac": 1}, 1) == [("b", "b")]


def test_learn_bpe_stops_when_nothing_is_left():
    assert oracle.learn_bpe({"ab": 1}, 10) == [("a", "b")]
    assert oracle.learn_bpe({}, 3) == []


def test_apply_bpe_by_hand():
    merges = [("a", "a"), ("aa", "b"), ("l", "o")]
    assert oracle.apply_bpe("aaab", merges) == ["aa", "a", "b"]  # from the left: aa|a|b, not a|aa|b
    assert oracle.apply_bpe("aab", merges) == ["aab"]
    assert oracle.apply_bpe("", merges) == []


def test_token_embedding(rng):
    table, ids = rng.normal(size=(7, 4)), np.array([[0, 6, 3], [3, 1, 0]])
    close(oracle.token_embedding(ids, {"weight": table}), F.embedding(t(ids), t(table)) * 2.0)


# 03 positional encoding


def test_sinusoidal_encoding_by_hand():
    # d = 5: the rates are 10000^0, 10000^(-2/5), 10000^(-4/5); the last column is a sine.
    row = [math.sin(3), math.cos(3)]
    row += [math.sin(3 * 10000**-0.4), math.cos(3 * 10000**-0.4), math.sin(3 * 10000**-0.8)]
    table = oracle.sinusoidal_encoding(4, 5)
    close(table[3], np.array(row))
    close(table[0], np.array([0.0, 1.0, 0.0, 1.0, 0.0]))


def test_positional_encoding_adds_the_table(rng):
    x = rng.normal(size=(2, 3, 6))
    close(oracle.positional_encoding(x) - x, np.stack([oracle.sinusoidal_encoding(3, 6)] * 2))


def test_rotary_embedding_is_a_complex_rotation(rng):
    x, positions = rng.normal(size=(2, 3, 5, 8)), np.array([0, 1, 4, 9, 100])
    rates = 50.0 ** (-torch.arange(0, 8, 2, dtype=torch.float64) / 8)
    turn = torch.polar(torch.ones(5, 4, dtype=torch.float64), t(positions)[:, None] * rates)
    pairs = torch.view_as_complex(t(x).reshape(2, 3, 5, 4, 2))
    expected = torch.view_as_real(pairs * turn).reshape(2, 3, 5, 8)
    close(oracle.rotary_embedding(x, positions, base=50.0), expected)


def test_rotary_scores_depend_on_distance_alone(rng):
    query, key = rng.normal(size=(2, 1, 1, 1, 6))

    def score(at: int, other: int) -> np.ndarray:
        turned = oracle.rotary_embedding(query, [at]), oracle.rotary_embedding(key, [other])
        return (turned[0] * turned[1]).sum()

    assert score(3, 1) == pytest.approx(score(12, 10), abs=1e-12)
    assert score(3, 1) != pytest.approx(score(1, 3), abs=1e-3)


# 04 attention


def attention_inputs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shapes = [(2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 7)]
    query, key, value = (rng.normal(size=shape) for shape in shapes)
    return query, key, value


def test_attention_without_a_mask(rng):
    query, key, value = attention_inputs(rng)
    output, weights = oracle.scaled_dot_product_attention(query, key, value)
    close(output, F.scaled_dot_product_attention(t(query), t(key), t(value)))
    close(weights, F.softmax(t(query) @ t(key).mT / 2.0, dim=-1))


@pytest.mark.parametrize("shape", [(2, 1, 1, 6), (5, 6), (2, 3, 5, 6)])
def test_attention_with_a_mask(rng, shape):
    query, key, value = attention_inputs(rng)
    mask = rng.random(shape) < 0.6
    mask[..., 0] = True  # every query has at least one key
    output, weights = oracle.scaled_dot_product_attention(query, key, value, mask)
    close(output, F.scaled_dot_product_attention(t(query), t(key), t(value), t(mask)))
    assert (weights[~np.broadcast_to(mask, weights.shape)] == 0.0).all()


def test_attention_to_nothing_is_zero(rng):
    query, key, value = attention_inputs(rng)
    mask = np.ones((5, 6), dtype=bool)
    mask[2] = False
    output, weights = oracle.scaled_dot_product_attention(query, key, value, mask)
    assert (output[:, :, 2] == 0.0).all() and (weights[:, :, 2] == 0.0).all()
    assert (weights[:, :, [0, 1, 3, 4]] > 0.0).all()


def test_a_masked_score_may_be_huge():
    # The first key scores 10000, but only the other two may be seen: 2 and 0, so e² : 1.
    key, value = np.array([[1e4], [2.0], [0.0]]), np.eye(3)
    output, _ = oracle.scaled_dot_product_attention([[1.0]], key, value, [[False, True, True]])
    share = math.e**2 / (math.e**2 + 1)
    close(output, np.array([[0.0, share, 1 - share]]))


def test_masks_by_hand():
    mask = oracle.padding_mask(np.array([[5, 0, 7], [0, 0, 1]]), pad_id=0)
    assert mask.shape == (2, 1, 1, 3) and mask.dtype == np.bool_
    assert mask[:, 0, 0].tolist() == [[True, False, True], [False, False, True]]
    assert oracle.causal_mask(3).tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


# 05 multi-head attention


def test_split_heads_by_hand():
    x = np.arange(12.0).reshape(1, 2, 6)
    heads = oracle.split_heads(x, 3)
    assert heads.shape == (1, 3, 2, 2)
    assert heads[0, 1].tolist() == [[2.0, 3.0], [8.0, 9.0]]  # columns 2 and 3 of both positions
    close(oracle.merge_heads(heads), x)


def test_split_heads_refuses_what_does_not_divide():
    with pytest.raises(ValueError, match="equal division"):
        oracle.split_heads(np.zeros((1, 2, 5)), 3)


@pytest.mark.parametrize("masked", [False, True])
def test_multi_head_attention(rng, masked):
    module = shake(nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True), rng)
    query = rng.normal(size=(BATCH, TGT_LEN, D_MODEL))
    key, value = rng.normal(size=(2, BATCH, SRC_LEN, D_MODEL))
    real = np.array([[True] * SRC_LEN, [True, True, True, True, False, False]])
    mask = real[:, None, None, :] if masked else None
    ours = oracle.multi_head_attention(query, key, value, mask, attention_weights(module), HEADS)
    theirs = module(
        t(query),
        t(key),
        t(value),
        key_padding_mask=~t(real) if masked else None,
        average_attn_weights=False,
    )
    close(ours[0], theirs[0])
    close(ours[1], theirs[1])


# 06 and 07: the parts around attention


@pytest.mark.parametrize("shape", [(3, 12), (2, 5, 12)])
@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_layer_norm(rng, shape, eps):
    module = shake(nn.LayerNorm(12, eps=eps), rng)
    x = rng.normal(size=shape) * 3 + 5
    close(oracle.layer_norm(x, norm_weights(module), eps), module(t(x)))


def test_add_norm_in_both_orders(rng):
    module = shake(nn.LayerNorm(6, eps=0.01), rng)
    x, matrix = rng.normal(size=(2, 3, 6)), rng.normal(size=(6, 6))
    weights = below("norm", norm_weights(module))
    post = oracle.add_norm(x, lambda y: y @ matrix, weights, norm_first=False, eps=0.01)
    close(post, module(t(x) + t(x) @ t(matrix)))
    pre = oracle.add_norm(x, lambda y: y @ matrix, weights, norm_first=True, eps=0.01)
    close(pre, t(x) + module(t(x)) @ t(matrix))


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_feed_forward(rng, activation):
    module = shake(nn.Sequential(nn.Linear(4, 7), nn.Identity(), nn.Linear(7, 4)), rng)
    x = rng.normal(size=(2, 3, 4))
    weights = below("linear1", state(module[0])) | below("linear2", state(module[2]))
    hidden = getattr(F, activation)(module[0](t(x)))  # F.gelu is exact by default
    close(oracle.feed_forward(x, weights, activation), module[2](hidden))


# 08 and 09: encoder, decoder, Transformer


def encoder_layer(rng: np.random.Generator, norm_first: bool) -> nn.Module:
    layer = nn.TransformerEncoderLayer(
        D_MODEL, HEADS, D_FF, dropout=0.0, batch_first=True, norm_first=norm_first
    )
    return shake(layer, rng)


def decoder_layer(rng: np.random.Generator, norm_first: bool) -> nn.Module:
    layer = nn.TransformerDecoderLayer(
        D_MODEL, HEADS, D_FF, dropout=0.0, batch_first=True, norm_first=norm_first
    )
    return shake(layer, rng)


SRC = np.array([[4, 5, 6, 7, 8, 3], [9, 8, 7, 6, 0, 0]])  # 0 is padding
TGT = np.array([[1, 5, 3, 2, 6], [1, 7, 2, 0, 0]])


@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder_layer(rng, norm_first):
    layer = encoder_layer(rng, norm_first)
    x = rng.normal(size=(BATCH, SRC_LEN, D_MODEL))
    mask = oracle.padding_mask(SRC, 0)
    ours = oracle.encoder_layer(x, mask, layer_weights(layer), HEADS, norm_first)
    close(ours, layer(t(x), src_key_padding_mask=t(SRC == 0)))


@pytest.mark.parametrize("norm_first", [False, True])
def test_decoder_layer(rng, norm_first):
    layer = decoder_layer(rng, norm_first)
    x = rng.normal(size=(BATCH, TGT_LEN, D_MODEL))
    memory = rng.normal(size=(BATCH, SRC_LEN, D_MODEL))
    causal, cross = oracle.causal_mask(TGT_LEN), oracle.padding_mask(SRC, 0)
    weights = layer_weights(layer)
    ours = oracle.decoder_layer(x, memory, causal, cross, weights, HEADS, norm_first)
    theirs = layer(t(x), t(memory), tgt_mask=~t(causal), memory_key_padding_mask=t(SRC == 0))
    close(ours, theirs)


@pytest.mark.parametrize("norm_first", [False, True])
def test_transformer(rng, norm_first):
    """Embedding, positions, encoder, decoder and tied projection against torch's own stacks.

    The layers of a torch stack start as copies; ``shake`` makes them differ.
    """
    norms = [nn.LayerNorm(D_MODEL) if norm_first else None for _ in range(2)]
    encoder = nn.TransformerEncoder(
        encoder_layer(rng, norm_first), 2, norms[0], enable_nested_tensor=False
    )
    decoder = nn.TransformerDecoder(decoder_layer(rng, norm_first), 2, norms[1])
    encoder, decoder = shake(encoder, rng), shake(decoder, rng)
    src_table, tgt_table = rng.normal(size=(10, D_MODEL)), rng.normal(size=(8, D_MODEL))
    weights = below("encoder", stack_weights(encoder)) | below("decoder", stack_weights(decoder))
    weights |= {"src_embedding.weight": src_table, "tgt_embedding.weight": tgt_table}
    config = {"num_layers": 2, "num_heads": HEADS, "pad_id": 0, "norm_first": norm_first}

    def embed(table: np.ndarray, ids: np.ndarray) -> Tensor:
        positions = oracle.sinusoidal_encoding(ids.shape[1], D_MODEL)
        return t(table[ids] * math.sqrt(D_MODEL) + positions)

    memory = encoder(embed(src_table, SRC), src_key_padding_mask=t(SRC == 0))
    close(oracle.transformer_encode(SRC, weights, config), memory)
    states = decoder(
        embed(tgt_table, TGT),
        memory,
        tgt_mask=~t(oracle.causal_mask(TGT_LEN)),
        tgt_key_padding_mask=t(TGT == 0),
        memory_key_padding_mask=t(SRC == 0),
    )
    close(oracle.transformer(SRC, TGT, weights, config), states @ t(tgt_table).mT)


# 10 training


def test_shift_right_by_hand():
    shifted = oracle.shift_right(np.array([[5, 6, 2], [7, 2, 0]], dtype=np.int32), bos_id=1)
    assert shifted.tolist() == [[1, 5, 6], [1, 7, 2]] and shifted.dtype == np.int32


def test_cross_entropy_ignores_padding(rng):
    logits, target = rng.normal(size=(2, 5, 8)), TGT
    theirs = F.cross_entropy(t(logits).flatten(0, 1), t(target).flatten(), ignore_index=0)
    close(oracle.label_smoothed_cross_entropy(logits, target, pad_id=0), theirs)


def test_smoothing_by_hand():
    # Four words, padding 3, smoothing 0.3: the target gets 0.7, the two others 0.1 each, padding
    # nothing. The logits are log p with p = 1/2, 1/4, 1/8, 1/8, target 1:
    # 0.7 · 2 ln 2 + 0.1 · ln 2 + 0.1 · 3 ln 2 = 1.8 ln 2. The second position is padding.
    logits = np.log([[[0.5, 0.25, 0.125, 0.125], [0.1, 0.1, 0.1, 0.7]]])
    loss = oracle.label_smoothed_cross_entropy(logits, np.array([[1, 3]]), 3, smoothing=0.3)
    close(loss, np.array(1.8 * math.log(2)))


def test_smoothed_loss_against_torch_with_the_shares_given(rng):
    logits, smoothing = rng.normal(size=(2, 5, 8)), 0.2
    shares = np.stack([oracle.smoothed_target(word, 8, 0, smoothing) for word in TGT[TGT != 0]])
    close(shares.sum(axis=-1), np.full(len(shares), 0.8 + 0.2 * 6 / 7))
    theirs = F.cross_entropy(t(logits[TGT != 0]), t(shares))
    close(oracle.label_smoothed_cross_entropy(logits, TGT, 0, smoothing), theirs)


def test_loss_without_a_real_word_is_zero():
    assert oracle.label_smoothed_cross_entropy(np.ones((1, 2, 3)), np.zeros((1, 2)), 0) == 0.0


def test_a_word_ruled_out_costs_nothing_where_it_is_not_asked_for():
    loss = oracle.label_smoothed_cross_entropy([[[-math.inf, 0.0, 0.0]]], np.array([[1]]), 0)
    close(loss, np.array(math.log(2)))


def test_warmup_lr_by_hand():
    # d = 4, 100 steps: 4^-0.5 = 1/2. Step 25: 25/1000. Step 100: 1/10 from both. Step 400: 1/20.
    assert oracle.warmup_lr(25, 4, 100) == pytest.approx(0.0125)
    assert oracle.warmup_lr(100, 4, 100) == pytest.approx(0.05)
    assert oracle.warmup_lr(400, 4, 100) == pytest.approx(0.025)


@pytest.mark.parametrize(("smoothing", "max_norm"), [(0.0, 100.0), (0.1, 100.0), (0.1, 0.05)])
def test_train_step_linear(rng, smoothing, max_norm):
    start = rng.normal(size=(8, 8))
    parameter = nn.Parameter(t(start))
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    shares = t(np.stack([oracle.smoothed_target(word, 8, 0, smoothing) for word in TGT[TGT != 0]]))
    logits = parameter[t(oracle.shift_right(TGT, 1))[t(TGT != 0)]]
    expected = F.cross_entropy(logits, shares)
    expected.backward()
    norm = nn.utils.clip_grad_norm_([parameter], max_norm)
    assert (norm > max_norm) == (max_norm < 1)  # the last case is clipped, the others are not
    optimizer.step()
    loss, after = oracle.train_step_linear(
        {"weight": start}, (SRC, TGT), 0, 1, smoothing, max_norm, lr=0.5
    )
    assert isinstance(loss, float)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    close(after["weight"], parameter)


# 11 inference


def markov(table: np.ndarray, seen: list[np.ndarray] | None = None):
    """Return next_logits for a model that looks at the last token only."""

    def next_logits(ids: np.ndarray) -> np.ndarray:
        if seen is not None:
            seen.append(ids.copy())
        return np.log(table)[ids[:, -1]]

    return next_logits


# Rows: the last token; columns: the next. 0 is eos, 3 the start.
CHAIN = np.array(
    [
        [0.05, 0.05, 0.05, 0.85],
        [0.70, 0.10, 0.15, 0.05],  # 1 ends at once
        [0.10, 0.60, 0.20, 0.10],  # 2 goes to 1
        [0.10, 0.30, 0.55, 0.05],  # the start goes to 2
    ]
)


def test_greedy_decode_by_hand():
    # 3 -> 2 -> 1 -> 0, and from 1 straight to 0. All rows are passed until both have ended.
    seen: list[np.ndarray] = []
    ids = oracle.greedy_decode(markov(CHAIN, seen), np.array([[3], [1]]), 0, max_len=9)
    assert ids.tolist() == [[3, 2, 1, 0], [1, 0, 0, 0]]
    assert [batch.shape for batch in seen] == [(2, 1), (2, 2), (2, 3)]


def test_greedy_decode_stops_at_max_len():
    ids = oracle.greedy_decode(markov(CHAIN), np.array([[3]]), 0, max_len=3)
    assert ids.tolist() == [[3, 2, 1]]


def test_sample_distribution_by_hand():
    logits = np.log([[0.4, 0.1, 0.3, 0.2]])
    close(oracle.sample_distribution(logits), np.array([[0.4, 0.1, 0.3, 0.2]]))
    # Temperature 1/2 squares the odds: 16, 1, 9, 4 of 30.
    close(oracle.sample_distribution(logits, 0.5), np.array([[16, 1, 9, 4]]) / 30)
    close(oracle.sample_distribution(logits, top_k=2), np.array([[4, 0, 3, 0]]) / 7)
    # 0.4 is short of 0.6; 0.3 crosses it and stays.
    close(oracle.sample_distribution(logits, top_p=0.6), np.array([[4, 0, 3, 0]]) / 7)
    # Top 3 leaves 4/9, 3/9, 2/9. 4/9 = 0.44 reaches 0.42 alone; before renormalising 0.4 does not.
    close(oracle.sample_distribution(logits, top_k=3, top_p=0.42), np.array([[1.0, 0, 0, 0]]))
    close(oracle.sample_distribution(logits, top_p=0.42), np.array([[4, 0, 3, 0]]) / 7)
    # The temperature comes first: 16/30 = 0.53 reaches 0.5 alone, 0.4 does not.
    close(oracle.sample_distribution(logits, 0.5, top_p=0.5), np.array([[1.0, 0, 0, 0]]))


def test_sample_distribution_keeps_at_least_one_and_at_most_all():
    logits = np.log([[0.25, 0.75], [0.9, 0.1]])
    close(oracle.sample_distribution(logits, top_p=0.0), np.array([[0.0, 1.0], [1.0, 0.0]]))
    close(oracle.sample_distribution(logits, top_k=5, top_p=1.0), np.exp(logits))


def best_by_enumeration(
    table: np.ndarray, start: int, eos: int, max_len: int, penalty: float
) -> tuple[list[int], float]:
    """Score every sequence there is: those that end in their only eos, or fill max_len."""
    best: tuple[list[int], float] = ([], -math.inf)
    for length in range(1, max_len):
        for words in itertools.product(range(len(table)), repeat=length):
            ended = words[-1] == eos
            if eos in words[:-1] or not (ended or length == max_len - 1):
                continue
            steps = zip((start, *words), words, strict=False)
            log_p = sum(math.log(table[before, after]) for before, after in steps)
            score = log_p / ((5 + length) / 6) ** penalty
            if score > best[1]:
                best = ([start, *words], score)
    return best


@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("max_len", [2, 5])
def test_a_wide_beam_finds_the_best_of_all_sequences(rng, penalty, max_len):
    table = rng.dirichlet(np.full(4, 0.7), size=4)
    ids, scores = oracle.beam_search(
        markov(table), np.array([[1], [2], [3]]), 0, 4**max_len, max_len, penalty
    )
    for row, start in enumerate([1, 2, 3]):
        words, score = best_by_enumeration(table, start, 0, max_len, penalty)
        assert ids[row].tolist() == words + [0] * (ids.shape[1] - len(words))
        assert scores[row] == pytest.approx(score)


def test_the_length_penalty_decides_by_hand():
    # From 1: end at once with 0.5 (n = 1), or go to 2 with 0.45 and end there with 0.99 (n = 2).
    # Without a penalty ln 0.5 = -0.693 beats ln 0.4455 = -0.809.
    # With penalty 2 the second is divided by (7/6)² = 1.361: -0.594 beats -0.693.
    table = np.array([[1.0, 1e-9, 1e-9], [0.5, 0.05, 0.45], [0.99, 0.005, 0.005]])
    short = oracle.beam_search(markov(table), np.array([[1]]), 0, 2, 4, length_penalty=0.0)
    assert short[0].tolist() == [[1, 0]]
    assert short[1][0] == pytest.approx(math.log(0.5))
    long = oracle.beam_search(markov(table), np.array([[1]]), 0, 2, 4, length_penalty=2.0)
    assert long[0].tolist() == [[1, 2, 0]]
    assert long[1][0] == pytest.approx(math.log(0.45 * 0.99) / (7 / 6) ** 2)


def test_a_beam_of_two_finds_what_greedy_misses():
    # Greedy takes 3 -> 2 -> 1 -> 0: 0.55 · 0.4 · 0.7 = 0.154. Better is 3 -> 1 -> 0:
    # 0.3 · 0.7 = 0.21, although 1 is the second choice after 3.
    table = CHAIN.copy()
    table[2] = [0.10, 0.40, 0.35, 0.15]
    greedy = oracle.beam_search(markov(table), np.array([[3]]), 0, 1, 6, 0.0)
    wider = oracle.beam_search(markov(table), np.array([[3]]), 0, 2, 6, 0.0)
    assert greedy[0].tolist() == [[3, 2, 1, 0]]
    assert greedy[1][0] == pytest.approx(math.log(0.55 * 0.4 * 0.7))
    assert wider[0].tolist() == [[3, 1, 0]]
    assert wider[1][0] == pytest.approx(math.log(0.3 * 0.7))


def test_a_beam_of_one_is_greedy():
    ids, _ = oracle.beam_search(markov(CHAIN), np.array([[3], [1]]), 0, 1, max_len=9)
    assert ids.tolist() == oracle.greedy_decode(markov(CHAIN), [[3], [1]], 0, 9).tolist()


def test_beams_are_padded_with_eos():
    # 2 is eos. From 1 it comes at once, from 0 by way of 1.
    table = np.array([[0.05, 0.9, 0.05], [0.05, 0.05, 0.9], [0.3, 0.3, 0.4]])
    ids, scores = oracle.beam_search(markov(table), np.array([[0], [1]]), 2, 3, 6, 0.0)
    assert ids.tolist() == [[0, 1, 2], [1, 2, 2]]
    close(scores, np.log([0.81, 0.9]))


def test_cached_attention_sees_only_the_past(rng):
    module = shake(nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True), rng)
    xs = rng.normal(size=(BATCH, TGT_LEN, D_MODEL))
    ours = oracle.cached_attention(xs, attention_weights(module), HEADS)
    for step in range(TGT_LEN):  # each row again, from only what has arrived by then
        past = t(xs[:, : step + 1])
        output, _ = module(past[:, -1:], past, past)
        close(ours[:, step : step + 1], output)


# 12 translation


SENTENCES = [
    ("the cat sat on the mat today", "the cat sat on a mat today ."),
    ("there is a dog in the big garden", "there is a dog in the garden"),
    ("the the the", "the end"),
    ("", "nothing was said"),
]


@pytest.mark.parametrize("max_order", [1, 2, 4])
@pytest.mark.parametrize("turned", [False, True])  # hypotheses shorter than references, or longer
def test_bleu_agrees_with_sacrebleu(max_order, turned):
    hypotheses, references = zip(*SENTENCES, strict=True)
    if turned:
        hypotheses, references = references, hypotheses
    metric = sacrebleu.BLEU(tokenize="none", smooth_method="none", max_ngram_order=max_order)
    theirs = metric.corpus_score(list(hypotheses), [list(references)]).score
    ours = oracle.bleu(
        [text.split() for text in hypotheses], [text.split() for text in references], max_order
    )
    assert ours > 1.0
    assert ours == pytest.approx(theirs, rel=1e-10)


def test_bleu_by_hand():
    # "a a b" against "a b c d": unigrams a (once at most) and b match, 2/3; bigrams "a b", 1/2.
    # Brevity exp(1 - 4/3).
    score = oracle.bleu([list("aab")], [list("abcd")], max_order=2)
    assert score == pytest.approx(100 * math.exp(-1 / 3) * math.sqrt(2 / 3 * 1 / 2))


def test_bleu_is_zero_where_an_order_has_no_match():
    assert oracle.bleu([list("abc")], [list("abc")], max_order=4) == 0.0  # no 4-gram at all
    assert oracle.bleu([list("abc")], [list("abc")], max_order=3) == pytest.approx(100.0)
    assert oracle.bleu([list("abc")], [list("cba")], max_order=2) == 0.0  # bigrams, none matched
    assert oracle.bleu([[]], [list("abc")]) == 0.0


def test_bleu_refuses_lists_of_different_lengths():
    with pytest.raises(ValueError, match="zip"):
        oracle.bleu([["a"]], [["a"], ["b"]])


# Derivatives


def attend(inputs: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return oracle.scaled_dot_product_attention(**inputs)


def autograd(rng: np.random.Generator):
    """Return inputs, cotangents of both outputs, and autograd's gradients."""
    inputs = dict(zip(("query", "key", "value"), attention_inputs(rng), strict=True))
    cotangents = (rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(2, 3, 5, 6)))
    leaves = {name: t(array).requires_grad_() for name, array in inputs.items()}
    weights = F.softmax(leaves["query"] @ leaves["key"].mT / 2.0, dim=-1)
    outputs = (weights @ leaves["value"], weights)
    torch.autograd.backward(outputs, [t(cotangent) for cotangent in cotangents])
    return inputs, cotangents, {name: leaf.grad.numpy() for name, leaf in leaves.items()}


def test_directional_derivative_agrees_with_autograd(rng):
    inputs, cotangents, gradients = autograd(rng)
    directions = {name: rng.normal(size=array.shape) for name, array in inputs.items()}
    ours = oracle.directional_derivative(attend, inputs, directions, cotangents)
    theirs = sum(float((gradients[name] * directions[name]).sum()) for name in inputs)
    assert ours == pytest.approx(theirs, rel=1e-7)


def test_numeric_gradient_agrees_with_autograd(rng):
    inputs, cotangents, gradients = autograd(rng)
    ours = oracle.numeric_gradient(attend, inputs, "key", cotangents)
    np.testing.assert_allclose(ours, gradients["key"], rtol=1e-6, atol=1e-8)


def test_none_leaves_an_output_out_and_other_inputs_pass_through():
    # f = (x², 100 x) with x = 3; only the first counts: 2 · 3 · direction 5 = 30.
    def function(inputs):
        assert inputs["ids"].dtype == np.int64
        return inputs["x"] ** 2, 100 * inputs["x"]

    inputs = {"x": np.array([3.0]), "ids": np.array([1, 2])}
    slope = oracle.directional_derivative(
        function, inputs, {"x": np.array([5.0])}, (np.ones(1), None)
    )
    assert slope == pytest.approx(30.0)


def test_shapes_that_differ_are_refused():
    inputs = {"x": np.ones(3)}
    with pytest.raises(ValueError, match=r"direction of x has shape \(1,\), but \(3,\) is needed"):
        oracle.directional_derivative(
            lambda given: given["x"], inputs, {"x": np.ones(1)}, np.ones(3)
        )
    with pytest.raises(ValueError, match="cotangent"):
        oracle.numeric_gradient(lambda given: given["x"], inputs, "x", np.ones(()))
