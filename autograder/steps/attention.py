"""Lesson 04: attention, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

ROOT = "math.sqrt(query.size(-1))"

STEPS["scaled_dot_product_attention"] = Steps(
    """
def scaled_dot_product_attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / $scale
    if mask is not None:
        scores = $hide
    weights = softmax(scores, dim=$axis)$after
    if mask is not None:
        weights = $seen
    return weights @ value, $second
""",
    right={
        "scale": ROOT,
        "hide": "scores.masked_fill(~mask, torch.finfo(scores.dtype).min)",
        "axis": "-1",
        "after": "",
        "seen": "weights * mask",
        "second": "weights",
    },
    mistakes={
        "no-scale": {"scale": "1"},
        "scale-d_k": {"scale": "query.size(-1)"},
        "scale-length": {"scale": "math.sqrt(key.size(-2))"},
        "scale-d_v": {"scale": "math.sqrt(value.size(-1))"},
        "scale-after-softmax": {"scale": "1", "after": f" / {ROOT}"},
        "softmax-over-queries": {"axis": "-2"},
        "mask-inverted": {
            "hide": "scores.masked_fill(mask, torch.finfo(scores.dtype).min)",
            "seen": "weights * ~mask",
        },
        "mask-after-softmax": {"hide": "scores"},
        "mask-ignored": {"hide": "scores", "seen": "weights"},
        "mask-multiplies-scores": {"hide": "scores * mask", "seen": "weights"},
        "weak-fill": {
            "hide": "scores.masked_fill(~mask, -100.0)",
            "seen": "weights * mask.any(dim=-1, keepdim=True)",
        },
        "masked-row-nan": {"hide": "scores.masked_fill(~mask, -math.inf)", "seen": "weights"},
        "masked-row-uniform": {"seen": "weights"},
        "returns-scores": {"second": f"query @ key.transpose(-2, -1) / {ROOT}"},
    },
)
