"""Lesson 06: add and norm, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["LayerNorm"] = Steps(
    """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        axis = $axis
        variance = x.var(axis, keepdim=True, unbiased=$unbiased)
        centred = x - $mean
        y = centred / ($spread)
        return $result
""",
    right={
        "axis": "-1",
        "unbiased": "False",
        "mean": "x.mean(axis, keepdim=True)",
        "spread": "torch.sqrt(variance + self.eps)",
        "result": "self.gamma * y + self.beta",
    },
    mistakes={
        "unbiased": {"unbiased": "True"},
        "eps-outside": {"spread": "torch.sqrt(variance) + self.eps"},
        "no-root": {"spread": "variance + self.eps"},
        "no-eps": {"spread": "torch.sqrt(variance)"},
        "eps-fixed": {"spread": "torch.sqrt(variance + 1e-5)"},
        "over-batch": {"axis": "0"},
        "over-time": {"axis": "-2"},
        "over-all": {"axis": "tuple(range(x.dim()))"},
        "no-gamma-beta": {"result": "y"},
        "beta-before-gamma": {"result": "self.gamma * (y + self.beta)"},
        "no-mean": {"mean": "0"},
    },
)

STEPS["AddNorm"] = Steps(
    """
class AddNorm(nn.Module):
    def __init__(self, d_model, dropout=0.1, norm_first=False):
        super().__init__()
        self.norm, self.dropout = LayerNorm(d_model), nn.Dropout(dropout)
        self.norm_first = norm_first

    def forward(self, x, sublayer):
        drop, norm = $drop, self.norm
        if $first:
            return $pre
        return $post
""",
    right={
        "drop": "self.dropout",
        "first": "self.norm_first",
        "pre": "x + drop(sublayer(norm(x)))",
        "post": "norm(x + drop(sublayer(x)))",
    },
    mistakes={
        "no-residual": {"pre": "drop(sublayer(norm(x)))", "post": "norm(drop(sublayer(x)))"},
        "norm-before-add": {"post": "x + norm(drop(sublayer(x)))"},
        "norm-first-ignored": {"first": "False"},
        "norm-first-always": {"first": "True"},
        "residual-from-norm": {"pre": "norm(x) + drop(sublayer(norm(x)))"},
        "both-norms": {"pre": "norm(x + drop(sublayer(norm(x))))"},
        "no-dropout": {"drop": "(lambda y: y)"},
    },
)
