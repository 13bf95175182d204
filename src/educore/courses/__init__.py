"""Courses."""

from educore.courses.context import CONTEXT
from educore.courses.entities import Course

__all__ = ["CONTEXT", "Course"]
