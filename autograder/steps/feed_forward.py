"""Lesson 07: the feed-forward layer, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["FeedForward"] = Steps(
    """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)
        self.activation = $relu if activation == "relu" else $gelu

    def forward(self, x):
        inner = $bend(self.linear1($first))
        y = self.linear2($drop(inner))
        return $result
""",
    right={
        "relu": "F.relu",
        "gelu": "F.gelu",
        "bend": "self.activation",
        "first": "x",
        "drop": "self.dropout",
        "result": "y",
    },
    mistakes={
        "no-activation": {"bend": ""},
        "activation-last": {"bend": "", "result": "self.activation(y)"},
        "activation-twice": {"result": "self.activation(y)"},
        "activation-first": {"bend": "", "first": "self.activation(x)"},
        "residual-inside": {"result": "x + y"},
        "gelu-ignored": {"gelu": "F.relu"},
        "gelu-always": {"relu": "F.gelu"},
        "gelu-tanh": {"gelu": '(lambda x: F.gelu(x, approximate="tanh"))'},
        "leaky": {"relu": "F.leaky_relu"},
        "no-dropout": {"drop": ""},
        "dropout-always": {"drop": "(lambda y: F.dropout(y, self.dropout.p, True))"},
    },
)
