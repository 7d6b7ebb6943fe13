"""Lesson 11: beam search, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["beam_search"] = Steps(
    """
from autograder.misconceptions import inference as bank

def raw(next_logits, ids):
    return next_logits(torch.tensor([ids]))[0].tolist()

def beam_search(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return bank._beam(
        next_logits,
        start,
        eos_id,
        $beam_size,
        $max_len,
        $penalty,
        words=$words,
        score=lambda log_p, n, penalty: bank._penalised(log_p, $length, penalty),
        unfinished=$unfinished,
        finish=$finish,
        add=lambda log_p, word: $total,
    )
""",
    right={
        "beam_size": "beam_size",
        "max_len": "max_len",
        "penalty": "length_penalty",
        "words": "bank._log_p_next",
        "length": "n",
        "unfinished": "True",
        "finish": "True",
        "total": "log_p + word",
    },
    mistakes={
        "greedy": {"beam_size": "1"},
        "raw-logits": {"words": "raw"},
        "last-word-only": {"total": "word"},
        "no-length-penalty": {"penalty": "0.0"},
        "penalty-multiplies": {"penalty": "-length_penalty"},
        "start-counted": {"length": "n + 1"},
        "unfinished-left-out": {"unfinished": "False"},
        "finished-extended": {"finish": "False"},
        "start-not-counted": {"max_len": "max_len + 1"},
    },
)
