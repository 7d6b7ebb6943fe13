"""The report's two pictures, as SVG with a text in their place."""

from __future__ import annotations

from html import escape

from autograder.report.summary import BINS, ExerciseReport, LessonReport

KINDS = (
    ("right", "all right", "right"),
    ("partly", "partly right", "partly"),
    ("wrong", "wrong", "wrong"),
    ("empty", "not filled in", "not_filled_in"),
)
WIDTH, BAR, GAP = 640, 26, 30


def outcomes(report: LessonReport) -> str:
    """Return a bar for each exercise: right, partly right, wrong, not filled in."""
    if not report.exercises:
        return ""
    bars = "".join(_bar(exercise, row) for row, exercise in enumerate(report.exercises))
    height = len(report.exercises) * (BAR + GAP)
    words = "; ".join(
        f"{e.exercise}: " + ", ".join(f"{getattr(e, key)} {label}" for _, label, key in KINDS)
        for e in report.exercises
    )
    key = "".join(f"<li><i class='{style}'></i>{label}</li>" for style, label, _ in KINDS)
    return (
        f"<figure><ul class='key' aria-hidden='true'>{key}</ul>"
        f"<svg viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{escape(words)}'>{bars}</svg>"
        f"</figure>"
    )


def _bar(exercise: ExerciseReport, row: int) -> str:
    top = row * (BAR + GAP)
    parts = [f"<text x='0' y='{top + 16}'>{escape(exercise.exercise)}</text>"]
    left = 0.0
    for style, _, key in KINDS:
        count = getattr(exercise, key)
        width = WIDTH * count / max(exercise.submissions, 1)
        if count:
            parts.append(
                f"<rect class='{style}' x='{left:.1f}' y='{top + 22}' width='{width - 1.5:.1f}' "
                f"height='{BAR}' rx='2'/>"
            )
        if width > 20:
            ink = "#fff" if style in ("right", "wrong") else "#111"
            parts.append(
                f"<text x='{left + width / 2:.1f}' y='{top + 40}' text-anchor='middle' "
                f"style='fill:{ink}'>{count}</text>"
            )
        left += width
    return "".join(parts)


def histogram(report: LessonReport) -> str:
    """Return how many students earned each tenth of the judge's points."""
    most = max(report.distribution) or 1
    step, floor = WIDTH / BINS, 150
    parts = []
    for place, count in enumerate(report.distribution):
        height = 120 * count / most
        left = place * step
        middle = left + step / 2
        parts.append(
            f"<rect class='right' x='{left + 3:.1f}' y='{floor - height:.1f}' "
            f"width='{step - 6:.1f}' height='{height:.1f}' rx='2'/>"
            f"<text x='{middle:.1f}' y='{floor - height - 5:.1f}' text-anchor='middle'>"
            f"{count or ''}</text>"
            f"<text class='soft' x='{middle:.1f}' y='{floor + 18}' text-anchor='middle'>"
            f"{_label(place)}</text>"
        )
    words = ", ".join(f"{_label(i)}: {count}" for i, count in enumerate(report.distribution))
    return (
        f"<figure><svg viewBox='0 0 {WIDTH} 190' role='img' "
        f"aria-label='Students by share of the points in percent. {words}'>{''.join(parts)}"
        f"<line x1='0' x2='{WIDTH}' y1='{floor}' y2='{floor}' stroke='currentColor'/></svg>"
        f"<figcaption>Students by the share of the points they earned, in percent</figcaption>"
        f"</figure>"
    )


def _label(place: int) -> str:
    return f"{place * 10}–{place * 10 + 9}" if place < BINS - 1 else "90–100"
