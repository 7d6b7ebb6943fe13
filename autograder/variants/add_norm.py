"""Right answers to lesson 06 in unusual styles."""

VARIANTS = {
    "LayerNorm": {
        "biased var": """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))

    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        var = x.var(-1, unbiased=False, keepdim=True)
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta
""",
        "vector by vector": """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((d_model,), 1.0))
        self.beta = nn.Parameter(torch.full((d_model,), 0.0))
        self.eps, self.d_model = eps, d_model

    def _one(self, v):
        mu = sum(v) / self.d_model
        sigma2 = sum((entry - mu) ** 2 for entry in v) / self.d_model
        return (v - mu) / (sigma2 + self.eps) ** 0.5

    def forward(self, x):
        normed = torch.stack([self._one(v) for v in x.reshape(-1, self.d_model)])
        return normed.reshape(x.shape) * self.gamma + self.beta
""",
        "mean of squares minus square of the mean": """
class LayerNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_parameter("gamma", nn.Parameter(torch.ones(d_model)))
        self.register_parameter("beta", nn.Parameter(torch.zeros(d_model)))

    def forward(self, x: Tensor) -> Tensor:
        # дисперсия = средний квадрат минус квадрат среднего
        mean = x.mean(dim=-1, keepdim=True)
        variance = (x**2).mean(dim=-1, keepdim=True) - mean**2
        return (x - mean) * torch.rsqrt(variance + self.eps) * self.gamma + self.beta
""",
        "a centring matrix": """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.register_buffer("centring", torch.eye(d_model) - 1 / d_model)
        self.eps = eps

    def forward(self, x):
        c = x @ self.centring
        variance = torch.einsum("...d,...d->...", c, c).unsqueeze(-1) / x.size(-1)
        return torch.addcmul(self.beta, self.gamma, c / (variance + self.eps).sqrt())
""",
        "var_mean, float64 inside": """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        wide = x.double()
        var, mean = torch.var_mean(wide, dim=-1, correction=0, keepdim=True)
        normed = (wide - mean) / (var + self.eps).sqrt()
        return normed.mul(self.gamma).add(self.beta).type_as(x)
""",
        "Annotated Transformer, biased": """
class LayerNorm(nn.Module):
    "Construct a layernorm module."

    def __init__(self, d_model, eps=1e-5):
        super(LayerNorm, self).__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        var = x.var(-1, keepdim=True, unbiased=False)
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta
""",
        "einops, T5's float32": """
from einops import reduce


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(d_model).fill_(1.0))
        self.beta = nn.Parameter(torch.empty(d_model).zero_())
        self.variance_epsilon = eps

    def forward(self, x):
        hidden_states, input_dtype = x, x.dtype
        if input_dtype in (torch.float16, torch.bfloat16):
            hidden_states = hidden_states.to(torch.float32)
        centred = hidden_states - reduce(hidden_states, "... d -> ... 1", "mean")
        variance = reduce(centred**2, "... d -> ... 1", "mean")
        normed = centred * (variance + self.variance_epsilon) ** -0.5
        return (normed * self.gamma + self.beta).to(input_dtype)
""",
    },
    "AddNorm": {
        "two methods": """
class AddNorm(nn.Module):
    def __init__(self, d_model, dropout=0.1, norm_first=False):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.p = dropout
        self.forward_one = self._pre if norm_first else self._post

    def _pre(self, x, sublayer):
        return F.dropout(sublayer(self.norm(x)), self.p, self.training) + x

    def _post(self, x, sublayer):
        return self.norm(F.dropout(sublayer(x), self.p, self.training) + x)

    def forward(self, x, sublayer):
        return self.forward_one(x, sublayer)
""",
        "one path for both": """
class AddNorm(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, norm_first: bool = False):
        super().__init__()
        self.dropout, self.norm = nn.Dropout(dropout), LayerNorm(d_model)
        identity = nn.Identity()
        self.before, self.after = (self.norm, identity) if norm_first else (identity, self.norm)

    def forward(self, x, sublayer):
        return self.after(x + self.dropout(sublayer(self.before(x))))
""",
        "dropout by hand, with a counter": """
class AddNorm(nn.Module):
    def __init__(self, d_model, dropout=0.1, norm_first=False):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.norm_first = norm_first
        self.rate = dropout
        self.register_buffer("calls", torch.zeros((), dtype=torch.long), persistent=False)

    def drop(self, y):
        if not self.training or self.rate == 0:
            return y
        keep = torch.rand_like(y) >= self.rate
        return torch.where(keep, y / (1 - self.rate), torch.zeros_like(y))

    def forward(self, x, sublayer):
        self.calls += 1
        residual = x
        if self.norm_first:
            x = self.norm(x)
        x = self.drop(sublayer(x))
        x = residual + x
        if not self.norm_first:
            x = self.norm(x)
        return x
""",
        "one return, two branches by name": """
class AddNorm(nn.Module):
    def __init__(self, d_model, dropout=0.1, norm_first=False):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.p = dropout
        self.norm_first = norm_first

    def _pre(self, x, sublayer):
        return x + F.dropout(sublayer(self.norm(x)), self.p, self.training)

    def _post(self, x, sublayer):
        return self.norm(x + F.dropout(sublayer(x), self.p, self.training))

    def forward(self, x, sublayer):
        return (self._pre if self.norm_first else self._post)(x, sublayer)
""",
        "Annotated Transformer's SublayerConnection": """
class SublayerConnection(nn.Module):
    def __init__(self, size, dropout):
        super(SublayerConnection, self).__init__()
        self.norm = LayerNorm(size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, sublayer):
        "Apply residual connection to any sublayer with the same size."
        return x + self.dropout(sublayer(self.norm(x)))


class AddNorm(SublayerConnection):
    def __init__(self, d_model, dropout=0.1, norm_first=False):
        super().__init__(d_model, dropout)
        self.norm_first = norm_first

    def forward(self, x, sublayer):
        if self.norm_first:
            return super().forward(x, sublayer)
        return self.norm(x + self.dropout(sublayer(x)))
""",
        "residual kept under its name, as HF": """
class AddNorm(nn.Module):
    def __init__(self, d_model, dropout=0.1, norm_first=False):
        super().__init__()
        self.do_layer_norm_before = norm_first
        self.dropout = dropout
        self.norm = LayerNorm(d_model)

    def forward(self, x, sublayer):
        hidden_states = residual = x
        if self.do_layer_norm_before:
            hidden_states = self.norm(hidden_states)
        hidden_states = sublayer(hidden_states)
        hidden_states = nn.functional.dropout(hidden_states, p=self.dropout, training=self.training)
        hidden_states = residual + hidden_states
        if not self.do_layer_norm_before:
            hidden_states = self.norm(hidden_states)
        return hidden_states
""",
    },
}
