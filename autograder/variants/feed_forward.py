"""Right answers to lesson 07 in unusual styles."""

VARIANTS = {
    "FeedForward": {
        "the layers of a Sequential": """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__()
        bends = {"relu": nn.ReLU(), "gelu": nn.GELU()}
        if activation not in bends:
            raise ValueError("activation must be relu or gelu")
        self.net = nn.Sequential(
            nn.Linear(d_model, d_ff),
            bends[activation],
            nn.Dropout(dropout),
            nn.Linear(d_ff, d_model),
        )
        self.linear1, self.linear2 = self.net[0], self.net[3]

    def forward(self, x):
        return self.net(x)
""",
        "both activations by hand": """
def _relu(x):
    return (x + x.abs()) / 2


def _gelu(x):
    return 0.5 * x * (1.0 + torch.erf(x / math.sqrt(2.0)))


class FeedForward(nn.Module):
    def __init__(
        self, d_model: int, d_ff: int, dropout: float = 0.1, activation: str = "relu"
    ) -> None:
        super().__init__()
        match activation:
            case "relu":
                self.bend = _relu
            case "gelu":
                self.bend = _gelu
            case _:
                raise ValueError(f"unbekannte Aktivierung: {activation}")
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.p = dropout

    def forward(self, x: Tensor) -> Tensor:
        h = self.bend(torch.matmul(x, self.linear1.weight.t()) + self.linear1.bias)
        h = F.dropout(h, p=self.p, training=self.training)
        return torch.matmul(h, self.linear2.weight.t()) + self.linear2.bias
""",
        "position by position": """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__()
        if activation not in {"relu", "gelu"}:
            raise ValueError(activation)
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)
        self.activation = activation

    def forward(self, x):
        words = []
        for word in x.flatten(0, -2):
            h = self.linear1(word)
            h = torch.clamp(h, min=0) if self.activation == "relu" else F.gelu(h)
            words.append(self.linear2(self.dropout(h)))
        return torch.stack(words).view_as(x)
""",
        "addmm, dropout at the end": """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)
        try:
            self.activation = {"relu": torch.relu, "gelu": F.gelu}[activation]
        except KeyError:
            raise ValueError(f"no activation {activation}") from None

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        inner = self.activation(torch.addmm(self.linear1.bias, rows, self.linear1.weight.T))
        outer = torch.addmm(self.linear2.bias, inner, self.linear2.weight.T)
        return self.dropout(outer).reshape(x.shape)
""",
        "nn.Sequential": """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        act = {"relu": nn.ReLU(), "gelu": nn.GELU()}[activation]
        self.net = nn.Sequential(self.linear1, act, nn.Dropout(dropout), self.linear2, nn.Dropout(dropout))

    def forward(self, x):
        return self.net(x)
""",
        "Annotated Transformer": """
class FeedForward(nn.Module):
    "Implements FFN equation."

    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super(FeedForward, self).__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)
        self.activation = activation

    def forward(self, x):
        if self.activation == "gelu":
            hidden = torch.nn.functional.gelu(self.linear1(x))
        else:
            hidden = self.linear1(x).relu()
        return self.linear2(self.dropout(hidden))
""",
        "the formula, erf by hand": """
def gelu(x):
    return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)
        self.use_gelu = activation == "gelu"

    def forward(self, x):
        h = x @ self.linear1.weight.T + self.linear1.bias
        h = gelu(h) if self.use_gelu else torch.maximum(h, torch.zeros_like(h))
        return self.dropout(h @ self.linear2.weight.T + self.linear2.bias)
""",
    },
}
