"""Right answers to lesson 08 in unusual styles."""

VARIANTS = {
    "EncoderLayer": {
        "closures and keyword arguments": """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model=d_model, d_ff=d_ff, dropout=dropout)
        self.add_norm1 = AddNorm(d_model, dropout=dropout, norm_first=norm_first)
        self.add_norm2 = AddNorm(d_model, dropout=dropout, norm_first=norm_first)
        self.weights = None

    def forward(self, x, mask=None):
        def attend(y):
            output, self.weights = self.self_attention(query=y, key=y, value=y, mask=mask)
            return output

        return self.add_norm2(self.add_norm1(x, attend), sublayer=self.feed_forward)
""",
        "residuals by hand": """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.norm_first = norm_first
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout, "relu")
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        norm1, norm2 = self.add_norm1.norm, self.add_norm2.norm
        if self.norm_first:
            h = norm1(x)
            h, _ = self.self_attention(h, h, h, mask)
            x = x + self.dropout(h)
            return x + self.dropout(self.feed_forward(norm2(x)))
        h, _ = self.self_attention(x, x, x, mask)
        x = norm1(x + self.dropout(h))
        return norm2(x + self.dropout(self.feed_forward(x)))
""",
        "sentence by sentence": """
from functools import partial


def _attend(attention, mask, y):
    if mask is None:
        mask = torch.ones(1, 1, dtype=torch.bool, device=y.device)
    mask = mask.expand(y.size(0), attention.num_heads, y.size(1), y.size(1))
    outputs = []
    for i in range(len(y)):  # jede Zeile für sich
        alone = y[i : i + 1]
        outputs.append(attention(alone, alone, alone, mask[i : i + 1])[0])
    return torch.cat(outputs, dim=0)


class EncoderLayer(nn.Module):
    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.add_norm1, self.add_norm2 = (AddNorm(d_model, dropout, norm_first) for _ in "12")
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, x: Tensor, mask: "Tensor | None" = None) -> Tensor:
        self.steps += 1
        steps = [
            (self.add_norm1, partial(_attend, self.self_attention, mask)),
            (self.add_norm2, self.feed_forward),
        ]
        for wrap, sublayer in steps:
            x = wrap(x, sublayer)
        return x
""",
        "Annotated Transformer": """
class EncoderLayer(nn.Module):
    "Encoder is made up of self-attn and feed forward"

    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super(EncoderLayer, self).__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)
        self.size = d_model

    def forward(self, x, mask=None):
        def attend(y):
            out, self.attn = self.self_attention(y, y, y, mask)
            return out

        x = self.add_norm1(x, attend)
        return self.add_norm2(x, self.feed_forward)
""",
        "without AddNorm's forward, as PyTorch": """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first=norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first=norm_first)
        self.norm_first = norm_first
        self.dropout1, self.dropout2 = nn.Dropout(dropout), nn.Dropout(dropout)

    def forward(self, x, mask=None):
        if self.norm_first:
            x = x + self._sa_block(self.add_norm1.norm(x), mask)
            x = x + self._ff_block(self.add_norm2.norm(x))
        else:
            x = self.add_norm1.norm(x + self._sa_block(x, mask))
            x = self.add_norm2.norm(x + self._ff_block(x))
        return x

    def _sa_block(self, x, attn_mask):
        return self.dropout1(self.self_attention(x, x, x, attn_mask)[0])

    def _ff_block(self, x):
        return self.dropout2(self.feed_forward(x))
""",
        "a beginner's, with prints and an assert": """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        print("making a layer with", num_heads, "heads")
        self.self_attention = MultiHeadAttention(d_model=d_model, num_heads=num_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model=d_model, d_ff=d_ff, dropout=dropout)
        self.add_norm1 = AddNorm(d_model=d_model, dropout=dropout, norm_first=norm_first)
        self.add_norm2 = AddNorm(d_model=d_model, dropout=dropout, norm_first=norm_first)

    def forward(self, x, mask=None):
        # Schritt 1: die Wörter sehen einander an
        step1 = self.add_norm1(x=x, sublayer=lambda t: self.self_attention(query=t, key=t, value=t, mask=mask)[0])
        assert step1.shape == x.shape
        # Schritt 2: jedes denkt für sich
        step2 = self.add_norm2(x=step1, sublayer=lambda t: self.feed_forward(t))
        print("shape", step2.shape)
        return step2
""",
    },
    "Encoder": {
        "list of layers, index loop": """
class Encoder(nn.Module):
    def __init__(
        self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False
    ):
        super().__init__()
        self.num_layers = num_layers
        layers = []
        for i in range(num_layers):
            layers.append(
                EncoderLayer(
                    d_model=d_model,
                    num_heads=num_heads,
                    d_ff=d_ff,
                    dropout=dropout,
                    norm_first=norm_first,
                )
            )
        self.layers = nn.ModuleList(layers)
        self.norm = None
        if norm_first:
            self.norm = LayerNorm(d_model)

    def forward(self, x, mask=None):
        states = [x]
        for i in range(self.num_layers):
            states.append(self.layers[i](states[-1], mask))
        if self.norm:
            return self.norm(states[-1])
        return states[-1]
""",
        "reduce, chatty": """
import sys
import warnings
from functools import reduce


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        make = lambda _: EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first)
        self.layers = nn.ModuleList(map(make, range(num_layers)))
        self.register_module("norm", LayerNorm(d_model) if norm_first else None)
        if dropout == 0:
            warnings.warn("no dropout")

    def forward(self, x, mask=None):
        print("layers:", len(self.layers), file=sys.stderr)
        x = reduce(lambda y, layer: layer(y, mask=mask), self.layers, x)
        return x if self.norm is None else self.norm(x)
""",
        "recursion": """
class Encoder(nn.Module):
    def __init__(self, num_layers, *sizes, dropout=0.1, norm_first=False, **more):
        super().__init__()
        self.layers = nn.ModuleList()
        more = more | {"dropout": dropout, "norm_first": norm_first}
        while len(self.layers) < num_layers:
            self.layers.append(EncoderLayer(*sizes, **more))
        d_model = sizes[0] if sizes else more["d_model"]
        self.norm = LayerNorm(d_model) if norm_first else None

    def _after(self, depth, x, mask):
        if depth == 0:
            return x
        return self.layers[depth - 1](self._after(depth - 1, x, mask), mask)

    def forward(self, x, mask=None):
        x = self._after(len(self.layers), x, mask)
        return self.norm(x) if self.norm is not None else x
""",
        "clones, as in the Annotated Transformer": """
import copy


def clones(module, N):
    "Produce N identical layers."
    return nn.ModuleList([copy.deepcopy(module) for _ in range(N)])


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super(Encoder, self).__init__()
        layer = EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first)
        self.layers = clones(layer, num_layers)
        self.norm = LayerNorm(d_model) if norm_first else None

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        if self.norm is not None:
            x = self.norm(x)
        return x
""",
        "all hidden states are kept, with a progress bar": """
from tqdm.auto import tqdm


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.layers = nn.ModuleList()
        for _ in range(num_layers):
            self.layers.append(EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first))
        self.norm = None
        if norm_first:
            self.norm = LayerNorm(d_model)
        self.all_hidden_states = ()

    def forward(self, x, mask=None):
        hidden_states = x
        self.all_hidden_states = (hidden_states,)
        for layer_module in tqdm(self.layers, disable=False):
            hidden_states = layer_module(hidden_states, mask)
            self.all_hidden_states += (hidden_states,)
        return hidden_states if self.norm is None else self.norm(hidden_states)
""",
        "functools.reduce": """
from functools import reduce


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        kwargs = dict(d_model=d_model, num_heads=num_heads, d_ff=d_ff, dropout=dropout)
        self.layers = nn.ModuleList([EncoderLayer(**kwargs, norm_first=norm_first) for _ in range(num_layers)])
        self.norm = LayerNorm(d_model) if norm_first else None

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y = reduce(lambda h, layer: layer(h, mask=mask), self.layers, x)
        return self.norm(y) if self.norm else y
""",
    },
}
