"""What a right answer costs beside the reference: told in words, never in points."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from autograder.diagnosis import Seen
from autograder.inside import probe, wire
from autograder.inside.case import Failure, Outcome
from autograder.specification import Specification
from minitransformer.stub import reference_only

MANY, FEW = 5, 20
"""An answer is told where it makes ``MANY`` times the reference's calls, and ``FEW`` more."""
LARGER, SMALL = 8, 1000
"""The same for the largest tensor, in numbers it holds."""
SLOWER, MOMENT = 50, 1.0
"""The same for the time, in seconds; told where the calls do not explain it."""


def cost_notes(specification: Specification, seen: Sequence[Seen]) -> tuple[str, ...]:
    """Say where a right answer works far harder than the reference on the same input.

    The input is the one on which the answer does most. The reference runs on it once, and nothing
    where the answer's own numbers are small.
    """
    costly = max((item for item in seen if _is_plain(item)), key=_work, default=None)
    if costly is None or not _is_worth_a_look(costly.outcome):
        return ()
    reference = _reference(specification.exercise)
    if isinstance(reference, Failure):
        return ()
    with reference_only():
        ours = probe.run(reference, wire.roundtrip(costly.case))
    return tuple(_notes(costly.outcome, ours))


def _notes(answer: Outcome, reference: Outcome) -> list[str]:
    notes = []
    if answer.operations > MANY * reference.operations + FEW:
        notes.append(
            f"It is right, and it calls torch {answer.operations} times where the reference needs "
            f"{reference.operations} on the same input: a Python loop, maybe. On long texts one "
            f"operation on a whole tensor is far faster."
        )
    if answer.largest > LARGER * reference.largest + SMALL:
        notes.append(
            f"It is right, and its largest tensor holds {answer.largest} numbers where the "
            f"reference's holds {reference.largest} on the same input. On long texts the memory "
            f"runs out first."
        )
    if not notes and answer.seconds > SLOWER * reference.seconds + MOMENT:
        notes.append(
            f"It is right, and it takes {answer.seconds:.1f} s where the reference takes "
            f"{reference.seconds:.3f} s on the same input. Look for work that is done again and "
            f"again in a loop."
        )
    return notes


def _is_plain(item: Seen) -> bool:
    return item.outcome.failure is None and not item.case.raises and item.case.device != "meta"


def _work(item: Seen) -> tuple[int, float]:
    return item.outcome.operations, item.outcome.seconds


def _is_worth_a_look(outcome: Outcome) -> bool:
    return outcome.operations > FEW or outcome.largest > SMALL or outcome.seconds > MOMENT


@functools.lru_cache(maxsize=64)
def _reference(exercise: str) -> object:
    from autograder.texts import answer_text

    return probe.define(answer_text(exercise), exercise)
