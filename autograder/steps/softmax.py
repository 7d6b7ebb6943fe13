"""Lesson 00: softmax, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["softmax"] = Steps(
    """
def softmax(logits, dim=-1):
    logits, dim = $logits, $dim
    powers = (logits - $largest).exp()
    return powers / $total
""",
    right={
        "logits": "logits",
        "dim": "dim",
        "largest": "logits.amax(dim=dim, keepdim=True)",
        "total": "powers.sum(dim=dim, keepdim=True)",
    },
    mistakes={
        "overflow": {"largest": "0"},
        "max-of-everything": {"largest": "logits.max()"},
        "mean-subtracted": {"largest": "logits.mean(dim=dim, keepdim=True)"},
        "max-in-numerator-only": {"total": "logits.exp().sum(dim=dim, keepdim=True)"},
        "dim-ignored": {"dim": "-1"},
        "first-axis": {"dim": "0"},
        "no-keepdim": {"total": "powers.sum(dim=dim)"},
        "always-float32": {"logits": "logits.float()"},
        "no-gradient": {"logits": "logits.detach()"},
    },
)
