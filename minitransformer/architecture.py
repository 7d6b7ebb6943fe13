"""Our drawing of the encoder-decoder Transformer, as SVG text: which parts are done, which to come.

Every box belongs to the lesson in which it is written. After figure 1 of Vaswani et al. 2017.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from minitransformer.errors import CourseError
from minitransformer.lessons import LESSONS, Lesson, find_lesson

DONE, NOW, TO_COME = "done", "now", "to come"

WIDTH, HEIGHT = 760, 734
COLUMN = 206  # the width of a box
ENCODER, DECODER, SIDE = 58, 334, 600  # left edges of the three columns
MARGIN = 18  # between a frame and the boxes in it


@dataclass(frozen=True)
class Box:
    """One box, in SVG units from the top left. ``lesson`` is the lesson in which it is written.

    ``style`` is ``box`` (label in the middle), ``frame`` (label at the top left), ``holder`` (label
    at the top), ``inner`` (label at the left) or ``small``.
    """

    lesson: str
    label: str
    x: float
    y: float
    width: float
    height: float
    style: str = "box"
    note: str = ""

    @property
    def middle(self) -> float:
        """The x of the vertical axis."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.height


def _multi_head(label: str, x: float, y: float) -> tuple[Box, ...]:
    """Return a multi-head box with attention in it, and softmax in that."""
    return (
        Box("multi_head", label, x, y, COLUMN, 66, "holder"),
        Box("attention", "Attention", x + 9, y + 27, COLUMN - 18, 31, "inner"),
        Box("softmax", "Softmax", x + 112, y + 31.5, 78, 22, "small"),
    )


def _add_norm(x: float, y: float) -> Box:
    return Box("add_norm", "Add & norm", x, y, COLUMN, 28)


def _feed_forward(x: float, y: float) -> Box:
    return Box("feed_forward", "Feed-forward", x, y, COLUMN, 32)


def _input(x: float) -> tuple[Box, ...]:
    return (
        Box("embeddings", "Embedding", x, 638, COLUMN, 32),
        Box("positional_encoding", "+ Positional encoding", x, 588, COLUMN, 32),
    )


# From the bottom up, as the data flows; frames first, for they lie behind.
ENCODER_STACK = (
    *_multi_head("Multi-head attention", ENCODER, 486),
    _add_norm(ENCODER, 444),
    _feed_forward(ENCODER, 378),
    _add_norm(ENCODER, 336),
)
DECODER_STACK = (
    *_multi_head("Masked multi-head attention", DECODER, 486),
    _add_norm(DECODER, 444),
    *_multi_head("Multi-head cross-attention", DECODER, 344),
    _add_norm(DECODER, 302),
    _feed_forward(DECODER, 236),
    _add_norm(DECODER, 194),
)
OUTPUT = (
    Box("decoder", "Output projection", DECODER, 110, COLUMN, 32),
    Box("softmax", "Softmax", DECODER, 64, COLUMN, 32),
)
SIDE_TRACK = (
    Box("training", "Loss", SIDE, 56, 132, 46, note="against the target"),
    Box("inference", "Next word", SIDE, 150, 132, 46, note="choose, feed back"),
    Box("translation", "Translation", SIDE, 330, 132, 46, note="train it, score it"),
    Box("training", "Shift right", SIDE, 606, 132, 46, note="the target, one step"),
)
FRAMES = (
    Box("encoder", "Encoder × N", ENCODER - MARGIN, 304, COLUMN + 2 * MARGIN, 266, "frame"),
    Box("decoder", "Decoder × N", DECODER - MARGIN, 160, COLUMN + 2 * MARGIN, 410, "frame"),
)
BOXES: tuple[Box, ...] = (
    *FRAMES,
    *_input(ENCODER),
    *ENCODER_STACK,
    *_input(DECODER),
    *DECODER_STACK,
    *OUTPUT,
    *SIDE_TRACK,
)

# fill, edge, edge width, dashes, text: told apart without colour by the edge alone
STYLES = {
    DONE: ("#cfe3f5", "#1f5f99", 1.5, "", "#0b2e4f"),
    NOW: ("#ffc845", "#7a3b00", 3.5, "", "#2b1500"),
    TO_COME: ("#ffffff", "#8a8a8a", 1.3, "5 4", "#595959"),
}
NAMES = {
    "softmax": "softmax",
    "embeddings": "embeddings",
    "positional_encoding": "positional encoding",
    "attention": "attention",
    "multi_head": "multi-head attention",
    "add_norm": "add and norm",
    "feed_forward": "feed-forward layer",
    "encoder": "encoder",
    "decoder": "decoder",
    "training": "training",
    "inference": "inference",
    "translation": "translation",
}
FRAME_FILL = {DONE: "#eef5fb", NOW: "#fff3d1", TO_COME: "none"}
LINE = "#3c3c3c"


class Architecture:
    """The drawing: shown by a notebook as a picture with alternative text.

    ``svg`` is the drawing as text, ``alt`` what it shows in words, ``states`` the state of each
    lesson that has a box.
    """

    def __init__(self, states: dict[str, str], current: Lesson | None) -> None:
        self.states = states
        self.current = current
        self.alt = _alt(states, current)
        self.svg = _svg(states, current, self.alt)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        return (
            f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(self.alt)}" '
            f'width="{WIDTH}" style="max-width: 100%">'
        )

    def __repr__(self) -> str:
        now = self.current.notebook if self.current else "none"
        done = ", ".join(_with_state(self.states, DONE)) or "none"
        return f"<Architecture: now {now}; done {done}>"


def architecture(
    done: Iterable[str | int] | None = None, current: str | int | None = None
) -> Architecture:
    """Draw the Transformer with the parts done so far filled in.

    Args:
        done: the lessons that are done; by default all before ``current``.
        current: the lesson that is being read; its boxes are highlighted.

    Returns:
        An object that a notebook shows as a picture; ``.svg`` and ``.alt`` are its texts.

    Raises:
        CourseError: no lesson has that name.
    """
    now = None if current is None else _lesson(current)
    if done is None:
        finished = {lesson.name for lesson in LESSONS if now and lesson.number < now.number}
    else:
        finished = {_lesson(name).name for name in ([done] if isinstance(done, str) else done)}
    drawn = {box.lesson for box in BOXES}
    states = {lesson.name: TO_COME for lesson in LESSONS if lesson.name in drawn}
    states.update({name: DONE for name in states if name in finished})
    if now and now.name in states:
        states[now.name] = NOW
    return Architecture(states, now)


def _lesson(name: str | int) -> Lesson:
    try:
        return find_lesson(name)
    except KeyError as error:
        raise CourseError(f"architecture: {error.args[0]}.") from None


def _with_state(states: dict[str, str], state: str) -> list[str]:
    return [NAMES[name] for name, its in states.items() if its == state]


def _alt(states: dict[str, str], current: Lesson | None) -> str:
    """Say in words what the colours say."""
    done, to_come = _with_state(states, DONE), _with_state(states, TO_COME)
    sentences = ["The encoder-decoder Transformer, its parts marked by progress."]
    sentences.append(f"Done: {', '.join(done)}." if done else "Nothing is done yet.")
    if current and current.name in states:
        sentences.append(f"This lesson: {NAMES[current.name]}, highlighted.")
    elif current:
        sentences.append(f"This lesson, {current.title}, adds no box.")
    if to_come:
        sentences.append(f"Next comes {to_come[0]}.")
        if to_come[1:]:
            sentences.append(f"After that: {', '.join(to_come[1:])}.")
    else:
        sentences.append("Nothing is left to come.")
    return " ".join(sentences)


# --- SVG ------------------------------------------------------------------------------------------


def _svg(states: dict[str, str], current: Lesson | None, alt: str) -> str:
    title = f"{current.number:02d} · {current.title}" if current else "The Transformer"
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{escape(title)}" font-family="sans-serif" '
        f'font-size="15" text-anchor="middle">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(alt)}</desc>",
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10" fill="#ffffff" '
        f'stroke="#d0d0d0"/>',
        *_legend(title, states, current),
        *[_box(box, states) for box in FRAMES],
        *_flow(),
        *[_box(box, states) for box in BOXES if box not in FRAMES],
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _box(box: Box, states: dict[str, str]) -> str:
    state = states.get(box.lesson, TO_COME)
    fill, edge, width, dashes, ink = STYLES[state]
    if box.style == "frame":
        fill = FRAME_FILL[state]
    rectangle = _rectangle(box.x, box.y, box.width, box.height, fill, edge, width, dashes)
    return f'<g data-lesson="{box.lesson}" data-state="{state}">{rectangle}{_labels(box, ink)}</g>'


def _rectangle(
    x: float, y: float, width: float, height: float, fill: str, edge: str, line: float, dashes: str
) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="{fill}" stroke="{edge}" stroke-width="{line:g}"{dashed}/>'
    )


def _labels(box: Box, ink: str) -> str:
    centre = box.y + box.height / 2 + 5
    if box.style == "frame":
        return _text(box.x + 10, box.y + 20, box.label, ink, anchor="start", bold=True)
    if box.style == "holder":
        return _text(box.middle, box.y + 19, box.label, ink, size=14.5)
    if box.style == "inner":
        return _text(box.x + 10, centre, box.label, ink, size=14.5, anchor="start")
    if box.style == "small":
        return _text(box.middle, centre - 0.5, box.label, ink, size=14)
    if box.note:
        return _text(box.middle, box.y + 19, box.label, ink) + _text(
            box.middle, box.y + 37, box.note, ink, size=13
        )
    return _text(box.middle, centre, box.label, ink)


def _text(
    x: float,
    y: float,
    text: str,
    ink: str = LINE,
    size: float = 15,
    anchor: str = "",
    bold: bool = False,
) -> str:
    extra = f' font-size="{size:g}"' if size != 15 else ""
    extra += f' text-anchor="{anchor}"' if anchor else ""
    extra += ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{ink}"{extra}>{escape(text)}</text>'


def _line(*points: tuple[float, float]) -> str:
    """Draw a line through the points, with an arrow head at the last."""
    (before_x, before_y), (x, y) = points[-2:]
    path = "M" + " L".join(f"{px:g} {py:g}" for px, py in points)
    line = f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.5"/>'
    across, along = 4, 7
    if before_x == x:
        back = along if before_y > y else -along
        head = f"{x:g},{y:g} {x - across:g},{y + back:g} {x + across:g},{y + back:g}"
    else:
        back = along if before_x > x else -along
        head = f"{x:g},{y:g} {x + back:g},{y - across:g} {x + back:g},{y + across:g}"
    return line + f'<polygon points="{head}" fill="{LINE}"/>'


def _flow() -> list[str]:
    """Draw the lines along which the data flows."""
    lines = []
    for left, stack in ((ENCODER, ENCODER_STACK), (DECODER, DECODER_STACK)):
        boxes = [box for box in (*_input(left), *stack) if box.style in ("box", "holder")]
        if left == DECODER:
            boxes += OUTPUT
        for lower, upper in pairwise(boxes):
            lines.append(_line((lower.middle, lower.y), (upper.middle, upper.bottom)))
        lines += _residuals(boxes, side=left - 9 if left == ENCODER else left + COLUMN + 9)
        lines.append(_line((left + COLUMN / 2, 694), (left + COLUMN / 2, 670)))
    lines += _memory() + _outer_loop()
    return lines


def _residuals(boxes: list[Box], side: float) -> list[str]:
    """Draw the way around each sublayer into its add & norm."""
    lines = []
    for sublayer, add in pairwise(boxes):
        if add.lesson == "add_norm":
            edge = add.x if side < add.x else add.x + add.width
            start, end = sublayer.bottom + 9, add.y + add.height / 2
            lines.append(_line((add.middle, start), (side, start), (side, end), (edge, end)))
    return lines


def _memory() -> list[str]:
    """Draw the encoder's output on its way to the cross-attention as keys and values."""
    top, gap = ENCODER_STACK[-1], (ENCODER + COLUMN + DECODER) / 2
    cross = DECODER_STACK[4]
    keys, values = cross.y + 24, cross.y + 44
    return [
        _line((top.middle, top.y), (top.middle, 284), (gap, 284), (gap, values), (cross.x, values)),
        _line((gap, keys), (cross.x, keys)),
        _text(top.middle, 274, "memory: keys and values", size=13),
    ]


def _outer_loop() -> list[str]:
    """Draw what surrounds the model: words in, probabilities out, training and inference."""
    _, word, _, shift = SIDE_TRACK
    softmax, right = OUTPUT[-1], DECODER + COLUMN
    branch, far, floor = 580, WIDTH - 14, 704
    middle = softmax.y + softmax.height / 2
    return [
        _text(ENCODER + COLUMN / 2, 712, "source words"),
        _text(DECODER + COLUMN / 2, 712, "target words so far"),
        _text(softmax.middle, 34, "next-word probabilities"),
        _line((softmax.middle, softmax.y), (softmax.middle, 42)),
        _line((right, middle), (SIDE, middle)),
        _line((branch, middle), (branch, word.y + 23), (SIDE, word.y + 23)),
        _line((word.x + word.width, word.y + 23), (far, word.y + 23), (far, floor), (520, floor)),
        _line((shift.middle, shift.bottom), (shift.middle, floor)),
    ]


def _legend(title: str, states: dict[str, str], current: Lesson | None) -> list[str]:
    """Say which lesson this is, what the three kinds of boxes mean, and what comes next."""
    lines = [_text(30, 42, title, size=18, anchor="start", bold=True)]
    meaning = {DONE: "done", NOW: "this lesson", TO_COME: "to come"}
    if current and current.name not in states:
        del meaning[NOW]
    for row, (state, words) in enumerate(meaning.items()):
        fill, edge, width, dashes, _ = STYLES[state]
        y = 64 + 32 * row
        lines.append(_rectangle(31, y, 34, 20, fill, edge, width, dashes))
        lines.append(_text(78, y + 15, words, anchor="start"))
    if current:
        to_come = _with_state(states, TO_COME)
        words = f"next: {to_come[0]}" if to_come else "all the rest is done"
        lines.append(_text(30, 182, words, anchor="start"))
        if NOW not in meaning:
            lines.append(_text(30, 206, "this lesson adds no box", anchor="start"))
    return lines
