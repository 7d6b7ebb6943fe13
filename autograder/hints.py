"""The likely missing step behind a wrong shape, a wrong dtype or an exception, in words."""

from __future__ import annotations

import math
import re

Shape = tuple[int, ...]


def shape_hint(found: Shape, expected: Shape) -> str:
    """Return a sentence on how ``found`` may have come about instead of ``expected``, or ""."""
    if found == () and expected:
        return "Everything became one number: say along which axis (dim=-1)."
    if sorted(found) == sorted(expected):
        if found[:-2] == expected[:-2]:
            return "The last two axes have changed places: one transpose too many or too few."
        return "The axes are in another order: a transpose is missing or swaps the wrong two."
    if math.prod(found) == math.prod(expected):
        return _same_count_hint(found, expected)
    if len(found) < len(expected):
        return _fewer_axes_hint(found, expected)
    if len(found) == len(expected):
        return _other_size_hint(found, expected)
    return ""


def _same_count_hint(found: Shape, expected: Shape) -> str:
    without_ones = tuple(size for size in found if size != 1)
    if without_ones == tuple(size for size in expected if size != 1):
        if len(found) > len(expected):
            return "An axis of size 1 is left over: squeeze it, or leave keepdim=True out."
        return "An axis of size 1 is missing: add it with unsqueeze, or keep it with keepdim=True."
    if len(found) > len(expected):
        return "Two axes still have to become one (merge the heads: transpose, then flatten)."
    if len(found) < len(expected):
        return "One axis still has to be cut in two (split the heads)."
    return "The numbers are all there, but they are laid out along other axes."


def _fewer_axes_hint(found: Shape, expected: Shape) -> str:
    for axis in range(len(expected)):
        if found == expected[:axis] + expected[axis + 1 :]:
            name = "The first axis, the batch," if axis == 0 else f"Axis {axis}"
            return f"{name} is gone: something sums, averages or picks along it."
    return ""


def _other_size_hint(found: Shape, expected: Shape) -> str:
    differing = [axis for axis in range(len(found)) if found[axis] != expected[axis]]
    if len(differing) != 1:
        return ""
    axis = differing[0]
    if found[axis] == 2 * expected[axis]:
        return "One axis is twice as long: two tensors are put side by side, not added."
    if abs(found[axis] - expected[axis]) == 1:
        much = "many" if found[axis] > expected[axis] else "few"
        return f"Axis {axis} has one too {much}: look at where a slice or a loop begins and ends."
    if found[axis] == 1:
        return f"Axis {axis} has size 1: it is summed or averaged over with keepdim=True."
    return ""


def dtype_hint(found: str, expected: str) -> str:
    """Return a sentence on how a tensor may have got the dtype ``found``."""
    if expected == "bool":
        return "Return the comparison itself, or make the tensor with dtype=torch.bool."
    if expected.startswith("int"):
        return "Ids stay whole numbers of the input's dtype: make new ones with dtype=x.dtype."
    if found == "float64":
        return "A table or a NumPy array in float64 is mixed in: bring it to the input's dtype."
    if found.startswith("float") or found == "bfloat16":
        return (
            "Some step has a dtype of its own (.float(), or a tensor made without dtype): make it "
            "with dtype=x.dtype."
        )
    return "Whole numbers or booleans were returned where real numbers belong."


_EXCEPTIONS = (
    (
        r"NameError: name '(\w+)' is not defined",
        "This cell does not define {0}. If another cell does, move its lines into this one.",
    ),
    (
        r"before Module.__init__\(\) call",
        "Call super().__init__() in the first line of __init__.",
    ),
    (
        r"'(\w+)' object has no attribute '(\w+)'",
        "Was self.{1} set in __init__, under this very name?",
    ),
    (
        r"same dtype|expected scalar type|expected m1 and m2|Index put requires",
        "Two dtypes meet: a tensor that you make has one of its own. Make it with dtype=x.dtype.",
    ),
    (
        r"view size is not compatible",
        "After a transpose use reshape, or contiguous() before view.",
    ),
    (
        r"must match the (?:existing )?size|shapes cannot be multiplied|Expected size for first",
        "Two shapes do not fit. Print the shapes above this line; is an axis transposed, or lost "
        "by a sum without keepdim=True?",
    ),
    (
        r"leaf Variable that requires grad|modified by an inplace operation",
        "An input is changed in place. Make a new tensor instead.",
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad|use tensor.detach\(\)",
        "NumPy cuts the gradient off. Stay with torch's own functions.",
    ),
    (
        r"Boolean value of Tensor|bool value of Tensor",
        "An if asks about a whole tensor. Use masked_fill or torch.where for a choice by entry.",
    ),
    (
        r"only one element tensors|integer tensors of a single element|a Tensor with \d+ elements",
        "A Python number is made of a tensor with several entries. Stay with tensors.",
    ),
    (
        r"missing \d+ required (?:positional|keyword-only) argument",
        "Compare the arguments with the contract's, in number, name and order.",
    ),
    (
        r"got an unexpected keyword argument '(\w+)'",
        "No parameter there is called {0}. Keep the names and the order that the contract has.",
    ),
    (
        r"takes \d+ positional argument",
        "Keep the parameters' names and order as the contract has them.",
    ),
    (
        r"torch\.return_types\.(\w+)",
        "torch.{0} with an axis returns values and their places. Take its .values.",
    ),
    (
        r"must be Tensor, not tuple|'tuple' object has no attribute|for \S+: 'tuple' and 'Tensor'",
        "A tuple stands where a tensor belongs: an attention returns its output and its weights.",
    ),
    (
        r"must have same number of dimensions",
        "One tensor lacks an axis: add it with unsqueeze, or keep it with keepdim=True.",
    ),
    (
        r"Sizes of tensors must match except",
        "Tensors that are joined have to agree along every other axis, such as the batch.",
    ),
    (r"type must be tuple of ints, ?but got float", "A size is a whole number: divide with //."),
    (
        r"Dimension out of range",
        "Count axes from the end (-1, -2): inputs may have more or fewer axes in front.",
    ),
    (r"SystemExit", "exit() ends the whole program; a function returns."),
    (r"RecursionError", "The function calls itself without end."),
    (
        r"~ \(operator\.invert\)|bitwise_not.*not implemented",
        "~ works on booleans and whole numbers. Make the mask boolean first (mask.bool()).",
    ),
)


def exception_hint(message: str) -> str:
    """Return a sentence on what usually lies behind an exception, or ""."""
    for pattern, words in _EXCEPTIONS:
        found = re.search(pattern, message)
        if found:
            return words.format(*found.groups())
    return ""
