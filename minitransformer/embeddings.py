"""Lesson 02: words as vectors: learning them, cutting words into pieces, looking them up."""

from jaxtyping import Float, Int
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
def skip_gram_loss(
    center: Float[Tensor, "batch d_model"],
    context: Float[Tensor, "batch d_model"],
    negatives: Float[Tensor, "batch samples d_model"],
) -> Float[Tensor, ""]:
    """Measure how badly each word tells its real neighbour from words drawn at random.

    For one word it is −log σ(center · context) − Σ log σ(−center · negative), summed over the
    negatives, where σ is the logistic function; it stays finite for large scores.

    Args:
        center: the vectors of the words, (batch, d_model).
        context: the vectors of their real neighbours, (batch, d_model).
        negatives: the vectors of the words drawn at random, (batch, samples, d_model).

    Returns:
        The mean over the batch, a scalar.

    Source: Mikolov et al. 2013, "Distributed Representations of Words and Phrases", equation 4.
    """
    raise NotImplementedError


@stub
def learn_bpe(word_counts: dict[str, int], num_merges: int) -> list[tuple[str, str]]:
    """Learn which neighbouring pieces to join: again and again the most frequent pair.

    Each word starts as its characters, with no end-of-word marker. A pair counts at each place
    where its two pieces stand side by side, as often as the word occurs, so "aaa" holds the pair
    ("a", "a") twice. The pair with the highest count is joined in every word, from left to right;
    of pairs with equal counts the smallest tuple is taken.

    Args:
        word_counts: how often each word occurs, {word: count}, counts of 1 or more.
        num_merges: how many pairs to learn, 0 or more.

    Returns:
        The pairs (left, right) in the order learned: num_merges of them, or fewer where no pair
        is left to join.

    The exercise is to write it: do not use a tokenizer library.

    Source: Sennrich et al. 2016, section 3.2, algorithm 1.
    """
    raise NotImplementedError


@stub
def apply_bpe(word: str, merges: list[tuple[str, str]]) -> list[str]:
    """Cut a word into the pieces that the learned merges make of it.

    The word starts as its characters. Each merge, in the order learned, joins its pair wherever
    the two pieces stand side by side, going from left to right.

    Args:
        word: the word to cut.
        merges: the pairs (left, right) that ``learn_bpe`` returned.

    Returns:
        The pieces; joined, they give the word.

    The exercise is to write it: do not use a tokenizer library.

    Source: Sennrich et al. 2016, section 3.2.
    """
    raise NotImplementedError


@stub
class TokenEmbedding(nn.Module):
    """Look up the vector of each word, scaled by √d_model.

    Args:
        vocab_size: how many words there are.
        d_model: the length of a vector.
        pad_id: the id that stands for padding.

    Attributes:
        weight: one row a word, an ``nn.Parameter`` (vocab_size, d_model), drawn at random so that
            the scaled vectors have entries of about unit variance. The row of ``pad_id`` is zero
            at the start and the lookup gives it no gradient.

    Source: Vaswani et al. 2017, section 3.4.
    """

    def __init__(self, vocab_size: int, d_model: int, pad_id: int) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length d_model"]:
        """Return √d_model × the row of each id: (batch, length) -> (batch, length, d_model)."""
        raise NotImplementedError
