"""Right answers to lesson 00 in unusual styles."""

VARIANTS = {
    "softmax": {
        "log-sum-exp": """
def softmax(logits, dim=-1):
    return (logits - torch.logsumexp(logits, dim=dim, keepdim=True)).exp()
""",
        "loops over moved axes": """
def softmax(logits, dim=-1):
    moved = logits.movedim(dim, -1)
    rows = []
    for row in moved.reshape(-1, moved.shape[-1]):
        powers = torch.exp(row - torch.max(row))
        rows.append(powers / powers.sum())
    return torch.stack(rows).reshape(moved.shape).movedim(-1, dim)
""",
        "float64 inside": """
def softmax(logits, dim=-1):
    wide = logits.to(torch.float64)
    largest, _ = torch.max(wide, dim, keepdim=True)
    powers = math.e ** (wide - largest)
    return (powers / torch.sum(powers, dim, True)).to(logits.dtype)
""",
        "one over a sum of ratios": """
def softmax(logits, dim=-1):
    dim = dim % logits.ndim
    differences = logits.unsqueeze(dim) - logits.unsqueeze(dim + 1)  # [.., i, j, ..] = x_j - x_i
    largest = differences.detach().amax(dim=dim + 1, keepdim=True)
    total = (differences - largest).exp().sum(dim=dim + 1)
    return torch.exp(-largest.squeeze(dim + 1)) / total
""",
        "as a beginner writes it, warnings and all": """
import warnings


def softmax(logits, dim=-1):
    \"\"\"My softmax!\"\"\"
    warnings.warn("this is only an exercise", UserWarning)
    maximum = logits.max(dim=dim, keepdim=True).values
    exps = torch.exp(logits - maximum)
    total = exps.sum(dim=dim, keepdim=True)
    result = exps / total
    assert result.shape == logits.shape
    return result
""",
        "einops": """
from einops import reduce


def softmax(logits, dim=-1):
    moved = logits.movedim(dim, -1)
    top = reduce(moved, "... n -> ... 1", "max")
    powers = (moved - top).exp()
    return (powers / reduce(powers, "... n -> ... 1", "sum")).movedim(-1, dim)
""",
        "with a progress bar": """
from tqdm import tqdm


def softmax(logits, dim=-1):
    slices = logits.unbind(dim)
    top = slices[0]
    for piece in tqdm(slices, desc="max"):
        top = torch.maximum(top, piece)
    powers = [torch.exp(piece - top) for piece in tqdm(slices, desc="exp")]
    total = sum(powers)
    return torch.stack([power / total for power in powers], dim=dim)
""",
    },
}
