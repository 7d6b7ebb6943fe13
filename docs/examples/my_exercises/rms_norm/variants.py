"""Right answers to RMSNorm in other styles."""

VARIANTS = {
    "RMSNorm": {
        "norm of the vector": """
class RMSNorm(nn.Module):
    def __init__(self, d_model, eps=1e-6):
        super().__init__()
        self.eps, self.d_model = eps, d_model
        self.gamma = nn.Parameter(torch.ones(d_model))

    def forward(self, x):
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return x / (norm**2 / self.d_model + self.eps).sqrt() * self.gamma
""",
        "in float32, as large models do": """
class RMSNorm(nn.Module):
    def __init__(self, d_model, eps=1e-6):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def _norm(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)

    def forward(self, x):
        wide = x.double() if x.dtype == torch.float64 else x.float()
        return self._norm(wide).type_as(x) * self.gamma
""",
    },
}
