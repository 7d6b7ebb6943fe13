"""Lesson 01: additive attention, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["rnn_step"] = Steps(
    """
def rnn_step(x, h, W_xh, W_hh, b):
    return $squeeze($word + $state + $bias)$after
""",
    right={
        "squeeze": "torch.tanh",
        "word": "x @ W_xh",
        "state": "h @ W_hh",
        "bias": "b",
        "after": "",
    },
    mistakes={
        "no-tanh": {"squeeze": ""},
        "sigmoid": {"squeeze": "torch.sigmoid"},
        "relu": {"squeeze": "torch.relu"},
        "no-bias": {"bias": "0"},
        "bias-outside": {"bias": "0", "after": " + b"},
        "no-memory": {"state": "0"},
        "not-reading": {"word": "0"},
        "W_hh-transposed": {"state": "h @ W_hh.T"},
        "residual": {"after": " + h"},
    },
)

STEPS["additive_attention"] = Steps(
    """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    scores = ($scores)$scale
    if mask is not None:
        scores = $hide
    weights = softmax(scores, dim=$axis)
    if mask is not None:
        weights = $seen
    context = (weights[:, :, None] * $mixed).sum(dim=1)
    return context$mean, weights
""",
    right={
        "scores": "torch.tanh((query @ W_q)[:, None, :] + keys @ W_k) @ v",
        "scale": "",
        "hide": "scores.masked_fill(~mask, torch.finfo(scores.dtype).min)",
        "axis": "-1",
        "seen": "weights * mask",
        "mixed": "keys",
        "mean": "",
    },
    mistakes={
        "no-tanh": {"scores": "((query @ W_q)[:, None, :] + keys @ W_k) @ v"},
        "tanh-of-each": {
            "scores": "(torch.tanh(query @ W_q)[:, None, :] + torch.tanh(keys @ W_k)) @ v"
        },
        "tanh-of-scores": {"scores": "torch.tanh(((query @ W_q)[:, None, :] + keys @ W_k) @ v)"},
        "multiplied": {"scores": "torch.tanh((query @ W_q)[:, None, :] * (keys @ W_k)) @ v"},
        "query-ignored": {"scores": "torch.tanh(keys @ W_k) @ v"},
        "scaled": {"scale": " / math.sqrt(v.numel())"},
        "softmax-over-batch": {"axis": "0"},
        "mean-context": {"mean": " / keys.size(1)"},
        "mask-ignored": {"hide": "scores", "seen": "weights"},
        "mask-inverted": {
            "hide": "scores.masked_fill(mask, torch.finfo(scores.dtype).min)",
            "seen": "weights * ~mask",
        },
        "mask-after-softmax": {"hide": "scores"},
        "mask-multiplies-scores": {"hide": "scores * mask", "seen": "weights"},
        "masked-row-nan": {"hide": "scores.masked_fill(~mask, -math.inf)", "seen": "weights"},
        "masked-row-uniform": {"seen": "weights"},
    },
)
