"""Lesson 02: word vectors and byte-pair encoding, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["skip_gram_loss"] = Steps(
    """
def skip_gram_loss(center, context, negatives):
    real = (center * context).sum(-1)
    drawn = (negatives * $asked[:, None, :]).sum(-1)
    log = $log
    return $minus(log(real) + log($sign drawn).$over(-1))$reduced
""",
    right={
        "asked": "center",
        "log": "F.logsigmoid",
        "minus": "-",
        "sign": "-",
        "over": "sum",
        "reduced": ".mean()",
    },
    mistakes={
        "same-sign": {"sign": ""},
        "negatives-averaged": {"over": "mean"},
        "batch-summed": {"reduced": ".sum()"},
        "not-reduced": {"reduced": ""},
        "no-minus": {"minus": ""},
        "no-log": {"log": "torch.sigmoid"},
        "context-against-negatives": {"asked": "context"},
        "log-of-zero": {"log": "(lambda score: torch.sigmoid(score).log())"},
    },
)

STEPS["learn_bpe"] = Steps(
    """
from autograder.misconceptions import embeddings as bank

def learn_bpe(word_counts, num_merges):
    merges = bank._learn(
        $counts, num_merges, choose=lambda c: $choose, join=$join, enough=$enough
    )
    return $result
""",
    right={
        "counts": "word_counts",
        "choose": "min(c, key=lambda p: (-c[p], p))",
        "join": "bank._join",
        "enough": "1",
        "result": "merges",
    },
    mistakes={
        "counts-ignored": {"counts": "dict.fromkeys(word_counts, 1)"},
        "ties-largest": {"choose": "max(c, key=lambda p: (c[p], p))"},
        "ties-first-seen": {"choose": "max(c, key=c.__getitem__)"},
        "ties-by-text": {"choose": 'min(c, key=lambda p: (-c[p], "".join(p)))'},
        "least-frequent": {"choose": "min(c, key=lambda p: (c[p], p))"},
        "first-place-only": {"join": "lambda parts, pair: bank._join(parts, pair, True)"},
        "right-to-left": {"join": "bank._join_from_the_right"},
        "replaced-in-text": {"join": "bank._join_in_text"},
        "rare-pairs-refused": {"enough": "2"},
        "joined-texts": {"result": '["".join(pair) for pair in merges]'},
    },
)
