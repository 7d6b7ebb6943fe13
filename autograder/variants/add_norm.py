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
    },
}
