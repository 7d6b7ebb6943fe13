"""Lesson 09: the decoder, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["DecoderLayer"] = Steps(
    """
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        norm_first = $first
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)
        self.add_norm3 = AddNorm(d_model, dropout, norm_first)
        self.norm_first = norm_first

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        x = self.add_norm1(x, lambda y: self.self_attention(y, y, y, $self_mask)[0])
        x = self.add_norm2(x, lambda y: self.$across(y, $source, $source, $cross_mask)[0])
        y = self.add_norm3(x, self.feed_forward)
        return $result
""",
    right={
        "first": "norm_first",
        "self_mask": "self_mask",
        "across": "cross_attention",
        "source": "memory",
        "cross_mask": "cross_mask",
        "result": "y",
    },
    mistakes={
        "cross-attends-itself": {"source": "y", "cross_mask": "None"},
        "one-attention": {"across": "self_attention"},
        "self-mask-ignored": {"self_mask": "None"},
        "cross-mask-ignored": {"cross_mask": "None"},
        "memory-normalised": {
            "source": "(self.add_norm2.norm(memory) if self.norm_first else memory)"
        },
        "norm-first-ignored": {"first": "False"},
        "no-feed-forward": {"result": "x"},
    },
)

STEPS["Decoder"] = Steps(
    """
class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        sizes = (d_model, num_heads, d_ff, dropout, norm_first)
        self.layers = nn.ModuleList($layers)
        self.norm = LayerNorm(d_model) if $normed else None

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        start = x
        for number, layer in enumerate($order):
            x = layer($given, $source, $self_mask, $cross_mask)
        return $end
""",
    right={
        "layers": "[DecoderLayer(*sizes) for _ in range(num_layers)]",
        "normed": "norm_first",
        "order": "self.layers",
        "given": "x",
        "source": "memory",
        "self_mask": "self_mask",
        "cross_mask": "cross_mask",
        "end": "x if self.norm is None else self.norm(x)",
    },
    mistakes={
        "memory-overwritten": {
            "source": "(x if number else memory)",
            "cross_mask": "(self_mask if number else cross_mask)",
        },
        "self-mask-ignored": {"self_mask": "None"},
        "cross-mask-ignored": {"cross_mask": "None"},
        "mask-first-layer": {"self_mask": "None if number else self_mask"},
        "no-final-norm": {"end": "x"},
        "norm-always": {"normed": "True"},
        "shared-layer": {"layers": "[DecoderLayer(*sizes)] * num_layers"},
        "reversed": {"order": "reversed(self.layers)"},
        "input-again": {"given": "start"},
    },
)

STEPS["Transformer"] = Steps(
    """
class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        c = config
        self.pad_id = $pad
        self.src_embedding = TokenEmbedding(c.src_vocab_size, c.d_model, c.pad_id)
        self.tgt_embedding = TokenEmbedding(c.tgt_vocab_size, c.d_model, c.pad_id)
        self.positions = PositionalEncoding(c.d_model, c.max_len, c.dropout)
        sizes = (c.num_layers, c.d_model, c.num_heads, c.d_ff, c.dropout, $first)
        self.encoder, self.decoder = Encoder(*sizes), Decoder(*sizes)

    def encode(self, src):
        return self.encoder($source_place(self.src_embedding(src)), $encoder_mask)

    def decode(self, tgt, memory, src):
        mask = $causal padding_mask(tgt, self.pad_id)
        x = $target_place(self.tgt_embedding(tgt))
        x = self.decoder(x, memory, mask, $decoder_mask)
        return (x @ self.tgt_embedding.weight.T)$end

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
""",
    right={
        "pad": "c.pad_id",
        "first": "c.norm_first",
        "source_place": "self.positions",
        "target_place": "self.positions",
        "encoder_mask": "padding_mask(src, self.pad_id)",
        "decoder_mask": "padding_mask(src, self.pad_id)",
        "causal": "causal_mask(tgt.size(1)).to(tgt.device) &",
        "end": "",
    },
    mistakes={
        "no-causal-mask": {"causal": ""},
        "source-padding-encoder": {"encoder_mask": "None"},
        "source-padding-decoder": {"decoder_mask": "None"},
        "pad-zero": {"pad": "0"},
        "no-positions": {"source_place": "", "target_place": ""},
        "no-target-positions": {"target_place": ""},
        "returns-probabilities": {"end": ".softmax(dim=-1)"},
        "logits-scaled": {"end": " / math.sqrt(memory.size(-1))"},
        "norm-first-ignored": {"first": "False"},
        "log-probabilities": {"end": ".log_softmax(dim=-1)"},
    },
)
