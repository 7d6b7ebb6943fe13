"""Lesson 05: many heads, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["MultiHeadAttention"] = Steps(
    """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.1):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("d_model is not divisible by num_heads")
        self.num_heads, self.dropout = num_heads, nn.Dropout(dropout)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(d_model, d_model))

    def forward(self, query, key, value, mask=None):
        projected = self.q_proj(query), self.$k_proj(key), self.$v_proj($value)
        q, k, v = (split_heads(x, self.num_heads) for x in projected)
        heads, weights = scaled_dot_product_attention(q$scale, k, v, $mask)
        if self.training:
            heads = self.dropout(weights) @ v
        return $output(merge_heads(heads)), $weights
""",
    right={
        "k_proj": "k_proj",
        "v_proj": "v_proj",
        "value": "value",
        "scale": "",
        "mask": "mask",
        "output": "self.out_proj",
        "weights": "weights",
    },
    mistakes={
        "no-output-projection": {"output": ""},
        "shared-projection": {"k_proj": "q_proj", "v_proj": "q_proj"},
        "keys-and-values-swapped": {"k_proj": "v_proj", "v_proj": "k_proj"},
        "value-from-key": {"value": "key"},
        "scale-d_model": {"scale": " / math.sqrt(self.num_heads)"},
        "mask-ignored": {"mask": "None"},
        "mean-weights": {"weights": "weights.mean(dim=1)"},
    },
)
