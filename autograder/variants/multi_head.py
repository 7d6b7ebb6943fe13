"""Right answers to lesson 05 in unusual styles."""

VARIANTS = {
    "split_heads": {
        "view and permute": """
def split_heads(x, num_heads):
    B, T, D = x.shape
    assert D % num_heads == 0, "D must be divisible by the number of heads"
    return x.view(B, T, num_heads, D // num_heads).permute(0, 2, 1, 3).contiguous()
""",
        "chunk and stack": """
def split_heads(x, num_heads):
    return torch.stack(x.chunk(num_heads, dim=-1), dim=1)
""",
        "unflatten": """
def split_heads(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1)).swapaxes(-3, -2)
""",
        "slices into a new tensor": """
def split_heads(x, num_heads):
    batch, length, d_model = x.shape
    d_k = d_model // num_heads
    heads = x.new_zeros(batch, num_heads, length, d_k)
    for h in range(num_heads):  # cabeza h
        heads[:, h] = x[:, :, h * d_k : (h + 1) * d_k]
    return heads
""",
        "einops": """
from einops import rearrange


def split_heads(x, num_heads):
    return rearrange(x, "b t (h d) -> b h t d", h=num_heads)
""",
        "HF's transpose_for_scores": """
def transpose_for_scores(x, num_attention_heads, attention_head_size):
    new_x_shape = x.size()[:-1] + (num_attention_heads, attention_head_size)
    x = x.view(new_x_shape)
    return x.permute(0, 2, 1, 3)


def split_heads(x, num_heads):
    return transpose_for_scores(x, num_heads, x.size(-1) // num_heads)
""",
        "split and stack": """
def split_heads(x, num_heads):
    head_dim = int(x.shape[2] / num_heads)
    heads = torch.split(x, head_dim, dim=2)
    return torch.stack(list(heads)).transpose(0, 1)
""",
    },
    "merge_heads": {
        "cat of the heads": """
def merge_heads(x):
    return torch.cat([x[:, h] for h in range(x.shape[1])], dim=-1)
""",
        "permute, contiguous, view": """
def merge_heads(x):
    B, H, T, d_k = x.size()
    return x.permute(0, 2, 1, 3).contiguous().view(B, T, H * d_k)
""",
        "word by word": """
def merge_heads(x):
    batch, heads, length, d_k = x.shape
    sentences = []
    for sentence in x:
        words = [sentence[:, t, :].reshape(heads * d_k) for t in range(length)]
        sentences.append(torch.stack(words))
    return torch.stack(sentences)
""",
        "einsum": """
def merge_heads(x):
    return torch.einsum("bhtd->bthd", x).reshape(x.shape[0], x.shape[2], -1)
""",
        "einops": """
from einops import rearrange


def merge_heads(x):
    return rearrange(x, "b h t d -> b t (h d)")
""",
        "nanoGPT": """
def merge_heads(x):
    B, nh, T, hs = x.size()
    y = x.transpose(1, 2).contiguous().view(B, T, nh * hs)
    return y
""",
        "unbind and hstack": """
def merge_heads(x: Tensor) -> Tensor:
    return torch.cat(x.unbind(dim=1), dim=2)
""",
    },
    "MultiHeadAttention": {
        "fused projection of three weights": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.1):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError("d_model has to be divisible by num_heads")
        self.d_model, self.num_heads, self.d_k = d_model, num_heads, d_model // num_heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(d_model, d_model))
        self.attn_dropout = nn.Dropout(p=dropout)
        self.register_buffer("scale", torch.tensor(self.d_k**-0.5))

    def _qkv(self, query, key, value):
        layers = (self.q_proj, self.k_proj, self.v_proj)
        if query is key and key is value:
            weight = torch.cat([layer.weight for layer in layers])
            bias = torch.cat([layer.bias for layer in layers])
            return F.linear(query, weight, bias).chunk(3, dim=-1)
        return [layer(x) for layer, x in zip(layers, (query, key, value))]

    def forward(self, query, key, value, mask=None):
        q, k, v = (
            t.view(t.size(0), -1, self.num_heads, self.d_k).transpose(1, 2)
            for t in self._qkv(query, key, value)
        )
        scores = (q @ k.transpose(-1, -2)) * self.scale
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        weights = scores.softmax(dim=-1).nan_to_num(0.0)
        context = self.attn_dropout(weights) @ v
        context = context.transpose(1, 2).contiguous().view(query.size(0), -1, self.d_model)
        return self.out_proj(context), weights
""",
        "one head after the other": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.1):
        super().__init__()
        self.num_heads = num_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=True)
        self.k_proj = nn.Linear(d_model, d_model, bias=True)
        self.v_proj = nn.Linear(d_model, d_model, bias=True)
        self.out_proj = nn.Linear(d_model, d_model, bias=True)
        self.drop = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, t_q, d_model = query.shape
        t_k, d_k = key.shape[1], d_model // self.num_heads
        if mask is not None:
            mask = mask.expand(b, self.num_heads, t_q, t_k)
        outputs, weights = [], []
        for h in range(self.num_heads):
            piece = slice(h * d_k, (h + 1) * d_k)
            head, w = scaled_dot_product_attention(
                self.q_proj(query)[..., piece],
                self.k_proj(key)[..., piece],
                self.v_proj(value)[..., piece],
                None if mask is None else mask[:, h],
            )
            outputs.append(head)
            weights.append(w)
        return self.drop(self.out_proj(torch.cat(outputs, -1))), torch.stack(weights, dim=1)
""",
        "einsum over heads, chatty": """
import sys
import warnings


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.1) -> None:
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"{d_model} / {num_heads}")
        self.num_heads, self.p = num_heads, dropout
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = [
            nn.Linear(d_model, d_model) for _ in range(4)
        ]

    def _project(self, layer: nn.Linear, x: Tensor) -> Tensor:
        weight = layer.weight.unflatten(0, (self.num_heads, -1))  # (H, Dk, D)
        bias = layer.bias.unflatten(0, (self.num_heads, -1))  # (H, Dk)
        return torch.einsum("btd,hkd->bhtk", x, weight) + bias[:, None, :]

    def forward(self, query, key, value, mask=None):
        print("\\r100%|##########| forward", end="", file=sys.stderr)
        warnings.warn("this attention is slow")
        q = self._project(self.q_proj, query)
        k = self._project(self.k_proj, key)
        v = self._project(self.v_proj, value)
        _, weights = scaled_dot_product_attention(q, k, v, mask)
        dropped = F.dropout(weights, self.p, self.training)
        mixed = torch.einsum("bhqk,bkhd->bqhd", dropped, v.transpose(1, 2)).flatten(-2)
        return self.out_proj(mixed), weights
""",
        "bmm, heads in the batch axis": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.1):
        super(MultiHeadAttention, self).__init__()
        assert d_model % num_heads == 0
        self.num_heads = num_heads
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()
        self.last_weights = None

    def reset_parameters(self):
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(self, query, key, value, mask=None):
        batch, t_q, t_k = query.size(0), query.size(1), key.size(1)
        fold = lambda x: split_heads(x, self.num_heads).flatten(0, 1)  # (B * H, T, Dk)
        q, k, v = fold(self.q_proj(query)), fold(self.k_proj(key)), fold(self.v_proj(value))
        scores = torch.bmm(q, k.transpose(1, 2)) / q.size(-1) ** 0.5
        if mask is not None:
            mask = torch.broadcast_to(mask, (batch, self.num_heads, t_q, t_k)).flatten(0, 1)
            scores = scores.masked_fill(mask.logical_not(), torch.finfo(scores.dtype).min)
        weights = F.softmax(scores, dim=-1)
        if mask is not None:
            weights = weights.masked_fill(mask.logical_not(), 0)
        heads = torch.bmm(self.dropout(weights), v).view(batch, self.num_heads, t_q, -1)
        self.last_weights = weights.view(batch, self.num_heads, t_q, t_k)
        return self.out_proj(merge_heads(heads)), self.last_weights
""",
        "Annotated Transformer": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.1):
        "Take in model size and number of heads."
        super(MultiHeadAttention, self).__init__()
        assert d_model % num_heads == 0
        self.d_k = d_model // num_heads
        self.num_heads = num_heads
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.attn = None
        self.dropout = nn.Dropout(p=dropout)

    def forward(self, query, key, value, mask=None):
        nbatches = query.size(0)
        query, key, value = [
            lin(x).view(nbatches, -1, self.num_heads, self.d_k).transpose(1, 2)
            for lin, x in zip((self.q_proj, self.k_proj, self.v_proj), (query, key, value))
        ]
        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e9)
        self.attn = scores.softmax(dim=-1)
        if mask is not None:
            self.attn = self.attn.masked_fill(mask == 0, 0.0)
        x = torch.matmul(self.dropout(self.attn), value)
        x = x.transpose(1, 2).contiguous().view(nbatches, -1, self.num_heads * self.d_k)
        return self.out_proj(x), self.attn
""",
        "nanoGPT, dropout on the weights and on the result": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.1):
        super().__init__()
        assert d_model % num_heads == 0
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.attn_dropout = nn.Dropout(dropout)
        self.resid_dropout = nn.Dropout(dropout)
        self.num_heads = self.n_head = num_heads
        self.n_embd = d_model

    def forward(self, query, key, value, mask=None):
        B, T, C = query.size()
        q = self.q_proj(query).view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        k = self.k_proj(key).view(B, key.size(1), self.n_head, C // self.n_head).transpose(1, 2)
        v = self.v_proj(value).view(B, value.size(1), self.n_head, C // self.n_head).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        if mask is not None:
            att = att.masked_fill(mask == 0, float("-inf"))
        att = F.softmax(att, dim=-1)
        att = torch.nan_to_num(att)
        y = self.attn_dropout(att) @ v
        y = y.transpose(1, 2).contiguous().view(B, T, C)
        return self.resid_dropout(self.out_proj(y)), att
""",
        "einops": """
from einops import rearrange


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.1):
        super().__init__()
        self.num_heads = num_heads
        self.scale = (d_model // num_heads) ** -0.5
        self.q_proj, self.k_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.v_proj, self.out_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.to_out = nn.Sequential(self.out_proj, nn.Dropout(dropout))

    def forward(self, query, key, value, mask=None):
        h = self.num_heads
        qkv = (self.q_proj(query), self.k_proj(key), self.v_proj(value))
        q, k, v = map(lambda t: rearrange(t, "b n (h d) -> b h n d", h=h), qkv)
        dots = torch.einsum("b h i d, b h j d -> b h i j", q, k) * self.scale
        if mask is not None:
            dots = dots.masked_fill(~mask, -torch.finfo(dots.dtype).max)
        attn = dots.softmax(dim=-1)
        if mask is not None:
            attn = attn * mask
        out = rearrange(torch.einsum("b h i j, b h j d -> b h i d", attn, v), "b h n d -> b n (h d)")
        return self.to_out(out), attn
""",
    },
}
