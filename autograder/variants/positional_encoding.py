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
        "Annotated Transformer": """
def sinusoidal_encoding(length, d_model):
    pe = torch.zeros(length, d_model)
    position = torch.arange(0, length).unsqueeze(1).float()
    div_term = torch.exp(torch.arange(0, d_model, 2).float() * -(math.log(10000.0) / d_model))
    pe[:, 0::2] = torch.sin(position * div_term)
    pe[:, 1::2] = torch.cos(position * div_term)[:, : d_model // 2]
    return pe
""",
        "NumPy, as in the TensorFlow tutorial": """
def get_angles(pos, i, d_model):
    angle_rates = 1 / np.power(10000, (2 * (i // 2)) / np.float32(d_model))
    return pos * angle_rates


def sinusoidal_encoding(length, d_model):
    angle_rads = get_angles(np.arange(length)[:, np.newaxis], np.arange(d_model)[np.newaxis, :], d_model)
    angle_rads[:, 0::2] = np.sin(angle_rads[:, 0::2])
    angle_rads[:, 1::2] = np.cos(angle_rads[:, 1::2])
    return torch.tensor(angle_rads, dtype=torch.float32)
""",
        "a list of lists": """
def sinusoidal_encoding(length, d_model):
    table = []
    for pos in range(length):
        row = []
        for j in range(d_model):
            angle = pos / math.pow(10000, (j - j % 2) / d_model)
            row.append(math.sin(angle) if j % 2 == 0 else math.cos(angle))
        table.append(row)
    return torch.Tensor(table)
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
        "Annotated Transformer, buffer with a batch axis": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super(PositionalEncoding, self).__init__()
        self.dropout = nn.Dropout(p=dropout)
        pe = sinusoidal_encoding(max_len, d_model).unsqueeze(0)
        self.register_buffer("pe", pe)

    def forward(self, x):
        if x.size(1) > self.pe.size(1):
            raise ValueError("sequence too long")
        x = x + self.pe[:, : x.size(1)].requires_grad_(False)
        return self.dropout(x)
""",
        "computed anew each time": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__()
        self.d_model, self.max_len, self.p = d_model, max_len, dropout

    def forward(self, x):
        B, T, D = x.shape
        if T > self.max_len:
            raise ValueError(f"{T} > {self.max_len}")
        table = sinusoidal_encoding(T, D).to(device=x.device, dtype=x.dtype)
        return F.dropout(x + table.expand(B, T, D), p=self.p, training=self.training)
""",
        "plain attribute, moved by hand": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.max_len = max_len
        self.encoding = sinusoidal_encoding(max_len, d_model)  # not a parameter

    def forward(self, x):
        seq_len = x.shape[1]
        if seq_len > self.max_len:
            raise ValueError("The sentence is longer than max_len")
        self.encoding = self.encoding.to(x)
        out = x.clone()
        out = out + self.encoding[:seq_len, :]
        return self.dropout(out)
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
        "complex numbers, as Llama": """
def rotary_embedding(x, positions, base=10000.0):
    d = x.shape[-1]
    wide = torch.float64 if x.dtype == torch.float64 else torch.float32
    freqs = 1.0 / (base ** (torch.arange(0, d, 2, device=x.device).to(wide) / d))
    freqs = torch.outer(positions.to(wide), freqs)
    freqs_cis = torch.polar(torch.ones_like(freqs), freqs)
    x_ = torch.view_as_complex(x.to(wide).reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(x_ * freqs_cis).flatten(3).type_as(x)
""",
        "rotate every two, as GPT-J": """
def rotate_every_two(x):
    x1 = x[:, :, :, ::2]
    x2 = x[:, :, :, 1::2]
    x = torch.stack((-x2, x1), dim=-1)
    return x.flatten(-2)


def rotary_embedding(x, positions, base=10000.0):
    dim = x.shape[-1]
    inv_freq = 1.0 / (base ** (torch.arange(0, dim, 2, dtype=torch.float32, device=x.device) / dim))
    sinusoid = torch.einsum("i,j->ij", positions.float(), inv_freq)
    sin = torch.repeat_interleave(sinusoid.sin(), 2, dim=-1).to(x.dtype)
    cos = torch.repeat_interleave(sinusoid.cos(), 2, dim=-1).to(x.dtype)
    return x * cos + rotate_every_two(x) * sin
""",
        "a 2×2 matrix for each pair, einops": """
from einops import rearrange


def rotary_embedding(x, positions, base=10000.0):
    pairs = rearrange(x, "b h t (i two) -> b h t i two", two=2)
    i = torch.arange(pairs.shape[-2], dtype=torch.float64, device=x.device)
    theta = torch.pow(torch.tensor(float(base), dtype=torch.float64, device=x.device), -2 * i / x.shape[-1])
    angle = positions.double()[:, None] * theta
    matrix = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=-1)
    matrix = matrix.reshape(*angle.shape, 2, 2).to(x.dtype)
    turned = torch.einsum("tinm,bhtim->bhtin", matrix, pairs)
    return rearrange(turned, "b h t i two -> b h t (i two)")
""",
    },
}
