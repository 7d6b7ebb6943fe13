"""Right answers to lesson 04 in unusual styles."""

VARIANTS = {
    "scaled_dot_product_attention": {
        "additive mask, nan_to_num": """
def scaled_dot_product_attention(query, key, value, mask=None):
    d_k = query.size()[-1]
    attn_logits = torch.matmul(query, key.transpose(-2, -1))
    attn_logits = attn_logits / torch.sqrt(torch.tensor(d_k))
    if mask is not None:
        bias = torch.zeros_like(attn_logits).masked_fill(mask == 0, float("-inf"))
        attn_logits = attn_logits + bias
    attention = F.softmax(attn_logits, dim=-1)
    attention = torch.nan_to_num(attention, nan=0.0)  # Zeilen ohne sichtbares Wort
    return torch.matmul(attention, value), attention
""",
        "nested loops over queries": """
def scaled_dot_product_attention(query, key, value, mask=None):
    lead, q_len, d_k = query.shape[:-2], query.shape[-2], query.shape[-1]
    k_len, d_v = value.shape[-2:]
    if mask is None:
        mask = torch.ones(q_len, k_len, dtype=torch.bool, device=query.device)
    mask = mask.expand(*lead, q_len, k_len).reshape(-1, q_len, k_len)
    qs, ks, vs = query.reshape(-1, q_len, d_k), key.reshape(-1, k_len, d_k), value.reshape(
        -1, k_len, d_v
    )
    all_outputs, all_weights = [], []
    for b in range(qs.shape[0]):
        for i in range(q_len):
            scores = (ks[b] * qs[b, i]).sum(dim=1) / d_k**0.5
            scores = torch.where(mask[b, i], scores, -math.inf)
            biggest = torch.clamp(scores.max(), min=-1e30)
            e = torch.exp(scores - biggest)
            total = e.sum()
            w = e / torch.where(total == 0, torch.ones_like(total), total)
            all_weights.append(w)
            all_outputs.append((w[:, None] * vs[b]).sum(0))
    output = torch.stack(all_outputs).reshape(*lead, q_len, d_v)
    return output, torch.stack(all_weights).reshape(*lead, q_len, k_len)
""",
        "einsum, float64 inside": """
def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: "Tensor | None" = None
) -> tuple[Tensor, Tensor]:
    wide = [t.double() for t in (query, key, value)]
    scores = torch.einsum("...qd,...kd->...qk", wide[0], wide[1]) * query.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), -1e9)
    weights = torch.softmax(scores, -1)
    if mask is not None:
        weights = torch.where(mask, weights, torch.zeros_like(weights))
    output = torch.einsum("...qk,...kd->...qd", weights, wide[2])
    return output.to(value.dtype), weights.to(query.dtype)
""",
        "baddbmm and bmm on one batch axis": """
import warnings


def _flat(x):
    return x.contiguous().view(-1, x.size(-2), x.size(-1))


def scaled_dot_product_attention(query, key, value, mask=None):
    if query.dim() > 4:
        warnings.warn("more axes than expected")
    lead, n_q, n_k = query.shape[:-2], query.size(-2), key.size(-2)
    allowed = torch.ones((), dtype=torch.bool, device=query.device) if mask is None else mask
    allowed = _flat(allowed.expand(lead + (n_q, n_k)))
    keep = allowed.to(query.dtype)
    bias = (1 - keep) * torch.finfo(query.dtype).min
    scores = torch.baddbmm(
        bias, _flat(query), _flat(key).transpose(1, 2), alpha=1 / math.sqrt(query.size(-1))
    )
    weights = softmax(scores, dim=2) * keep
    out = torch.bmm(weights, _flat(value))
    return out.view(lead + (n_q, value.size(-1))), weights.view(lead + (n_q, n_k))
""",
        "softmax by hand, log of the mask": """
def scaled_dot_product_attention(query, key, value, mask=None):
    # 缩放点积注意力
    scores = (query / math.sqrt(key.size(-1))) @ key.mT
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    visible = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    shifted = scores - visible.amax(-1, keepdim=True).detach()
    powers = torch.exp(shifted.masked_fill(~mask, 0.0)) * mask
    total = powers.sum(-1, keepdim=True)
    weights = powers / total.masked_fill(total == 0, 1)
    return weights @ value, weights
""",
        "Annotated Transformer, rows of NaN mended": """
def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    "Compute 'Scaled Dot Product Attention'"
    d_k = query.size(-1)
    scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(d_k)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e9)
    p_attn = scores.softmax(dim=-1)
    if mask is not None:
        p_attn = p_attn.masked_fill(mask == 0, 0)
    if dropout is not None:
        p_attn = dropout(p_attn)
    return torch.matmul(p_attn, value), p_attn
""",
        "einops": """
from einops import einsum, rearrange


def scaled_dot_product_attention(query, key, value, mask=None):
    scale = query.shape[-1] ** -0.5
    scores = einsum(query, key, "... i d, ... j d -> ... i j") * scale
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.finfo(scores.dtype).max)
    attn = softmax(scores, dim=-1)
    if mask is not None:
        attn = attn * mask
    return einsum(attn, value, "... i j, ... j d -> ... i d"), attn
""",
        "PyTorch's documentation, bias from the mask": """
def scaled_dot_product_attention(query, key, value, mask=None):
    L, S = query.size(-2), key.size(-2)
    scale_factor = 1 / math.sqrt(query.size(-1))
    attn_weight = query @ key.transpose(-2, -1) * scale_factor
    if mask is not None:
        attn_bias = torch.zeros_like(attn_weight)
        attn_bias.masked_fill_(mask.logical_not(), float("-inf"))
        attn_weight = attn_weight + attn_bias
    attn_weight = torch.softmax(attn_weight, dim=-1)
    attn_weight = torch.where(attn_weight.isnan(), 0.0, attn_weight)
    return attn_weight @ value, attn_weight
""",
        "one class does the work, with a progress bar": """
from tqdm import tqdm


class _Scorer:
    def __init__(self, key, d_k):
        self.key, self.d_k = key, d_k

    def __call__(self, q):
        return (self.key * q.unsqueeze(-2)).sum(-1) / self.d_k**0.5


def scaled_dot_product_attention(query, key, value, mask=None):
    scorer, rows = _Scorer(key, query.shape[-1]), []
    for i in tqdm(range(query.shape[-2])):
        rows.append(scorer(query[..., i, :]))
    scores = torch.stack(rows, dim=-2)
    if mask is None:
        weights = softmax(scores)
    else:
        hidden = torch.broadcast_to(~mask, scores.shape)
        scores = scores.clone()
        scores[hidden] = torch.finfo(scores.dtype).min
        weights = softmax(scores)
        weights = weights.masked_fill(hidden, 0.0)
    return weights.matmul(value), weights
""",
    },
    "padding_mask": {
        "unsqueeze": """
def padding_mask(ids: Tensor, pad_id: int) -> Tensor:
    return torch.ne(ids, pad_id).unsqueeze(1).unsqueeze(2)
""",
        "Python lists": """
def padding_mask(ids, pad_id):
    rows = []
    for sentence in ids.tolist():
        rows.append([[[word != pad_id for word in sentence]]])
    return torch.tensor(rows, device=ids.device)
""",
        "not equal to padding, view": """
def padding_mask(ids, pad_id):
    batch, length = ids.size()
    is_pad = ids == torch.full_like(ids, pad_id)
    return (~is_pad).view(batch, 1, 1, length)
""",
        "bool of a difference": """
def padding_mask(ids, pad_id):
    b, t = ids.shape
    mask = torch.where(ids - pad_id == 0, 0, 1).bool()  # 1 = vrai mot, 0 = bourrage
    return mask.reshape((b, 1, 1, t))
""",
        "einops": """
from einops import rearrange


def padding_mask(ids, pad_id):
    return rearrange(ids != pad_id, "b t -> b 1 1 t")
""",
        "Annotated Transformer": """
def padding_mask(ids, pad_id):
    src_mask = (ids != pad_id).unsqueeze(-2)
    return src_mask.unsqueeze(1)
""",
        "logical_not of eq, HF's expand": """
def padding_mask(ids: torch.LongTensor, pad_id: int) -> torch.BoolTensor:
    bsz, seq_len = ids.size()
    attention_mask = torch.logical_not(torch.eq(ids, pad_id)).to(torch.bool)
    return attention_mask[:, None, None, :].expand(bsz, 1, 1, seq_len)
""",
    },
    "causal_mask": {
        "compare positions": """
def causal_mask(length):
    i = torch.arange(length)
    return i.unsqueeze(0) <= i.unsqueeze(1)
""",
        "nested loops": """
def causal_mask(length):
    mask = torch.zeros((length, length), dtype=torch.bool)
    for i in range(length):
        for j in range(i + 1):
            mask[i, j] = True
    return mask
""",
        "not the strict upper triangle": """
def causal_mask(length: int) -> torch.BoolTensor:
    subsequent = torch.triu(torch.ones(1, length, length), diagonal=1).type(torch.uint8)
    return (subsequent == 0).squeeze(0)
""",
        "NumPy": """
def causal_mask(length):
    return torch.from_numpy(np.tri(length, dtype=bool))
""",
        "nanoGPT's buffer": """
def causal_mask(length):
    bias = torch.tril(torch.ones(length, length)).view(1, 1, length, length)
    return (bias[0, 0] != 0)
""",
        "Annotated Transformer": """
def subsequent_mask(size):
    "Mask out subsequent positions."
    attn_shape = (1, size, size)
    mask = torch.triu(torch.ones(attn_shape), diagonal=1).type(torch.uint8)
    return mask == 0


def causal_mask(length):
    return subsequent_mask(length)[0]
""",
        "from -inf, as PyTorch's generate_square_subsequent_mask": """
def causal_mask(length: int) -> Tensor:
    floats = torch.triu(torch.full((length, length), float("-inf")), diagonal=1)
    return floats == 0
""",
        "lists": """
def causal_mask(length):
    rows = [[j <= i for j in range(length)] for i in range(length)]
    return torch.tensor(rows)
""",
    },
}
