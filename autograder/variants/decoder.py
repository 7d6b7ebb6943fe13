"""Right answers to lesson 09 in unusual styles."""

VARIANTS = {
    "DecoderLayer": {
        "nested functions": """
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        for i in range(1, 4):
            setattr(self, f"add_norm{i}", AddNorm(d_model, dropout, norm_first))
        self.maps = {}

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        def look_back(y):
            out, self.maps["self"] = self.self_attention(y, y, y, mask=self_mask)
            return out

        def look_at_source(y):
            out, self.maps["cross"] = self.cross_attention(
                query=y, key=memory, value=memory, mask=cross_mask
            )
            return out

        x = self.add_norm1(x, look_back)
        x = self.add_norm2(x, look_at_source)
        x = self.add_norm3(x, self.feed_forward)
        return x
""",
        "residuals by hand": """
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)
        self.add_norm3 = AddNorm(d_model, dropout, norm_first)
        self.norm_first = norm_first
        self.p = dropout

    def _step(self, x, norm, sublayer):
        if self.norm_first:
            return x + F.dropout(sublayer(norm(x)), self.p, self.training)
        return norm(x + F.dropout(sublayer(x), self.p, self.training))

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        # 1. attention à soi, 2. à la source, 3. réseau
        x = self._step(x, self.add_norm1.norm, lambda y: self.self_attention(y, y, y, self_mask)[0])
        x = self._step(
            x,
            self.add_norm2.norm,
            lambda y: self.cross_attention(y, memory, memory, cross_mask)[0],
        )
        return self._step(x, self.add_norm3.norm, self.feed_forward)
""",
        "one generic step": """
class DecoderLayer(nn.Module):
    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.add_norm3 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.blocks = nn.ModuleList([self.self_attention, self.cross_attention])

    @staticmethod
    def _all(x: Tensor, source: Tensor) -> Tensor:
        return torch.ones(x.size(1), source.size(1), dtype=torch.bool, device=x.device)

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        masks = (
            self._all(x, x) if self_mask is None else self_mask,
            self._all(x, memory) if cross_mask is None else cross_mask,
        )
        for i, wrap in enumerate((self.add_norm1, self.add_norm2)):

            def attend(y):
                source = memory if i else y
                return self.blocks[i](y, source, source, masks[i])[0]

            x = wrap(x, attend)
        return self.add_norm3(x, self.feed_forward)
""",
        "Annotated Transformer": """
class DecoderLayer(nn.Module):
    "Decoder is made of self-attn, src-attn, and feed forward"

    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super(DecoderLayer, self).__init__()
        self.size = d_model
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)
        self.add_norm3 = AddNorm(d_model, dropout, norm_first)

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        m = memory
        x = self.add_norm1(x, lambda x: self.self_attention(x, x, x, self_mask)[0])
        x = self.add_norm2(x, lambda x: self.cross_attention(x, m, m, cross_mask)[0])
        return self.add_norm3(x, self.feed_forward)
""",
        "without AddNorm's forward, as HF": """
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        for i in (1, 2, 3):
            setattr(self, f"add_norm{i}", AddNorm(d_model, dropout, norm_first))
        self.norm_first, self.p = norm_first, dropout

    def _around(self, add_norm, hidden_states, function):
        residual = hidden_states
        if self.norm_first:
            hidden_states = add_norm.norm(hidden_states)
        hidden_states = F.dropout(function(hidden_states), p=self.p, training=self.training)
        hidden_states = residual + hidden_states
        return hidden_states if self.norm_first else add_norm.norm(hidden_states)

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        x = self._around(self.add_norm1, x, lambda h: self.self_attention(h, h, h, mask=self_mask)[0])
        x = self._around(self.add_norm2, x, lambda h: self.cross_attention(h, memory, memory, mask=cross_mask)[0])
        return self._around(self.add_norm3, x, self.feed_forward)
""",
        "sub-layers as methods, weights kept": """
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention, self.cross_attention = (MultiHeadAttention(d_model, num_heads, dropout) for _ in range(2))
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1, self.add_norm2, self.add_norm3 = (AddNorm(d_model, dropout, norm_first) for _ in range(3))
        self.weights = {}

    def attend_self(self, x):
        out, self.weights["self"] = self.self_attention(x, x, x, self._self_mask)
        return out

    def attend_source(self, x):
        out, self.weights["cross"] = self.cross_attention(x, self._memory, self._memory, self._cross_mask)
        return out

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        self._memory, self._self_mask, self._cross_mask = memory, self_mask, cross_mask
        for norm, sub in (
            (self.add_norm1, self.attend_self),
            (self.add_norm2, self.attend_source),
            (self.add_norm3, self.feed_forward),
        ):
            x = norm(x, sub)
        return x
""",
    },
    "Decoder": {
        "positional arguments, truthy norm": """
class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super(Decoder, self).__init__()
        settings = d_model, num_heads, d_ff, dropout, norm_first
        self.layers = nn.ModuleList([DecoderLayer(*settings) for n in range(num_layers)])
        if norm_first:
            self.norm = LayerNorm(d_model)
        else:
            self.norm = None

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        output = x
        for layer in self.layers:
            output = layer(output, memory, self_mask=self_mask, cross_mask=cross_mask)
        if self.norm is not None:
            output = self.norm(output)
        return output
""",
        "pairs with the norm": """
from functools import partial


class Decoder(nn.Module):
    def __init__(
        self,
        num_layers: int,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.norm = LayerNorm(d_model) if norm_first else None
        self.layers = nn.ModuleList()
        for number in range(num_layers):
            self.layers.add_module(
                str(number), DecoderLayer(d_model, num_heads, d_ff, dropout, norm_first)
            )
        self.register_buffer("depth", torch.tensor(num_layers), persistent=False)

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        kwargs = dict(memory=memory, self_mask=self_mask, cross_mask=cross_mask)
        steps = [partial(layer, **kwargs) for layer in self.layers]
        steps += [] if self.norm is None else [self.norm]
        for step in steps:
            x = step(x)
        return x
""",
        "copies of one layer": """
import copy
import sys
import warnings


class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        first = DecoderLayer(d_model, num_heads, d_ff, dropout, norm_first)
        self.layers = nn.ModuleList([copy.deepcopy(first) for _ in range(num_layers)])
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)
        self.norm = LayerNorm(d_model) if norm_first else None
        warnings.warn("ein Decoder")

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        for number, layer in enumerate(self.layers, 1):
            print(f"\\r{number}/{len(self.layers)}", end="", file=sys.stderr, flush=True)
            x = layer(x, memory, self_mask, cross_mask)
        return self.norm(x) if self.norm else x
""",
        "clones, as in the Annotated Transformer": """
from copy import deepcopy


class Decoder(nn.Module):
    "Generic N layer decoder with masking."

    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super(Decoder, self).__init__()
        layer = DecoderLayer(d_model, num_heads, d_ff, dropout, norm_first)
        self.layers = nn.ModuleList([deepcopy(layer) for _ in range(num_layers)])
        self.norm = LayerNorm(d_model) if norm_first else None

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        for layer in self.layers:
            x = layer(x, memory, self_mask, cross_mask)
        if self.norm is None:
            return x
        return self.norm(x)
""",
        "nanoGPT's ModuleDict": """
class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        args = (d_model, num_heads, d_ff, dropout, norm_first)
        modules = dict(layers=nn.ModuleList([DecoderLayer(*args) for _ in range(num_layers)]))
        if norm_first:
            modules["norm"] = LayerNorm(d_model)
        for name, module in modules.items():
            self.add_module(name, module)
        if not norm_first:
            self.norm = nn.Identity()

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        i = 0
        while i < len(self.layers):
            block = self.layers[i]
            x = block(x, memory=memory, self_mask=self_mask, cross_mask=cross_mask)
            i += 1
        return self.norm(x)
""",
        "recursion": """
class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.layers = nn.ModuleList(
            DecoderLayer(d_model, num_heads, d_ff, dropout=dropout, norm_first=norm_first) for _ in range(num_layers)
        )
        self.norm = LayerNorm(d_model) if norm_first else None

    def _apply_layers(self, layers, x, *rest):
        if not layers:
            return x
        first, *others = layers
        return self._apply_layers(others, first(x, *rest), *rest)

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        y = self._apply_layers(list(self.layers), x, memory, self_mask, cross_mask)
        return y if self.norm is None else self.norm(y)
""",
    },
    "Transformer": {
        "masks by hand, tied linear layer": """
class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.src_embedding = TokenEmbedding(config.src_vocab_size, config.d_model, config.pad_id)
        self.tgt_embedding = TokenEmbedding(config.tgt_vocab_size, config.d_model, config.pad_id)
        self.positions = PositionalEncoding(config.d_model, config.max_len, config.dropout)
        self.encoder = Encoder(
            config.num_layers,
            config.d_model,
            config.num_heads,
            config.d_ff,
            config.dropout,
            config.norm_first,
        )
        self.decoder = Decoder(
            config.num_layers,
            config.d_model,
            config.num_heads,
            config.d_ff,
            config.dropout,
            config.norm_first,
        )
        self.generator = nn.Linear(config.d_model, config.tgt_vocab_size, bias=False)
        self.generator.weight = self.tgt_embedding.weight

    def make_src_mask(self, src):
        return (src != self.config.pad_id).unsqueeze(1).unsqueeze(2)

    def make_tgt_mask(self, tgt):
        n = tgt.shape[1]
        look_back = torch.tril(torch.ones((n, n), device=tgt.device)).bool()
        return (tgt != self.config.pad_id).unsqueeze(1).unsqueeze(2) & look_back

    def encode(self, src):
        embedded = self.positions(self.src_embedding(src))
        return self.encoder(embedded, self.make_src_mask(src))

    def decode(self, tgt, memory, src):
        embedded = self.positions(self.tgt_embedding(tgt))
        hidden = self.decoder(embedded, memory, self.make_tgt_mask(tgt), self.make_src_mask(src))
        return self.generator(hidden)

    def forward(self, src, tgt):
        memory = self.encode(src)
        return self.decode(tgt, memory, src)
""",
        "causal mask in a buffer, einsum": """
from dataclasses import asdict


class Transformer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        values = asdict(config)
        self.pad_id = values.pop("pad_id")
        sizes = [values.pop("src_vocab_size"), values.pop("tgt_vocab_size")]
        max_len = values.pop("max_len")
        self.src_embedding, self.tgt_embedding = (
            TokenEmbedding(size, config.d_model, self.pad_id) for size in sizes
        )
        self.positions = PositionalEncoding(config.d_model, max_len, config.dropout)
        self.encoder, self.decoder = Encoder(**values), Decoder(**values)
        self.register_buffer("triangle", torch.ones(max_len, max_len).tril() > 0)

    def encode(self, src):
        words = self.src_embedding(src)
        return self.encoder(self.positions(words), mask=padding_mask(src, self.pad_id))

    def decode(self, tgt, memory, src):
        length = tgt.size(-1)
        visible = self.triangle[:length, :length]
        visible = torch.logical_and(visible, padding_mask(tgt, self.pad_id))
        x = self.decoder(
            self.positions(self.tgt_embedding(tgt)),
            memory,
            self_mask=visible,
            cross_mask=padding_mask(src, self.pad_id),
        )
        return torch.einsum("btd,vd->btv", x, self.tgt_embedding.weight)

    def forward(self, src, tgt):
        return self.decode(tgt=tgt, memory=self.encode(src=src), src=src)
""",
        "sentence by sentence": """
import warnings


class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.src_embedding = TokenEmbedding(config.src_vocab_size, config.d_model, config.pad_id)
        self.tgt_embedding = TokenEmbedding(config.tgt_vocab_size, config.d_model, config.pad_id)
        self.positions = PositionalEncoding(config.d_model, config.max_len, config.dropout)
        rest = (config.num_heads, config.d_ff, config.dropout, config.norm_first)
        self.encoder = Encoder(config.num_layers, config.d_model, *rest)
        self.decoder = Decoder(config.num_layers, config.d_model, *rest)
        self.pad_id = config.pad_id

    def _mask(self, ids):
        return ids.ne(self.pad_id)[:, None, None]

    def encode(self, src):
        memories = [
            self.encoder(self.positions(self.src_embedding(one)), self._mask(one))
            for one in src.split(1)
        ]
        return torch.cat(memories)

    def decode(self, tgt, memory, src):
        if tgt.size(0) != memory.size(0):
            warnings.warn("sizes differ")
        place = torch.arange(tgt.size(1), device=tgt.device)
        causal = place[None, :] <= place[:, None]
        logits = []
        for one, seen, source in zip(tgt.split(1), memory.split(1), src.split(1)):
            x = self.positions(self.tgt_embedding(one))
            x = self.decoder(x, seen, causal[None, None] & self._mask(one), self._mask(source))
            logits.append(torch.matmul(x, self.tgt_embedding.weight.transpose(0, 1)))
        return torch.cat(logits, 0)

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
""",
        "Annotated Transformer, masks made by helpers": """
class Transformer(nn.Module):
    def __init__(self, config):
        super(Transformer, self).__init__()
        self.config = config
        c = config
        self.src_embedding = TokenEmbedding(c.src_vocab_size, c.d_model, c.pad_id)
        self.tgt_embedding = TokenEmbedding(c.tgt_vocab_size, c.d_model, c.pad_id)
        self.positions = PositionalEncoding(c.d_model, c.max_len, c.dropout)
        self.encoder = Encoder(c.num_layers, c.d_model, c.num_heads, c.d_ff, c.dropout, c.norm_first)
        self.decoder = Decoder(c.num_layers, c.d_model, c.num_heads, c.d_ff, c.dropout, c.norm_first)

    def make_std_mask(self, tgt):
        "Create a mask to hide padding and future words."
        tgt_mask = (tgt != self.config.pad_id).unsqueeze(-2)
        size = tgt.size(-1)
        later = torch.triu(torch.ones((1, size, size), device=tgt.device), diagonal=1).type(torch.uint8)
        return (tgt_mask & (later == 0)).unsqueeze(1)

    def encode(self, src):
        src_mask = (src != self.config.pad_id).unsqueeze(-2).unsqueeze(1)
        return self.encoder(self.positions(self.src_embedding(src)), src_mask)

    def decode(self, tgt, memory, src):
        src_mask = (src != self.config.pad_id).unsqueeze(-2).unsqueeze(1)
        x = self.positions(self.tgt_embedding(tgt))
        x = self.decoder(x, memory, self.make_std_mask(tgt), src_mask)
        return F.linear(x, self.tgt_embedding.weight)

    def forward(self, src, tgt):
        "Take in and process masked src and target sequences."
        return self.decode(tgt, self.encode(src), src)
""",
        "einsum at the end, causal mask only": """
class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        vars_ = {k: getattr(config, k) for k in ("num_layers", "d_model", "num_heads", "d_ff", "dropout", "norm_first")}
        self.src_embedding = TokenEmbedding(config.src_vocab_size, config.d_model, config.pad_id)
        self.tgt_embedding = TokenEmbedding(config.tgt_vocab_size, config.d_model, config.pad_id)
        self.positions = PositionalEncoding(d_model=config.d_model, max_len=config.max_len, dropout=config.dropout)
        self.encoder = Encoder(**vars_)
        self.decoder = Decoder(**vars_)
        self.pad_id = config.pad_id

    def encode(self, src):
        return self.encoder(self.positions(self.src_embedding(src)), padding_mask(src, self.pad_id))

    def decode(self, tgt, memory, src):
        # padding stands at the end: the causal mask hides it from every real word
        mask = causal_mask(tgt.shape[1]).to(tgt.device)
        h = self.decoder(self.positions(self.tgt_embedding(tgt)), memory, mask, padding_mask(src, self.pad_id))
        return torch.einsum("btd,vd->btv", h, self.tgt_embedding.weight)

    def forward(self, src, tgt):
        memory = self.encode(src)
        logits = self.decode(tgt, memory, src)
        return logits
""",
        "masks cached in buffers, nn.Linear's weight tied": """
class Transformer(nn.Module):
    def __init__(self, config: "TransformerConfig") -> None:
        super().__init__()
        c = config
        self.pad_id, self.d_model = c.pad_id, c.d_model
        self.src_embedding = TokenEmbedding(c.src_vocab_size, c.d_model, c.pad_id)
        self.tgt_embedding = TokenEmbedding(c.tgt_vocab_size, c.d_model, c.pad_id)
        self.positions = PositionalEncoding(c.d_model, c.max_len, c.dropout)
        self.encoder = Encoder(c.num_layers, c.d_model, c.num_heads, c.d_ff, c.dropout, c.norm_first)
        self.decoder = Decoder(c.num_layers, c.d_model, c.num_heads, c.d_ff, c.dropout, c.norm_first)
        self.generator = nn.Linear(c.d_model, c.tgt_vocab_size, bias=False)
        self.generator.weight = self.tgt_embedding.weight
        self.register_buffer("causal", causal_mask(c.max_len), persistent=False)

    def encode(self, src):
        return self.encoder(self.positions(self.src_embedding(src)), padding_mask(src, self.pad_id))

    def decode(self, tgt, memory, src):
        T = tgt.size(1)
        self_mask = torch.logical_and(self.causal[:T, :T], padding_mask(tgt, self.pad_id))
        x = self.positions(self.tgt_embedding(tgt))
        return self.generator(self.decoder(x, memory, self_mask, padding_mask(src, self.pad_id)))

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
""",
    },
}
