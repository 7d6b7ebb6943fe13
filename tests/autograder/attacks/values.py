"""Return numbers that compare oddly."""

from tests.autograder.attacks import Attack, mask

ATTACKS = {
    "NaN": mask("return torch.full((length, length), float('nan'))"),
    "infinity": mask("return torch.full((length, length), float('inf'))"),
    "empty": mask("return torch.zeros(0, dtype=torch.bool)"),
    "empty, with the right width": mask("return torch.zeros(0, length, dtype=torch.bool)"),
    "one value that broadcasts": mask("return torch.ones(1, 1, dtype=torch.bool)"),
    "true everywhere": mask("return torch.ones(length, length, dtype=torch.bool)"),
    "ten gigabytes that take four bytes": mask("return torch.ones(1).expand(50_000, 50_000)"),
    "a sparse tensor": mask("return torch.zeros(length, length).to_sparse()"),
    "a quantised tensor": mask(
        "return torch.quantize_per_tensor(torch.zeros(length, length), 0.1, 0, torch.quint8)"
    ),
    "a tensor without data": mask("return torch.zeros(length, length, device='meta')"),
    "nested lists": mask("x = []\nfor _ in range(1000): x = [x]\nreturn x"),
    "a list that holds itself": mask("x = []\nx.append(x)\nreturn x"),
    "a number of a million digits": mask("return 10 ** 1_000_000"),
    "a text of a hundred megabytes": mask("return 'x' * 10**8"),
    "NaN weights": Attack(
        "def scaled_dot_product_attention(query, key, value, mask=None):\n"
        "    return value * float('nan'), query * float('nan')\n",
        "scaled_dot_product_attention",
    ),
    "softmax of NaN": Attack("def softmax(x, dim=-1):\n    return x * float('nan')\n", "softmax"),
}
