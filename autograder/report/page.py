"""The report as one HTML page that opens offline: no script, no request, every text escaped."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from autograder.report import charts
from autograder.report.alike import CRITERION, Group
from autograder.report.summary import ExerciseReport, LessonReport, Mistake

TITLE = "What the class understands"


def page(reports: list[LessonReport], for_class: bool = False) -> str:
    """Return the page; ``for_class`` leaves out every student's name and what concerns only one."""
    style = files("autograder.report").joinpath("style.css").read_text(encoding="utf-8")
    lessons = "".join(_lesson(report, for_class) for report in reports)
    links = "".join(
        f'<li><a href="#{escape(r.assignment)}">{escape(r.assignment)}</a></li>' for r in reports
    )
    contents = f"<nav aria-label='Lessons'><ul>{links}</ul></nav>" if len(reports) > 1 else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{TITLE}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>{TITLE}</h1>\n{contents}{lessons}</main>\n</body>\n</html>\n"
    )


def _lesson(report: LessonReport, for_class: bool) -> str:
    parts = [_heading(report), _overview(report), _mistakes(report, for_class), _scores(report)]
    if not for_class:
        parts += [_not_submitted(report), _flags(report), _alike(report), _repairs(report)]
        parts += [_students(report), _unreadable(report)]
    return f'<section id="{escape(report.assignment)}">{"".join(parts)}</section>\n'


def _heading(report: LessonReport) -> str:
    count = len(report.students)
    words = [f"{count} submissions"]
    if report.not_submitted:
        words.append(f"{len(report.not_submitted)} students have not submitted")
    if count:
        mean = sum(row.score for row in report.students) / count
        words.append(f"mean {mean:.1f} of {report.students[0].points:g} points")
    title = f": {report.title}" if report.title else ""
    return (
        f"<h2>{escape(report.assignment)}{escape(title)}</h2>"
        f"<p>{escape(', '.join(words))}. Points are those the judge decides; answers graded by "
        f"hand are not in them.</p>"
    )


def _overview(report: LessonReport) -> str:
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(e.exercise)}</code>{_decided(e)}</th>"
        f"<td class='number'>{e.pass_rate:.0%}</td><td class='number'>{e.right}</td>"
        f"<td class='number'>{e.partly}</td><td class='number'>{e.wrong}</td>"
        f"<td class='number'>{e.not_filled_in}</td>"
        f"<td class='number'>{e.mean_score:.1f} of {e.points:g}</td>"
        f"<td class='number'>{e.seconds:.2f} s</td>"
        f"<td class='number'>{e.seconds_longest:.2f} s</td></tr>"
        for e in report.exercises
    )
    heads = "".join(
        f"<th scope='col' class='number'>{word}</th>"
        for word in (
            "pass rate",
            "all right",
            "partly",
            "wrong",
            "not filled in",
            "mean points",
            "time, median",
            "longest",
        )
    )
    return (
        f"<h3>Each exercise</h3>{charts.outcomes(report)}"
        f"<div class='wide'><table><caption>How the submissions did. Time is what the processor "
        f"spent on one answer.</caption>"
        f"<thead><tr><th scope='col'>exercise</th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _decided(exercise: ExerciseReport) -> str:
    return f"<br><small>decided {escape(exercise.decided)}</small>" if exercise.decided else ""


def _mistakes(report: LessonReport, for_class: bool) -> str:
    every = sorted(
        (m for e in report.exercises for m in e.mistakes),
        key=lambda m: (not m.id, -m.count, m.exercise, m.title),
    )
    named = "".join(_mistake(m, for_class) for m in every if m.id)
    others = "".join(
        f"<li><code>{escape(m.exercise)}</code>: {escape(m.title)} ({m.count})</li>"
        for m in every
        if not m.id
    )
    text = "<h3>What to teach again</h3><p>In the words the students read in their feedback.</p>"
    text += f"<ol class='mistakes'>{named}</ol>" if named else "<p>No known mistake was made.</p>"
    if others:
        text += f"<h3>Wrong without a known mistake</h3><ul>{others}</ul>"
    return text


def _mistake(mistake: Mistake, for_class: bool) -> str:
    people = "student" if mistake.count == 1 else "students"
    paragraph = f" Teach again: <em>{escape(mistake.paragraph)}</em>." if mistake.paragraph else ""
    names = escape(", ".join(mistake.students))
    who = "" if for_class else f"<details><summary>Who</summary>{names}</details>"
    return (
        f"<li><b>{escape(mistake.title)}</b>"
        f"<div class='share'><span aria-hidden='true'><i class='wrong' "
        f"style='width:{mistake.share:.1%}'></i></span>"
        f"{mistake.count} {people}, {mistake.share:.0%} · <code>{escape(mistake.exercise)}</code>"
        f"</div>{escape(mistake.explanation)}{paragraph}{who}</li>"
    )


def _scores(report: LessonReport) -> str:
    return f"<h3>Scores</h3>{charts.histogram(report)}" if report.students else ""


def _not_submitted(report: LessonReport) -> str:
    names = ", ".join(map(escape, report.not_submitted)) or "Nobody: everybody has submitted."
    return f"<h3>Not submitted</h3><p>{names}</p>"


def _flags(report: LessonReport) -> str:
    rows = [(row.student, flag) for row in report.students for flag in row.flags]
    if not rows:
        return "<h3>Short cuts</h3><p>None was seen.</p>"
    return "<h3>Short cuts</h3><p>Evidence, not proof.</p>" + _table(("student", "what"), rows)


def _repairs(report: LessonReport) -> str:
    rows = [(row.student, line) for row in report.students for line in row.repairs]
    if not rows:
        return "<h3>Repaired submissions</h3><p>No submission had to be repaired.</p>"
    return "<h3>Repaired submissions</h3>" + _table(("student", "what was repaired"), rows)


def _alike(report: LessonReport) -> str:
    rare = [group for group in report.alike if not group.common]
    common = [group for group in report.alike if group.common]
    text = f"<h3>Near-identical answers</h3><p>{escape(CRITERION)}</p>"
    if rare:
        text += _table(("students", "exercise", "alike"), map(_group, rare))
        text += "".join(map(_side_by_side, rare))
    else:
        text += "<p>None.</p>"
    if common:
        text += (
            f"<details><summary>{len(common)} groups wrote what many write; that is no evidence"
            f"</summary>{_table(('students', 'exercise', 'alike'), map(_group, common))}</details>"
        )
    return text


def _group(group: Group) -> tuple[str, str, str]:
    return ", ".join(group.students), group.exercise, f"{group.alike} %"


def _side_by_side(group: Group) -> str:
    texts = "".join(
        f"<figure><figcaption>{escape(student)}</figcaption><pre>{escape(text)}</pre></figure>"
        for student, text in zip(group.students, group.texts)
    )
    both = escape(" and ".join(group.students[:2]))
    return f"<details><summary>Read {both}</summary><div class='pair'>{texts}</div></details>"


def _students(report: LessonReport) -> str:
    rows = [
        (
            row.student,
            f"{row.score:g} of {row.points:g}",
            "" if row.total is None else f"{row.total:g} of {row.total_points:g}",
            "still to do" if row.needs_hand_grading else "",
            "; ".join(row.mistakes),
        )
        for row in report.students
    ]
    heads = ("student", "by the judge", "in all", "grading by hand", "what is not right")
    return f"<h3>Each student</h3>{_table(heads, rows)}"


def _unreadable(report: LessonReport) -> str:
    if not report.unreadable:
        return ""
    names = ", ".join(f"<code>{escape(name)}</code>" for name in report.unreadable)
    return f"<h3>Records that could not be read</h3><p>{names}. Grade these students again.</p>"


def _table(heads: tuple[str, ...], rows: object) -> str:
    top = "".join(f"<th scope='col'>{escape(head)}</th>" for head in heads)
    body = "".join(
        f"<tr><th scope='row'>{escape(first)}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows  # type: ignore[attr-defined]
    )
    return (
        f"<div class='wide'><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
