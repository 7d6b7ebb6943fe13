"""Lesson 01: what came before Transformers: a recurrent step, and attention beside it."""

from jaxtyping import Bool, Float
from torch import Tensor

from minitransformer.stub import stub


@stub
def rnn_step(
    x: Float[Tensor, "batch inputs"],
    h: Float[Tensor, "batch hidden"],
    W_xh: Float[Tensor, "inputs hidden"],
    W_hh: Float[Tensor, "hidden hidden"],
    b: Float[Tensor, " hidden"],
) -> Float[Tensor, "batch hidden"]:
    """Read one word: make the next hidden state from the word and the state before it.

    Args:
        x: the word at this step, one row a sentence, (batch, inputs).
        h: the hidden state before this step, (batch, hidden).
        W_xh: from input to hidden, multiplied from the right, (inputs, hidden).
        W_hh: from hidden to hidden, multiplied from the right, (hidden, hidden).
        b: the bias, (hidden,).

    Returns:
        The next hidden state, tanh(x W_xh + h W_hh + b), (batch, hidden).

    The exercise is to write it: do not use ``nn.RNN`` or ``nn.RNNCell``.

    Source: Elman 1990; the encoder and decoder of Sutskever et al. 2014 repeat such a step.
    """
    raise NotImplementedError


@stub
def additive_attention(
    query: Float[Tensor, "batch hidden"],
    keys: Float[Tensor, "batch length d_k"],
    W_q: Float[Tensor, "hidden d_attention"],
    W_k: Float[Tensor, "d_k d_attention"],
    v: Float[Tensor, " d_attention"],
    mask: Bool[Tensor, "batch length"] | None = None,
) -> tuple[Float[Tensor, "batch d_k"], Float[Tensor, "batch length"]]:
    """Let a small network score each encoder state, and mix the states by their scores.

    The score of state j is v · tanh(query W_q + key_j W_k). Softmax over the states turns scores
    into weights. The keys are the values, too: they are what is mixed.

    Args:
        query: the decoder's previous state, (batch, hidden).
        keys: the encoder's states, (batch, length, d_k).
        W_q: multiplied from the right, (hidden, d_attention).
        W_k: multiplied from the right, (d_k, d_attention).
        v: turns d_attention numbers into one score, (d_attention,).
        mask: ``True`` at states that may be attended to, (batch, length). ``None``: all may.

    Returns:
        The context (batch, d_k) and the weights (batch, length). Each row of weights sums to 1;
        a row that may attend to nothing has weights of zero and a context of zero, never NaN.

    Source: Bahdanau et al. 2015, section 3.1 and appendix A.1.2.
    """
    raise NotImplementedError
