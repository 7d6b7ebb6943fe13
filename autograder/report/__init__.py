"""The class report: what a class understands, what it does not, and what a teacher should see."""

from __future__ import annotations

from autograder.report.summary import LessonReport, lesson_report

__all__ = ["LessonReport", "lesson_report"]
