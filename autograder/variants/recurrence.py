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
        "one concatenated product": """
def rnn_step(x, h, W_xh, W_hh, b):
    # [x; h] @ [W_xh; W_hh] + b
    both = torch.cat((x, h), dim=1)
    weight = torch.cat((W_xh, W_hh), dim=0)
    return torch.tanh(torch.addmm(b, both, weight))
""",
        "F.linear, once more": """
def rnn_step(x: Tensor, h: Tensor, W_xh: Tensor, W_hh: Tensor, b: Tensor) -> Tensor:
    i2h = F.linear(x, W_xh.t(), b)
    h2h = F.linear(h, W_hh.t())
    hy = (i2h + h2h).tanh()
    return hy
""",
        "sentence by sentence": """
def rnn_step(x, h, W_xh, W_hh, b):
    new_h = []
    for i in range(len(x)):
        a = torch.zeros_like(b)
        for j in range(x.shape[1]):
            a = a + x[i, j] * W_xh[j]
        for j in range(h.shape[1]):
            a = a + h[i, j] * W_hh[j]
        new_h.append(torch.tanh(a + b))
    return torch.stack(new_h)
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
        "Bahdanau as in tutorials": """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    q = query.unsqueeze(1)
    energy = torch.tanh(q.matmul(W_q) + keys.matmul(W_k))
    scores = energy.matmul(v.unsqueeze(-1)).squeeze(-1)
    if mask is not None:
        scores = scores.masked_fill(mask == False, -float("inf"))  # noqa
    weights = F.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
        weights = torch.where(torch.isnan(weights), torch.zeros_like(weights), weights)
    context = torch.bmm(weights.unsqueeze(1), keys).squeeze(1)
    return context, weights
""",
        "einsum with an additive mask": """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    projected_query = torch.einsum("bn,na->ba", query, W_q)
    projected_keys = torch.einsum("btk,ka->bta", keys, W_k)
    scores = torch.einsum("bta,a->bt", torch.tanh(projected_keys + projected_query[:, None]), v)
    if mask is not None:
        bias = torch.zeros_like(scores)
        bias[~mask] = torch.finfo(scores.dtype).min / 2
        scores = scores + bias
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights * mask.to(weights.dtype)
    return torch.einsum("bt,btk->bk", weights, keys), weights
""",
        "one state after the other": """
def additive_attention(query, keys, W_q, W_k, v, mask=None):
    B, T, K = keys.shape
    q = query @ W_q
    scores = []
    for t in range(T):
        s_t = (torch.tanh(q + keys[:, t] @ W_k) * v).sum(-1)
        if mask is not None:
            s_t = torch.where(mask[:, t], s_t, torch.full_like(s_t, -1e30 if s_t.dtype != torch.float16 else -6e4))
        scores.append(s_t)
    weights = softmax(torch.stack(scores, dim=1), dim=1)
    if mask is not None:
        weights = weights * mask
    context = 0
    for t in range(T):
        context = context + weights[:, t : t + 1] * keys[:, t]
    return context, weights
""",
    },
}
