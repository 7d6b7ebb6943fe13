"""Lesson 03: positions, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["sinusoidal_encoding"] = Steps(
    """
def sinusoidal_encoding(length, d_model):
    positions = (torch.arange(length, dtype=torch.float64) + $first)[:, None]
    even = torch.arange(0, d_model, 2, dtype=torch.float64)
    angles = positions $by $base ** ($power * even / d_model)
    sines, cosines = angles.sin(), angles.cos()
    table = torch.stack($waves, dim=-1).flatten(1)
    return table[:, :d_model].to($dtype)
""",
    right={
        "first": "0",
        "by": "/",
        "base": "10000",
        "power": "1",
        "waves": "[sines, cosines]",
        "dtype": "torch.get_default_dtype()",
    },
    mistakes={
        "cosine-first": {"waves": "[cosines, sines]"},
        "sines-only": {"waves": "[sines, sines]"},
        "positions-from-1": {"first": "1"},
        "exponent-halved": {"power": "0.5"},
        "exponent-doubled": {"power": "2"},
        "multiplied": {"by": "*"},
        "base-1000": {"base": "1000"},
        "float64": {"dtype": "torch.float64"},
    },
)

STEPS["PositionalEncoding"] = Steps(
    """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__()
        self.dropout, self.max_len = nn.Dropout($dropout), max_len
        table = sinusoidal_encoding(max_len + 1, d_model)[$first:]
        self.register_buffer("table", table, persistent=False)

    def forward(self, x):
        if x.size(1) $refused self.max_len:
            raise ValueError("too long")
        rows = ($rows).to(x.dtype)
        return self.dropout($total)
""",
    right={
        "dropout": "dropout",
        "first": "0",
        "refused": ">",
        "rows": "self.table[: x.size(1)]",
        "total": "x + rows",
    },
    mistakes={
        "positions-from-1": {"first": "1"},
        "one-row-for-all": {"rows": "self.table[x.size(1) - 1]"},
        "batch-counted": {"rows": "self.table[: x.size(0)]"},
        "position-of-text": {"rows": "self.table[: x.size(0), None]"},
        "table-only": {"total": "rows.expand_as(x)"},
        "multiplied": {"total": "x * rows"},
        "concatenated": {"total": "torch.cat([x, rows.expand_as(x)], dim=-1)"},
        "scaled-here": {"total": "x * math.sqrt(x.size(-1)) + rows"},
        "no-dropout": {"dropout": "0.0"},
        "keeps-too-few": {"dropout": "1 - dropout"},
        "full-length-refused": {"refused": ">="},
        "no-gradient": {"total": "x.detach() + rows"},
    },
)

STEPS["rotary_embedding"] = Steps(
    """
def rotary_embedding(x, positions, base=10000.0):
    dtype = torch.promote_types(x.dtype, torch.float32)
    even = torch.arange(0, x.size(-1), 2, dtype=dtype, device=x.device)
    angles = ($positions)[:, None].to(dtype) / ($base) ** ($power * even / x.size(-1))
    cos, sin = angles.cos(), angles.sin()
    a, b = $pairs
    left, right = a * cos - $sign * b * sin, $sign * a * sin + b * cos
    return $joined.to(x.dtype)
""",
    right={
        "positions": "positions",
        "base": "base",
        "power": "1",
        "pairs": "x[..., 0::2], x[..., 1::2]",
        "sign": "1",
        "joined": "torch.stack([left, right], dim=-1).flatten(-2)",
    },
    mistakes={
        "halves": {"pairs": "x.chunk(2, dim=-1)", "joined": "torch.cat([left, right], dim=-1)"},
        "not-interleaved-again": {"joined": "torch.cat([left, right], dim=-1)"},
        "other-way-round": {"sign": "-1"},
        "exponent-halved": {"power": "0.5"},
        "one-angle": {"power": "0.0"},
        "base-ignored": {"base": "10000.0"},
        "positions-ignored": {"positions": "torch.arange(x.size(2), device=x.device)"},
        "positions-from-1": {"positions": "positions + 1"},
    },
)
