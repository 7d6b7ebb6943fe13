"""Lesson 08: the encoder, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["EncoderLayer"] = Steps(
    """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, $first)
        self.add_norm2 = AddNorm(d_model, dropout, $second)

    def forward(self, x, mask=None):
        start = x
        x = self.$norm1(x, lambda y: $extra self.self_attention(y, $keys, $keys, $mask)[0])
        y = self.$norm2($inside)
        return $result
""",
    right={
        "first": "norm_first",
        "second": "norm_first",
        "norm1": "add_norm1",
        "norm2": "add_norm2",
        "extra": "",
        "keys": "y",
        "mask": "mask",
        "inside": "x, self.feed_forward",
        "result": "y",
    },
    mistakes={
        "no-feed-forward": {"result": "x"},
        "one-norm": {"norm2": "add_norm1"},
        "norms-swapped": {"norm1": "add_norm2", "norm2": "add_norm1"},
        "residual-from-start": {"inside": "start, lambda y: self.feed_forward(x)"},
        "mask-ignored": {"mask": "None"},
        "norm-first-ignored": {"first": "False", "second": "False"},
        "norm-first-once": {"second": "False"},
        "keys-not-normalised": {"keys": "start"},
        "extra-residual": {"extra": "y +"},
    },
)

STEPS["Encoder"] = Steps(
    """
class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        sizes = (d_model, num_heads, d_ff, $dropout, norm_first)
        self.layers = nn.ModuleList($layers)
        self.norm = LayerNorm(d_model) if $normed else None

    def forward(self, x, mask=None):
        start = x
        for number, layer in enumerate($order):
            x = layer($given, $mask)
        return $around($end)
""",
    right={
        "dropout": "dropout",
        "layers": "[EncoderLayer(*sizes) for _ in range(num_layers)]",
        "normed": "norm_first",
        "order": "self.layers",
        "given": "x",
        "mask": "mask",
        "around": "",
        "end": "x if self.norm is None else self.norm(x)",
    },
    mistakes={
        "shared-layer": {"layers": "[EncoderLayer(*sizes)] * num_layers"},
        "mask-first-layer": {"mask": "None if number else mask"},
        "mask-ignored": {"mask": "None"},
        "no-final-norm": {"end": "x"},
        "norm-always": {"normed": "True"},
        "reversed": {"order": "reversed(self.layers)"},
        "input-again": {"given": "start"},
        "first-layer-only": {"order": "self.layers[:1]"},
        "skip-around": {"around": "start + "},
        "no-dropout": {"dropout": "0.0"},
    },
)
