"""The oracle: what each exercise has to return, from the papers' equations in float64 NumPy.

One function an exercise, one file a lesson. Every function is pure: it takes arrays (and weights
as {parameter name: array}, named as in the module's ``state_dict``), leaves them unchanged and
returns new float64 arrays. Loops stand where loops are clearer. Nothing here is shared with
``solutions``: the two can only agree by both being right. Masks are boolean, True = may attend.
Dropout is off throughout, as in evaluation.
"""

from autograder.oracle.add_norm import add_norm, layer_norm
from autograder.oracle.attention import (
    causal_mask,
    masked_softmax,
    padding_mask,
    scaled_dot_product_attention,
)
from autograder.oracle.decoder import (
    decoder,
    decoder_layer,
    transformer,
    transformer_decode,
    transformer_encode,
)
from autograder.oracle.derivatives import directional_derivative, numeric_gradient
from autograder.oracle.embeddings import apply_bpe, learn_bpe, skip_gram_loss, token_embedding
from autograder.oracle.encoder import encoder, encoder_layer
from autograder.oracle.feed_forward import feed_forward
from autograder.oracle.inference import (
    beam_search,
    cached_attention,
    greedy_decode,
    length_normalised,
    sample_distribution,
)
from autograder.oracle.multi_head import merge_heads, multi_head_attention, split_heads
from autograder.oracle.positional_encoding import (
    positional_encoding,
    rotary_embedding,
    sinusoidal_encoding,
)
from autograder.oracle.recurrence import additive_attention, rnn_step
from autograder.oracle.softmax import log_softmax, softmax
from autograder.oracle.training import (
    clip_coefficient,
    label_smoothed_cross_entropy,
    shift_right,
    smoothed_target,
    train_step_linear,
    warmup_lr,
)
from autograder.oracle.translation import bleu

__all__ = [
    "add_norm",
    "additive_attention",
    "apply_bpe",
    "beam_search",
    "bleu",
    "cached_attention",
    "causal_mask",
    "clip_coefficient",
    "decoder",
    "decoder_layer",
    "directional_derivative",
    "encoder",
    "encoder_layer",
    "feed_forward",
    "greedy_decode",
    "label_smoothed_cross_entropy",
    "layer_norm",
    "learn_bpe",
    "length_normalised",
    "log_softmax",
    "masked_softmax",
    "merge_heads",
    "multi_head_attention",
    "numeric_gradient",
    "padding_mask",
    "positional_encoding",
    "rnn_step",
    "rotary_embedding",
    "sample_distribution",
    "scaled_dot_product_attention",
    "shift_right",
    "sinusoidal_encoding",
    "skip_gram_loss",
    "smoothed_target",
    "softmax",
    "split_heads",
    "token_embedding",
    "train_step_linear",
    "transformer",
    "transformer_decode",
    "transformer_encode",
    "warmup_lr",
]
