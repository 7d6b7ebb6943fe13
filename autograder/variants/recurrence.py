"""Right answers to lesson 01 in unusual styles."""

VARIANTS = {
    "rnn_step": {
        "one product": """
def rnn_step(x, h, W_xh, W_hh, b):
    return torch.cat([x, h], dim=1).matmul(torch.cat([W_xh, W_hh])).add(b).tanh()
""",
        "einsum": """
def rnn_step(x, h, W_xh, W_hh, b):
    total = torch.einsum("bi,in->bn", x, W_xh) + torch.einsum("bm,mn->bn", h, W_hh)
    return 2 * torch.sigmoid(2 * (total + b)) - 1
""",
        "one sentence at a time": """
def rnn_step(x, h, W_xh, W_hh, b):
    states = []
    for word, state in zip(x, h):
        states.append(torch.tanh(W_xh.T @ word + W_hh.T @ state + b))
    return torch.stack(states)
""",
        "F.linear": """
def rnn_step(x, h, W_xh, W_hh, b):
    return torch.tanh(F.linear(x, W_xh.t(), b) + F.linear(h, W_hh.t()))
""",
    },
    "additive_attention": {
        "loops": """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    contexts, weights = [], []
    for row in range(keys.size(0)):
        scores = []
        for key in keys[row]:
            scores.append(torch.dot(v, torch.tanh(query[row] @ W_q + key @ W_k)))
        scores = torch.stack(scores)
        if mask is not None:
            scores = torch.where(mask[row], scores, torch.full_like(scores, -1e9))
        shares = softmax(scores)
        if mask is not None:
            shares = torch.where(mask[row], shares, torch.zeros_like(shares))
        weights.append(shares)
        contexts.append(shares @ keys[row])
    return torch.stack(contexts), torch.stack(weights)
""",
        "einsum, minus infinity": """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    hidden = torch.tanh(torch.einsum("bn,na->ba", query, W_q).unsqueeze(1) + keys @ W_k)
    scores = torch.einsum("bta,a->bt", hidden, v)
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    nothing = ~mask.any(dim=1, keepdim=True)
    scores = scores.masked_fill(~mask & ~nothing, float("-inf"))
    weights = torch.softmax(scores, dim=1).masked_fill(nothing, 0.0)
    return torch.einsum("bt,btk->bk", weights, keys), weights
""",
        "additive mask, a list": """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    scores = ((query @ W_q).unsqueeze(1) + keys @ W_k).tanh().mul(v).sum(-1)
    if mask is not None:
        scores = scores + (~mask).to(scores.dtype) * -1e9
    weights = softmax(scores, dim=-1)
    if mask is not None:
        weights = weights * mask.to(weights.dtype)
    context = torch.bmm(weights.unsqueeze(1), keys).squeeze(1)
    return [context, weights]
""",
        "NaN replaced": """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    scores = torch.tanh((query @ W_q)[:, None] + keys @ W_k) @ v
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), -math.inf)
    weights = torch.nan_to_num(torch.softmax(scores, -1), nan=0.0)
    return (weights[..., None] * keys).sum(1), weights
""",
    },
}
