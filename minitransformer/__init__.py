"""The small package that the lessons fill in: one contract file per lesson."""

from minitransformer.errors import CourseError, DataError, FillError, MissingPart
from minitransformer.stub import fill

from minitransformer.quiz import quiz  # isort: skip

# In the order of the lessons. A function wins over the module of the same name.
from minitransformer.softmax import softmax  # isort: skip
from minitransformer.recurrence import additive_attention, rnn_step  # isort: skip
from minitransformer.embeddings import (  # isort: skip
    TokenEmbedding,
    apply_bpe,
    learn_bpe,
    skip_gram_loss,
)
from minitransformer.positional_encoding import (  # isort: skip
    PositionalEncoding,
    rotary_embedding,
    sinusoidal_encoding,
)
from minitransformer.attention import (  # isort: skip
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from minitransformer.multi_head import MultiHeadAttention, merge_heads, split_heads  # isort: skip
from minitransformer.add_norm import AddNorm, LayerNorm  # isort: skip
from minitransformer.feed_forward import FeedForward  # isort: skip
from minitransformer.encoder import Encoder, EncoderLayer  # isort: skip
from minitransformer.decoder import (  # isort: skip
    Decoder,
    DecoderLayer,
    Transformer,
    TransformerConfig,
)
from minitransformer.training import (  # isort: skip
    label_smoothed_cross_entropy,
    shift_right,
    train_step,
    warmup_lr,
)
from minitransformer.inference import (  # isort: skip
    CachedAttention,
    beam_search,
    greedy_decode,
    sample,
)
from minitransformer.translation import bleu  # isort: skip

__all__ = [
    "AddNorm",
    "CachedAttention",
    "CourseError",
    "DataError",
    "Decoder",
    "DecoderLayer",
    "Encoder",
    "EncoderLayer",
    "FeedForward",
    "FillError",
    "LayerNorm",
    "MissingPart",
    "MultiHeadAttention",
    "PositionalEncoding",
    "TokenEmbedding",
    "Transformer",
    "TransformerConfig",
    "additive_attention",
    "apply_bpe",
    "beam_search",
    "bleu",
    "causal_mask",
    "fill",
    "greedy_decode",
    "label_smoothed_cross_entropy",
    "learn_bpe",
    "merge_heads",
    "padding_mask",
    "quiz",
    "rnn_step",
    "rotary_embedding",
    "sample",
    "scaled_dot_product_attention",
    "shift_right",
    "sinusoidal_encoding",
    "skip_gram_loss",
    "softmax",
    "split_heads",
    "train_step",
    "warmup_lr",
]
