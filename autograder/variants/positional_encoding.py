"""Right answers to lesson 03 in unusual styles."""

VARIANTS = {
    "sinusoidal_encoding": {
        "loops": """
def sinusoidal_encoding(length, d_model):
    table = torch.zeros(length, d_model)
    for p in range(length):
        for i in range(d_model):
            angle = p / 10000 ** ((i - i % 2) / d_model)
            table[p, i] = math.cos(angle) if i % 2 else math.sin(angle)
    return table
""",
        "exp of a logarithm, float32": """
def sinusoidal_encoding(length, d_model):
    position = torch.arange(length).unsqueeze(1).float()
    div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
    pe = torch.zeros(length, d_model)
    pe[:, 0::2] = torch.sin(position * div_term)
    pe[:, 1::2] = torch.cos(position * div_term[: d_model // 2])
    return pe
""",
        "NumPy": """
def sinusoidal_encoding(length, d_model):
    columns = np.arange(d_model)
    angles = np.arange(length)[:, None] / np.power(10000.0, 2 * (columns // 2) / d_model)
    return torch.tensor(np.where(columns % 2 == 0, np.sin(angles), np.cos(angles))).float()
""",
        "cosine as a shifted sine": """
def sinusoidal_encoding(length, d_model):
    columns = torch.arange(d_model, dtype=torch.float64)
    angles = torch.outer(torch.arange(length).double(), 1e4 ** (-(columns - columns % 2) / d_model))
    return torch.sin(angles + (columns % 2) * math.pi / 2).to(torch.get_default_dtype())
""",
    },
    "PositionalEncoding": {
        "made anew at each call": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__()
        self.max_len, self.share = max_len, dropout

    def forward(self, x):
        length, d_model = x.shape[-2:]
        if length > self.max_len:
            raise ValueError(f"{length} words are more than {self.max_len}")
        table = sinusoidal_encoding(length, d_model).to(device=x.device, dtype=x.dtype)
        return F.dropout(x + table, p=self.share, training=self.training)
""",
        "buffer with a batch axis": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)[:, : d_model // 2]
        self.register_buffer("pe", pe)

    def forward(self, x):
        if x.size(1) > self.pe.size(1):
            raise ValueError("too long")
        return self.dropout(x + self.pe[:, : x.size(1)].to(x.dtype).requires_grad_(False))
""",
        "own dropout, word by word": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__()
        self.register_buffer("rows", sinusoidal_encoding(max_len, d_model), persistent=False)
        self.keep = 1 - dropout

    def forward(self, x):
        if len(x[0]) > len(self.rows):
            raise ValueError("this text is longer than max_len")
        words = [x[:, t] + self.rows[t].to(x) for t in range(x.size(1))]
        out = torch.stack(words, dim=1)
        if self.training:
            out = out * (torch.rand_like(out) < self.keep) / self.keep
        return out
""",
    },
    "rotary_embedding": {
        "complex numbers": """
def rotary_embedding(x, positions, base=10000.0):
    d_k = x.shape[-1]
    pairs = torch.view_as_complex(x.double().reshape(*x.shape[:-1], d_k // 2, 2))
    frequencies = base ** (-torch.arange(0, d_k, 2, device=x.device).double() / d_k)
    angles = torch.outer(positions.double(), frequencies)
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(-2).to(x.dtype)
""",
        "rotate and add": """
def rotary_embedding(x, positions, base=10000.0):
    frequencies = 1.0 / base ** (torch.arange(0, x.size(-1), 2, device=x.device) / x.size(-1))
    angles = (positions[:, None] * frequencies).repeat_interleave(2, dim=-1)
    rotated = torch.stack([-x[..., 1::2], x[..., ::2]], dim=-1).reshape(x.shape)
    return x * angles.cos().to(x.dtype) + rotated * angles.sin().to(x.dtype)
""",
        "matrices": """
def rotary_embedding(x, positions, base=10000.0):
    batch, heads, length, d_k = x.shape
    even = torch.arange(0, d_k, 2, device=x.device, dtype=torch.float32)
    t = positions.float()[:, None] * torch.exp(-math.log(base) * even / d_k)
    matrix = torch.stack([t.cos(), -t.sin(), t.sin(), t.cos()], -1).view(length, d_k // 2, 2, 2)
    pairs = x.view(batch, heads, length, d_k // 2, 2)
    return torch.einsum("tpij,bhtpj->bhtpi", matrix.to(x.dtype), pairs).reshape(x.shape)
""",
        "filled pair by pair": """
def rotary_embedding(x, positions, base=10000.0):
    out = torch.empty_like(x)
    for i in range(0, x.size(-1), 2):
        t = positions.to(torch.float64) * base ** (-i / x.size(-1))
        cos, sin = t.cos().to(x.dtype), t.sin().to(x.dtype)
        out[..., i] = x[..., i] * cos - x[..., i + 1] * sin
        out[..., i + 1] = x[..., i] * sin + x[..., i + 1] * cos
    return out
""",
    },
}
